// Package objects keeps the objects of one replica of WPaxos: maybe a million that
// rest, and a few that are awake. None has a timer or a list of its own; those that
// are awake are in lists that the replica walks.
package objects

import (
	"hash/maphash"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos/core"
	"github.com/quorate/quorate/wpaxos/steal"
)

// Key is an object as it is kept for ever: its size matters.
type Key struct {
	Name  string
	Idle  core.Idle     // while it rests
	Since time.Duration // when what is promised changed last
	Hits  *steal.Hits   // of an owner, while other zones ask; old ones are dropped
	Open  *Open         // while it is awake

	after uint64 // the key that was looked for after this one: see Table
}

// Open is what is kept of a key while something goes on. The fields are the
// replica's.
type Open struct {
	core.Object
	Queue    *quorate.Queue      // requests that wait to be proposed; nil before there were any
	Proposed []*quorate.Admitted // those in open slots; pruned as it grows

	Next   time.Duration // when something is to be done about phase 1
	Look   time.Duration // when something is to be done about a slot that dangles
	Tries  int           // in vain, since the object was last taken or written
	Begun  time.Duration // when phase 1 began, or was wanted first
	Resent int           // how often its questions were sent again
	Want   bool          // phase 1 is to begin at Next
	Cause  quorate.Cause // why it is, or was
	Stuck  time.Duration // since when a request is forwarded in vain; 0: it is not
	Told   quorate.Slot  // others were told of the slots below
	Fetch  Fetching      // what others have that is lacking here
	Cut    quorate.Slot  // the trim under way drops the slots below

	Filled, Tells bool // is among those with commands to propose, with commits to tell of

	slots, bytes int // of the log, as they are in the sums
	works, warm  bool
}

// Drain takes the requests that wait: see [quorate.Queue.Drain].
func (o *Open) Drain() []*quorate.Admitted {
	if o.Queue == nil {
		return nil
	}
	return o.Queue.Drain()
}

// Fetching is how a replica gets what it missed of a key: by asking for it.
type Fetching struct {
	From  quorate.ID
	Goal  quorate.Slot // the slots below are known to be chosen somewhere
	Next  time.Duration
	Tries int // in vain
}

// Promised returns the highest ballot promised.
func (k *Key) Promised() quorate.Ballot {
	if k.Open != nil {
		return k.Open.Promised()
	}
	return k.Idle.Promised
}

// Committed returns the first slot that is not known to be chosen.
func (k *Key) Committed() quorate.Slot {
	if k.Open != nil {
		return k.Open.Committed()
	}
	return k.Idle.Base
}

// Owns reports whether this replica may propose.
func (k *Key) Owns() bool {
	if k.Open != nil {
		return k.Open.Owns()
	}
	return k.Idle.Owns
}

// Stands reports whether this replica owns the object, or is about to.
func (k *Key) Stands() bool { return k.Idle.Owns && k.Open == nil || k.Open != nil && k.Open.Stands() }

// Waiting reports whether requests wait to be proposed.
func (o *Open) Waiting() bool { return o.Queue != nil && o.Queue.Len() > 0 }

// Objects are all of one replica.
type Objects struct {
	Table
	work   []*Key // what the walk sees; it drops those with nothing to do
	warmed []*Key // with something to trim; Warmed takes it
	slots  int
	bytes  int
	awake  int
	woken  func()
}

// New returns no objects. woken is called when there is something to walk.
func New(woken func()) *Objects {
	return &Objects{Table: Table{seed: maphash.MakeSeed()}, woken: woken}
}

// Wake returns the object with room for work. The walk lets it rest again.
func (s *Objects) Wake(k *Key) *Open {
	if k.Open == nil {
		k.Open = &Open{Object: k.Idle.Wake(), Told: k.Idle.Base}
		s.awake++
	}
	if !k.Open.works {
		k.Open.works = true
		s.work = append(s.work, k)
		s.woken()
	}
	return k.Open
}

// Awake returns how many objects are awake.
func (s *Objects) Awake() int { return s.awake }

// Walk lets see look at each object that is at work, and those rest that are not
// busy then. see must wake no other object. It reports whether some are left.
func (s *Objects) Walk(see func(k *Key) (busy bool)) bool {
	s.work = slices.DeleteFunc(s.work, func(k *Key) bool {
		o := k.Open
		o.works = see(k) || o.Filled || o.Tells // whoever takes it out of those lists does not look
		works := o.works
		s.rest(k)
		return !works
	})
	if cap(s.work) > 4096 && len(s.work) < cap(s.work)/8 {
		s.work = slices.Clone(s.work) // it was long once
	}
	return len(s.work) > 0
}

// rest lets an object rest, if nothing goes on and its log is trimmed.
func (s *Objects) rest(k *Key) {
	o := k.Open
	if idle, rests := o.Rest(); rests && !o.works && !o.warm && !o.Filled && !o.Tells {
		k.Idle, k.Open = idle, nil
		s.awake--
	}
}

// Warm notes that a log has changed: there is something to trim.
func (s *Objects) Warm(k *Key) {
	o := k.Open
	s.weigh(o)
	if !o.warm {
		o.warm = true
		s.warmed = append(s.warmed, k)
	}
}

func (s *Objects) weigh(o *Open) {
	s.slots += o.Len() - o.slots
	s.bytes += o.Bytes() - o.bytes
	o.slots, o.bytes = o.Len(), o.Bytes()
}

// Weight returns how many slots are kept in all logs, and about how many bytes they
// take.
func (s *Objects) Weight() (slots, bytes int) { return s.slots, s.bytes }

// Warmed returns the objects that have something to trim, and forgets which. What
// they have executed until now is what is to be cut; Cut must be called for each.
func (s *Objects) Warmed() []*Key {
	keys := s.warmed
	s.warmed = nil
	for _, k := range keys {
		k.Open.Cut = k.Open.Executed()
	}
	return keys
}

// Cut drops the slots of an object that are to be cut, and returns which of them may
// be on disk.
func (s *Objects) Cut(k *Key) (from, upto quorate.Slot) {
	o := k.Open
	from, upto = o.Trim(o.Cut)
	s.weigh(o)
	if o.warm = false; o.Len() > 0 || o.Base() > upto { // a state may have come since
		s.Warm(k)
	}
	s.rest(k)
	return from, upto
}
