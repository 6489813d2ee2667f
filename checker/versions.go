package checker

import (
	"fmt"
	"time"

	"github.com/quorate/quorate"
)

// This file decides most histories of a versioned key without a search.
//
// Write v is the one that gave the key version v; a read of v comes after
// write v and before write v+1. So each operation whose outcome is known has a
// stage: 2v for write v, 2v+1 for what saw version v. An order of operations
// that follows the stages, and within a stage the calls, is a linearization if
// it also follows real time: no operation may return before the call of one of
// a lower stage. Looking at pairs is enough. Take a shortest cycle of "lower
// stage" and "returned before the call of". Both are transitive, so it
// alternates; with a before b and c before d in real time, intervals give a
// before d or c before b, and that shortens any cycle of more than two.
//
// A stale read has the stage of the version that it saw, too. It may be called long after
// that stage, so nothing comes too late for it; but what it saw was there when it
// returned, and no later call may meet less. A search does not look at stale reads: they
// overlap with all that was before.
//
// Two kinds of operations have no stage of their own:
//
//   - A condition that failed on an absent key saw that it was absent, not at
//     which version. It goes to the earliest absent stage that does not make
//     it return too early. Later stages would only demand more of others, and
//     two such operations cannot be in each other's way: the one called after
//     the other's return has the later earliest stage.
//   - An open write may have produced any version that nobody claims, or none.
//     As it never returns, all that time demands is that it was called before
//     whatever came later returned, so open writes do not disturb each other:
//     what is left is a matching (file matching.go).

// timeline is the history of one key, laid out by version.
type timeline struct {
	top     uint64                      // the highest version that somebody wrote or saw
	writers []*Operation                // of version v, nil if no known write claims it
	seen    []sighting                  // of version v
	staged  []staged                    // operations with a stage
	floats  []*Operation                // failed conditions on an absent key
	because map[*Operation][]*Operation // of floats that have a stage: who says that it is no earlier one
	open    []*Operation                // writes that may or may not have happened
	last    []*Operation                // of the operations up to stage s, the one called last
	first   []*Operation                // of the operations from stage s on, the one that returned first
}

type staged struct {
	op    *Operation
	stage int
}

// sighting is what is known of a version besides its writer.
type sighting struct {
	kind kind
	by   *Operation // who says so
	read *Operation // a read of its value, nil if nobody read it
}

// kind says whether a version is a value or a tombstone.
type kind uint8

const (
	unclear kind = iota
	present
	absent
)

func (k kind) String() string { return [...]string{"unclear", "present", "absent"}[k] }

// finding is a proof that a history is not linearizable.
type finding struct {
	text string
	ops  []*Operation
	// alone says that the operations prove it whatever else was written; if not, it
	// counts that no further write gave a version that no known one gave (file least.go).
	alone bool
	// open are writes of unknown outcome that it looked at, and that do not explain it.
	open []*Operation
}

func found(ops []*Operation, format string, args ...any) *finding {
	return &finding{text: fmt.Sprintf(format, args...), ops: ops, alone: true}
}

// lacking is a finding that counts on what is not in the history.
func lacking(ops []*Operation, format string, args ...any) *finding {
	f := found(ops, format, args...)
	f.alone = false
	return f
}

// checkVersions decides whether the history of one versioned key is
// linearizable. It reports false if it cannot tell, which takes an open write
// whose place decides whether a key was present.
func checkVersions(ops []Operation, patience func() bool) (*finding, bool) {
	if bad := absurd(ops); bad != nil {
		return bad, true
	}
	t, bad := newTimeline(ops)
	if bad != nil {
		return bad, true
	}
	if bad := t.claim(); bad != nil {
		return bad, true
	}
	if bad := t.observe(); bad != nil {
		return bad, true
	}
	t.deduce()
	t.sweep()
	if bad := t.compare(); bad != nil {
		return bad, true
	}
	if bad, decided := t.float(); bad != nil || !decided {
		return bad, decided
	}
	t.sweep()
	return t.match(patience)
}

// newTimeline sorts out the operations and finds the range of versions.
func newTimeline(ops []Operation) (*timeline, *finding) {
	t := &timeline{}
	known := uint64(0)
	var highest *Operation
	for i := range ops {
		o := &ops[i]
		switch {
		case !o.counts() && !o.dates():
			continue
		case o.open():
			t.open = append(t.open, o)
			continue
		case o.Version > t.top:
			t.top, highest = o.Version, o
		}
		if o.writes() {
			known++
		}
		t.staged = append(t.staged, staged{op: o})
	}
	if writes := known + uint64(len(t.open)); t.top > writes {
		return nil, lacking([]*Operation{highest}, "version %d was seen, but at most %d writes can have happened", t.top, writes)
	}
	t.writers = make([]*Operation, t.top+1)
	t.seen = make([]sighting, t.top+1)
	t.seen[0].kind = absent
	return t, nil
}

// claim gives each known operation its stage, and each version its writer.
func (t *timeline) claim() *finding {
	kept := t.staged[:0]
	for _, s := range t.staged {
		o := s.op
		switch {
		case o.writes():
			if other := t.writers[o.Version]; other != nil {
				return found([]*Operation{other, o}, "two writes gave the same version %d", o.Version)
			}
			t.writers[o.Version] = o
			s.stage = 2 * int(o.Version)
		case o.conditional() && o.Version == 0:
			t.floats = append(t.floats, o)
			continue
		default:
			s.stage = 2*int(o.Version) + 1
		}
		kept = append(kept, s)
	}
	t.staged = kept
	return nil
}

// observe collects what each operation says of the version it met, and
// compares it with what others say.
func (t *timeline) observe() *finding {
	for v, w := range t.writers {
		if w == nil {
			continue
		}
		t.seen[v] = sighting{kind: kindOf(w.puts()), by: w}
	}
	for _, s := range t.staged {
		o := s.op
		var bad *finding
		switch {
		case o.Op == quorate.OpGet:
			bad = t.observeRead(o)
		case !o.OK:
			bad = t.demand(o.Version, present, o)
		case o.conditional() && o.Condition == 0:
			bad = t.demand(o.Version-1, absent, o)
		case o.conditional():
			bad = t.demand(o.Version-1, present, o)
		}
		if bad != nil {
			return bad
		}
	}
	return nil
}

// demand notes that o found version v present or absent.
func (t *timeline) demand(v uint64, k kind, o *Operation) *finding {
	at := &t.seen[v]
	switch {
	case at.kind == unclear:
		at.kind, at.by = k, o
	case at.kind != k:
		return found([]*Operation{at.by, o}, "the key was %v at version %d for one operation and %v for another", at.kind, v, k)
	}
	return nil
}

func (t *timeline) observeRead(o *Operation) *finding {
	if bad := t.demand(o.Version, kindOf(o.OK), o); bad != nil {
		return bad
	}
	at := &t.seen[o.Version]
	if w := t.writers[o.Version]; o.OK && w != nil && string(w.Value) != string(o.Result) {
		return found([]*Operation{w, o}, "a read of version %d returned %s, which is not what was written", o.Version, show(o.Result))
	}
	if at.read == nil {
		at.read = o
	}
	if string(at.read.Result) != string(o.Result) {
		return found([]*Operation{at.read, o}, "two reads of version %d returned different values", o.Version)
	}
	return nil
}

func kindOf(isPresent bool) kind {
	if isPresent {
		return present
	}
	return absent
}

// deduce settles versions that nobody saw, where all open writes are of a kind.
func (t *timeline) deduce() {
	var puts, deletes int
	for _, o := range t.open {
		if o.puts() {
			puts++
		} else {
			deletes++
		}
	}
	if puts > 0 && deletes > 0 {
		return
	}
	for v := range t.seen {
		if t.seen[v].kind == unclear {
			t.seen[v].kind = kindOf(deletes == 0)
		}
	}
}

// sweep computes the last call up to each stage and the first return from it.
func (t *timeline) sweep() {
	n := 2*int(t.top) + 3
	t.last, t.first = make([]*Operation, n), make([]*Operation, n)
	for _, s := range t.staged {
		if o := t.last[s.stage]; o == nil || s.op.since() > o.since() {
			t.last[s.stage] = s.op
		}
		if o := t.first[s.stage]; o == nil || s.op.Return < o.Return {
			t.first[s.stage] = s.op
		}
	}
	for s := 1; s < n; s++ {
		if o := t.last[s-1]; t.last[s] == nil || o != nil && o.since() > t.last[s].since() {
			t.last[s] = o
		}
	}
	for s := n - 2; s >= 0; s-- {
		if o := t.first[s+1]; t.first[s] == nil || o != nil && o.Return < t.first[s].Return {
			t.first[s] = o
		}
	}
}

// deadline returns the instant after which nothing may be called that comes
// before stage s.
func (t *timeline) deadline(s int) time.Duration {
	if o := t.first[s]; o != nil {
		return o.Return
	}
	return Never
}

// compare looks for an operation that returned before the call of one of a
// lower stage.
func (t *timeline) compare() *finding {
	for _, s := range t.staged {
		if before := t.last[s.stage-1]; before != nil && before.since() > s.op.Return {
			return explainOrder(before, s)
		}
	}
	return nil
}

// explainOrder words that late, of a lower stage than early, was called after
// early had returned.
func explainOrder(late *Operation, early staged) *finding {
	pair := []*Operation{early.op, late}
	v := early.stage / 2
	switch {
	case early.op.writes() && late.writes():
		return found(pair, "version %d was written, and only then was the write called that gave version %d", v, late.Version)
	case early.op.writes():
		return found(pair, "version %d was written, and a later call still met an earlier state", v)
	case late.writes():
		return found(pair, "version %d was met before the write of version %d was called", v, late.Version)
	}
	return found(pair, "version %d was met, and a later call met an earlier state", v)
}
