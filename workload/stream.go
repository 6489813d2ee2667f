package workload

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/quorate/quorate"
)

// Stream draws the operations of one client of a Plan. Not safe for concurrent use.
type Stream struct {
	plan   *Plan
	client int
	rng    *rand.PCG
	near   Locality
	turn   int    // how many keys were taken by turns
	count  uint64 // of values
	loaded int    // keys that were written before all else
	home   []int  // such keys for LoadHome

	asked []int      // keys of gets under way after which the client writes
	due   []due      // what it writes then
	seen  []lastSeen // versions of keys, by the lowest bits of their numbers
}

// due is a write that follows a get.
type due struct {
	key     int
	version uint64
}

type lastSeen struct {
	key     int // 1 more than it is; 0 for none
	version uint64
}

// Bounds of what a client remembers. What is lost makes conditions fail, or leaves out
// the second half of a modify.
const (
	maxSeen  = 512
	maxAsked = 1024
)

// Stream returns that of a client, counted from 0.
func (p *Plan) Stream(client int) *Stream {
	s := &Stream{plan: p, client: client, rng: rand.NewPCG(p.run.Seed, uint64(client))}
	d := &p.spec.Distribution
	n, zone := p.spec.Keys-d.HotKeys, client%p.run.Zones
	switch d.Kind {
	case Zones:
		s.near, _ = NewLocality(d.Locality, n, p.run.Zones, zone) // checked with the plan
	case Normal:
		s.near = Locality{Mean: d.Mu, Sigma: d.Sigma, keys: float64(n)}
		if d.Means != nil {
			s.near.Mean = d.Means[zone]
		}
	}
	if p.spec.Operations.PutIf > 0 {
		s.seen = make([]lastSeen, min(maxSeen, p.spec.Keys))
	}
	if p.spec.Load == LoadHome {
		s.home = p.homes(client)
	}
	return s
}

// Next returns the next operation, of a client that began so long ago. A value is
// appended to buf, which may be nil.
func (s *Stream) Next(now time.Duration, buf []byte) Op {
	p := s.plan
	if len(s.due) > 0 {
		return s.write(buf)
	}
	// Every operation draws as often as any other, so that another mix leaves the keys
	// as they were.
	hot := uint64(0)
	if p.hottest {
		hot = s.rng.Uint64()
	}
	word, what := s.rng.Uint64(), s.rng.Uint64()
	kind := p.kind(float(what))
	key := s.key(hot, word, kind, now)
	op := Op{Kind: kind.op(), Key: p.keys[key]}
	switch kind {
	case opPut, opPutIf:
		op.Value = s.value(buf)
		if kind == opPutIf {
			op.Version = s.version(key)
		}
	case opModify:
		s.ask(key)
		op.Read = p.mode(what)
	case opGet:
		op.Read = p.mode(what)
	}
	return op
}

// ask remembers that the answer to a get is to be followed by a write.
func (s *Stream) ask(key int) {
	if len(s.asked) == maxAsked {
		s.asked = s.asked[1:]
	}
	s.asked = append(s.asked, key)
}

// write returns a write that is due.
func (s *Stream) write(buf []byte) Op {
	d := s.due[0]
	s.due = slices.Delete(s.due, 0, 1)
	op := Op{Kind: quorate.OpPutIf, Key: s.plan.keys[d.key], Value: s.value(buf), Version: d.version}
	if s.plan.spec.Operations.Blindly {
		op.Kind, op.Version = quorate.OpPut, 0
	}
	return op
}

// value appends a value that nobody else writes.
func (s *Stream) value(buf []byte) []byte {
	s.count++
	stamp := stampOf(s.client, s.count)
	return appendValue(buf, stamp, s.plan.sizeOf(stamp))
}

// Ended tells the stream how a call of its client ended, in the order in which calls
// ended: of what kind it was and on which key, whether it certainly was executed, and
// which version the key had then.
func (s *Stream) Ended(kind quorate.Op, name string, done bool, version uint64) {
	if !s.plan.versions {
		return
	}
	key, err := strconv.Atoi(name[min(len(s.plan.run.Prefix), len(name)):])
	if err != nil || key < 0 || key >= len(s.plan.keys) {
		return // none of ours
	}
	if i := slices.Index(s.asked, key); kind == quorate.OpGet && i >= 0 {
		s.asked = slices.Delete(s.asked, i, i+1)
		if done {
			s.due = append(s.due, due{key, version})
		}
	}
	if done && s.seen != nil {
		s.seen[key%len(s.seen)] = lastSeen{key + 1, version}
	}
}

// version returns that of a key which the client has seen last. Of one of which it has
// seen none it takes for granted that it was loaded, if all were, or is absent.
func (s *Stream) version(key int) uint64 {
	if last := s.seen[key%len(s.seen)]; last.key == key+1 {
		return last.version
	}
	if s.plan.spec.Load == LoadAll {
		return 1
	}
	return 0
}
