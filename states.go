package quorate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// KeyState is the durable state of one key, with the outcomes of its commands:
// the record behind [States]. A key that was written a million times within the
// horizon has a million outcomes: what is too long for a record goes on in the
// next part.
type KeyState struct {
	Key  string
	Part uint64
	Data []byte // of this part; all together are as [Once.Save] or [Once.Snapshot] wrote them
	More bool   // another part follows
	Upto Slot   // the state includes no slot from here on
}

// maxPart bounds the bytes of a state in one record.
const maxPart = 1 << 20

// RecordKey implements [Record]: one for each part of each key.
func (s KeyState) RecordKey() RecordKey { return RecordKey{Scope: s.Key, Number: s.Part} }

// StatesConfig tunes [States]. Its zero value means the defaults named at each
// field.
type StatesConfig struct {
	StepKeys   int           // keys saved in one step, at most; 64
	StepBytes  int           // bytes saved in one step, about; 256 KiB
	Pause      time.Duration // between two steps; 1 ms
	ChunkBytes int           // bytes in a message of a transfer, about; 512 KiB
	Idle       time.Duration // a transfer nobody asks on for so long is dropped; 2 s
}

func (c StatesConfig) withDefaults() StatesConfig {
	c.StepKeys = cmp.Or(c.StepKeys, 64)
	c.StepBytes = cmp.Or(c.StepBytes, 256<<10)
	c.Pause = cmp.Or(c.Pause, time.Millisecond)
	c.ChunkBytes = cmp.Or(c.ChunkBytes, 512<<10)
	c.Idle = cmp.Or(c.Idle, 2*time.Second)
	return c
}

// States makes the executed state of a replica durable, so that its log can be
// trimmed, and moves it to replicas that lag behind a trimmed log. Both go on
// key by key while the replica works: each key's state is read when its turn
// comes and includes all that was executed until then. A restarted replica, or
// one that received a snapshot, so executes some commands on states that include
// them already. That is harmless: the outcomes are part of a key's state, and
// an executed write that comes again changes nothing. No state is ever frozen.
type States struct {
	env  Env
	app  *Once
	cfg  StatesConfig
	upto func() Slot
	seen Slot // no state that was recovered or received includes a slot from here on

	dirty  map[string]struct{} // keys written since they were saved last; Save trims it
	saving []string            // keys still to be saved
	saved  func()              // called after the last; nil if no save is under way
	bytes  int                 // written by the save
	timer  *Timer

	parts map[string]uint64 // the last part of each key that has several; keep trims it
	begun []KeyState        // of a key that is being recovered: the parts before the last

	sending   map[ID]*transfer // at most one for each member; Expire trims it
	receiving *reception
	progress  bool // chunks came since somebody looked
	installed func(upto Slot)
}

// NewStates registers the records and messages of States on n. upto returns how
// many slots the replica has executed. installed is called when a snapshot has
// been received: the state now includes at least the slots below its argument,
// and the replica goes on from there.
func NewStates(n *Node, app *Once, cfg StatesConfig, upto func() Slot, installed func(upto Slot)) *States {
	s := &States{env: n, app: app, cfg: cfg.withDefaults(), upto: upto, installed: installed,
		dirty: map[string]struct{}{}, parts: map[string]uint64{}, sending: map[ID]*transfer{}}
	s.timer = n.NewTimer("save", s.step)
	Recover(n, s.restore)
	RegisterOpen(n, s.onRequest)
	RegisterOpen(n, s.onChunk)
	return s
}

// Frontier returns the first slot that certainly nobody has seen in this replica's
// state. It lies above what the replica has executed while states from before a
// restart, or from another replica, include more.
func (s *States) Frontier() Slot { return max(s.upto(), s.seen) }

// Changed notes that c was executed.
func (s *States) Changed(c *Command) {
	if c.Op != OpGet && c.Op != OpNop {
		s.dirty[c.Key] = struct{}{}
	}
}

// Save persists the state of every key that changed since the last save, a few
// at a time, and calls then in the step that persists the last one. What then
// forgets is so forgotten together with, or after, the states that replace it.
// One save is under way at a time; another is ignored.
func (s *States) Save(then func()) {
	if s.saved != nil {
		return
	}
	s.saving, s.saved, s.bytes = slices.Sorted(maps.Keys(s.dirty)), then, 0
	clear(s.dirty)
	s.timer.Reset(s.cfg.Pause)
}

// Saving reports whether a save is under way.
func (s *States) Saving() bool { return s.saved != nil }

// Cost returns how many bytes the last save wrote.
func (s *States) Cost() int { return s.bytes }

func (s *States) step() {
	for n, size := 0, 0; n < s.cfg.StepKeys && size < s.cfg.StepBytes && len(s.saving) > 0; n++ {
		key := s.saving[0]
		s.saving = s.saving[1:]
		data := s.app.Save(nil, key)
		s.keep(key, data, s.Frontier())
		size += len(data)
		s.bytes += len(data)
	}
	if len(s.saving) > 0 {
		s.timer.Reset(s.cfg.Pause)
		return
	}
	then := s.saved
	s.saving, s.saved = nil, nil
	then()
}

// keep persists the state of a key, which includes no slot from upto on, in place
// of its earlier one. All parts are of
// one step, so that a crash leaves those of one state.
func (s *States) keep(key string, data []byte, upto Slot) {
	last := KeyState{Key: key, Data: data, Upto: upto}
	for ; len(last.Data) > maxPart; last.Part++ {
		s.env.Persist(KeyState{Key: key, Part: last.Part, Data: last.Data[:maxPart], More: true, Upto: upto})
		last.Data = last.Data[maxPart:]
	}
	s.env.Persist(last)
	if before := s.parts[key]; before > last.Part {
		s.env.Forget(last, last.Part+1, before+1)
	}
	if delete(s.parts, key); last.Part > 0 {
		s.parts[key] = last.Part
	}
}

// restore takes a state that was recovered, part by part.
func (s *States) restore(state KeyState) {
	s.seen = max(s.seen, state.Upto)
	if n := len(s.begun); state.Part != uint64(n) || n > 0 && s.begun[0].Key != state.Key {
		panic(fmt.Sprintf("node %v: the state of key %q has no part %d", s.env.ID(), state.Key, n))
	}
	if state.More {
		s.begun = append(s.begun, state)
		return
	}
	data := state.Data
	if state.Part > 0 {
		s.parts[state.Key] = state.Part
		data = nil
		for _, p := range append(s.begun, state) {
			data = append(data, p.Data...)
		}
		s.begun = nil
	}
	if err := s.app.Restore(state.Key, data); err != nil {
		panic(fmt.Sprintf("node %v: restore the state of key %q: %v", s.env.ID(), state.Key, err))
	}
}
