package checker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// The helpers below write histories: a process, the instants of call and
// return, what was asked, what came back.

func op(process int, call, ret time.Duration, kind quorate.Op) Operation {
	return Operation{Process: process, Call: call, Return: ret, Op: kind, Key: "k", Status: quorate.Done, OK: true}
}

func put(process int, call, ret time.Duration, value string, version uint64) Operation {
	o := op(process, call, ret, quorate.OpPut)
	o.Value, o.Version = []byte(value), version
	return o
}

func del(process int, call, ret time.Duration, version uint64) Operation {
	o := op(process, call, ret, quorate.OpDelete)
	o.Version = version
	return o
}

func get(process int, call, ret time.Duration, value string, version uint64) Operation {
	o := op(process, call, ret, quorate.OpGet)
	o.Result, o.Version = []byte(value), version
	return o
}

func miss(process int, call, ret time.Duration, version uint64) Operation {
	o := op(process, call, ret, quorate.OpGet)
	o.OK, o.Version = false, version
	return o
}

func putIf(process int, call, ret time.Duration, condition uint64, value string, version uint64) Operation {
	o := op(process, call, ret, quorate.OpPutIf)
	o.Condition, o.Value, o.Version = condition, []byte(value), version
	return o
}

func refused(o Operation) Operation {
	o.OK = false
	return o
}

// lost is a call that its client gave up at the instant of return; 0 is never.
func lost(o Operation) Operation {
	gaveUp := o.Return
	o = pending(o)
	o.Return = gaveUp
	return o
}

// failed is a call that certainly was not executed, whatever else is noted of it.
func failed(o Operation) Operation {
	o.Status = quorate.NotExecuted
	return o
}

func stale(o Operation) Operation { return in(quorate.ReadLocal, o) }

func onward(o Operation) Operation { return in(quorate.ReadTimeline, o) }

func in(mode quorate.ReadMode, o Operation) Operation {
	o.Read = mode
	return o
}

// histories states what is linearizable and what is not. The register model
// ignores versions: reg is its verdict where both models apply.
var histories = []struct {
	name     string
	history  []Operation
	kv, reg  Verdict
	says     string // part of the reason
	noSearch bool   // decided by versions alone
}{
	{name: "a write that returned is read as absent", kv: Violation, reg: Violation, says: "a later call still met an earlier state", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), miss(2, 20, 30, 0)}},
	{name: "a value that nobody wrote", kv: Violation, reg: Violation, says: "at most 0 writes", noSearch: true,
		history: []Operation{get(2, 20, 30, "99", 1)}},
	{name: "a value that nobody wrote, under a version that somebody did", kv: Violation, reg: Violation, says: "not what was written", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), get(2, 20, 30, "99", 1)}},
	{name: "a read of a write not yet called", kv: Violation, reg: Violation, says: "before the write", noSearch: true,
		history: []Operation{get(2, 0, 10, "1", 1), put(1, 20, 30, "1", 1)}},
	{name: "new, then old, while the write is under way", kv: Violation, reg: Violation, says: "met an earlier state", noSearch: true,
		history: []Operation{put(1, 0, 100, "1", 1), get(2, 10, 20, "1", 1), miss(2, 30, 40, 0)}},
	{name: "an overwritten value", kv: Violation, reg: Violation, says: "met an earlier state", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), get(2, 40, 50, "1", 1)}},
	{name: "two writes at once, read as second, first, second", kv: Violation, reg: Violation, says: "met an earlier state", noSearch: true,
		history: []Operation{put(1, 0, 100, "1", 1), put(2, 0, 100, "2", 2), get(3, 10, 20, "2", 2), get(3, 30, 40, "1", 1), get(3, 50, 60, "2", 2)}},
	{name: "a lost write: one version for two", kv: Violation, reg: OK, says: "the same version 1", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(2, 20, 30, "2", 1)}},
	{name: "versions against the order of calls", kv: Violation, reg: OK, says: "only then was the write called", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 2), put(2, 20, 30, "2", 1)}},
	{name: "a version left out", kv: Violation, reg: OK, says: "at most 1 writes", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 2)}},
	{name: "a version that only a write of another value can have given", kv: Violation, reg: Violation, says: "no write can have given", noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), get(2, 20, 30, "2", 1)}},
	{name: "two reads of one lost write disagree", kv: Violation, reg: OK, says: "different values", noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), lost(put(2, 0, 10, "2", 0)), get(3, 20, 30, "1", 1), get(4, 20, 30, "2", 1)}},
	{name: "a value of a write that certainly failed", kv: Violation, reg: Violation, says: "at most 0 writes", noSearch: true,
		history: []Operation{failed(put(1, 0, 10, "1", 1)), get(2, 20, 30, "1", 1)}},
	{name: "a deleted key is read", kv: Violation, reg: Violation, says: "met an earlier state", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), del(1, 20, 30, 2), get(2, 40, 50, "1", 1)}},
	{name: "a condition that held is refused", kv: Violation, says: "refused although", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), refused(putIf(1, 20, 30, 1, "2", 1))}},
	{name: "a condition of absence that held is refused", kv: Violation, says: "the key was absent", noSearch: true,
		history: []Operation{refused(putIf(1, 0, 10, 0, "2", 0))}},
	{name: "a lost condition on a version that is clear", kv: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), lost(putIf(2, 20, 30, 1, "2", 0)), lost(del(3, 20, 30, 0)), get(4, 40, 50, "2", 2)}},
	{name: "a lost condition on a version that does not matter", kv: OK, noSearch: true,
		history: []Operation{lost(del(1, 0, 5, 0)), lost(put(2, 0, 5, "1", 0)), lost(putIf(3, 0, 5, 40, "9", 0)), put(4, 20, 30, "3", 3)}},
	{name: "a condition that did not hold is granted", kv: Violation, says: "on condition of version 1 gave version 3", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), putIf(2, 40, 50, 1, "3", 3)}},
	{name: "created twice", kv: Violation, says: "present at version 1 for one operation and absent", noSearch: true,
		history: []Operation{putIf(1, 0, 10, 0, "1", 1), putIf(2, 0, 10, 0, "2", 2)}},
	{name: "absent for a condition, although present all the time", kv: Violation, says: "not absent at any time", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), refused(putIf(2, 20, 30, 7, "2", 0)), get(1, 40, 50, "1", 1)}},

	{name: "absent for a condition, although present to the end", kv: Violation, says: "not absent at any time", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), refused(putIf(2, 20, 30, 7, "2", 0))}},
	{name: "absent for a condition, between two writes, whatever a lost delete did", kv: Violation, says: "not absent at any time", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), refused(putIf(2, 20, 30, 7, "2", 0)), put(1, 40, 50, "3", 2), lost(del(3, 0, 5, 0))}},
	{name: "an absence that no write can have left", kv: Violation, says: "no write can have given version 1", noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), miss(2, 20, 30, 1)}},

	{name: "one after the other", kv: OK, reg: OK, noSearch: true,
		history: []Operation{miss(1, 0, 5, 0), put(1, 10, 20, "1", 1), get(1, 30, 40, "1", 1), del(1, 50, 60, 2), miss(1, 70, 80, 2)}},
	{name: "a read while the write is under way, old", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 100, "1", 1), miss(2, 10, 20, 0), get(2, 30, 40, "1", 1)}},
	{name: "intervals that touch overlap", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), miss(2, 10, 20, 0)}},
	{name: "absent for a condition called when the write returned", kv: OK, noSearch: true,
		history: []Operation{put(1, 0, 20, "1", 1), refused(putIf(2, 20, 30, 5, "x", 0))}},
	{name: "an old value of a read called before the write returned", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), get(2, 25, 90, "1", 1)}},
	{name: "a lost write happens long after it was given up", kv: OK, reg: OK, noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), miss(2, 20, 30, 0), get(2, 40, 50, "1", 1)}},
	{name: "a lost write never happens", kv: OK, reg: OK, noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), miss(2, 20, 30, 0), put(2, 40, 50, "2", 1)}},
	{name: "a lost write that nobody read fills the gap", kv: OK, reg: OK, noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), put(2, 20, 30, "2", 2)}},
	{name: "a lost read says nothing", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), lost(get(2, 20, 30, "", 0))}},
	{name: "a lost write happens at most once", kv: Violation, reg: OK, says: "only 1 of the writes of unknown outcome can have given the 2 versions 1, 3", noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), lost(put(1, 12, 13, "3", 0)), get(3, 15, 25, "1", 1), put(2, 20, 30, "2", 2), get(2, 60, 70, "1", 3)}},
	{name: "a lost delete, but it was absent before", kv: OK, noSearch: true,
		history: []Operation{lost(del(1, 0, 5, 0)), lost(put(1, 6, 9, "1", 0)), refused(putIf(2, 20, 30, 9, "2", 0)), put(3, 40, 50, "3", 3)}},
	{name: "the place of a lost delete decides what was absent", kv: OK,
		history: []Operation{put(4, 0, 1, "0", 1), lost(del(1, 2, 5, 0)), lost(put(1, 6, 9, "1", 0)), refused(putIf(2, 20, 30, 9, "2", 0)), put(3, 40, 50, "3", 4)}},
	{name: "the same, but no place fits", kv: Violation, says: "no order",
		history: []Operation{put(4, 0, 1, "0", 1), lost(del(1, 60, 70, 0)), lost(put(1, 2, 3, "1", 0)),
			refused(putIf(2, 20, 30, 9, "2", 0)), put(3, 80, 90, "3", 4)}},

	{name: "a stale read of an old value", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), stale(get(2, 40, 50, "1", 1))}},
	{name: "a stale read of nothing", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), stale(miss(2, 40, 50, 0))}},
	{name: "a stale read of a lost write", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(3, 0, 10, "0", 1), lost(put(1, 0, 10, "1", 0)), stale(get(2, 40, 50, "1", 2))}},
	{name: "a follower read of an old value, after its process wrote a new one", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), in(quorate.ReadFollower, get(1, 40, 50, "1", 1))}},
	{name: "a hand-off read of an old value", kv: Violation, reg: Violation, says: "met an earlier state", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), in(quorate.ReadHandoff, get(2, 40, 50, "1", 1))}},
	{name: "a lease read of an old value", kv: Violation, reg: Violation, says: "met an earlier state", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), in(quorate.ReadLease, get(2, 40, 50, "1", 1))}},
	{name: "a timeline read of what another process has overwritten", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(2, 20, 30, "2", 2), onward(get(1, 40, 50, "1", 1)), onward(get(1, 60, 70, "2", 2))}},
	{name: "a timeline read of what a process before it in number has overwritten", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), onward(get(2, 40, 50, "1", 1))}},
	{name: "a local read that goes back, besides a timeline read", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), stale(get(1, 40, 50, "1", 1)), onward(get(1, 60, 70, "2", 2))}},
	{name: "a stale read that returns as the write is called", kv: OK, reg: OK, noSearch: true,
		history: []Operation{stale(get(2, 0, 20, "1", 1)), put(1, 20, 30, "1", 1)}},
	{name: "a stale read that returns before the write is called", kv: Violation, reg: Violation, says: "never written", noSearch: true,
		history: []Operation{stale(get(2, 0, 19, "1", 1)), put(1, 20, 30, "1", 1)}},
	{name: "a stale read of what a later call does not meet yet", kv: Violation, reg: OK, says: "version 2 was met, and a later call met an earlier state", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 100, "2", 2), stale(get(2, 30, 40, "2", 2)), get(3, 50, 60, "1", 1)}},
	{name: "a stale read of what a call at the same time does not meet yet", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 100, "2", 2), stale(get(2, 30, 50, "2", 2)), get(3, 50, 60, "1", 1)}},
	{name: "a stale read of a version before which another was called later", kv: Violation, reg: OK, says: "met before the write of version 1 was called", noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "2", 0)), stale(get(2, 20, 30, "2", 2)), put(3, 40, 50, "1", 1)}},
	{name: "two stale reads of one lost write disagree", kv: Violation, reg: OK, says: "different values", noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), lost(put(2, 0, 10, "2", 0)), stale(get(3, 20, 30, "1", 1)), stale(get(4, 20, 30, "2", 1)), miss(5, 5, 6, 0)}},
	{name: "a stale read of a version that takes more writes than there were", kv: Violation, reg: OK, says: "at most 1 writes", noSearch: true,
		history: []Operation{lost(put(1, 0, 10, "1", 0)), stale(get(3, 20, 30, "1", 4)), miss(5, 5, 6, 0)}},
	{name: "a stale read of what was deleted, by a condition that follows", kv: Violation, says: "not absent at any time", noSearch: true,
		history: []Operation{put(1, 0, 10, "0", 1), del(1, 12, 14, 2), put(1, 15, 100, "1", 3), stale(get(2, 20, 30, "1", 3)), refused(putIf(3, 40, 50, 7, "2", 0))}},
	{name: "a stale read called after a condition found what came later", kv: OK, noSearch: true,
		history: []Operation{lost(put(1, 0, 1, "1", 0)), lost(del(2, 0, 1, 0)), stale(get(3, 100, 110, "1", 1)), stale(get(4, 5, 10, "1", 1)),
			refused(putIf(5, 20, 30, 7, "2", 0)), stale(miss(6, 200, 210, 2))}},
	{name: "a stale read of an absence that nobody made", kv: Violation, reg: OK, says: "never written", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), stale(miss(2, 40, 50, 7))}},
	{name: "a timeline read of what its process has overwritten", kv: Violation, reg: OK, says: "seen version 2", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), onward(get(1, 40, 50, "1", 1))}},
	{name: "a timeline read of what its process has deleted", kv: Violation, reg: OK, says: "seen version 2", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), del(1, 20, 30, 2), onward(get(1, 40, 50, "1", 1))}},
	{name: "a timeline read older than a local read before it", kv: Violation, reg: OK, says: "seen version 2", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), stale(get(2, 40, 50, "2", 2)), onward(get(2, 60, 70, "1", 1))}},
	{name: "a timeline read older than one before it, with others between", kv: Violation, reg: OK, says: "seen version 2", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), put(1, 20, 30, "2", 2), onward(get(2, 40, 50, "2", 2)), stale(get(2, 60, 70, "1", 1)), onward(get(2, 80, 90, "1", 1))}},
	{name: "a timeline read older than a write that its process does not know of", kv: OK, reg: OK, noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), lost(put(1, 20, 30, "2", 2)), onward(get(1, 40, 50, "1", 1))}},
	{name: "a timeline read of what was never written", kv: Violation, reg: Violation, says: "never written", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), onward(get(2, 40, 50, "9", 1))}},
	{name: "a stale read of what was never written", kv: Violation, reg: Violation, says: "never written", noSearch: true,
		history: []Operation{put(1, 0, 10, "1", 1), stale(get(2, 40, 50, "9", 1))}},
	{name: "a stale read of a write that failed", kv: Violation, reg: Violation, says: "never written", noSearch: true,
		history: []Operation{put(3, 0, 10, "0", 1), failed(put(1, 0, 10, "1", 2)), stale(get(2, 40, 50, "1", 2))}},
	{name: "a stale read of a write not yet called", kv: Violation, reg: Violation, says: "never written", noSearch: true,
		history: []Operation{stale(get(2, 0, 10, "1", 1)), put(1, 20, 30, "1", 1)}},
}

func TestHistories(t *testing.T) {
	for _, h := range histories {
		t.Run(h.name, func(t *testing.T) {
			result, err := Check(context.Background(), h.history, Config{})
			if err != nil {
				t.Fatal(err)
			}
			if result.Verdict != h.kv || !strings.Contains(result.Reason, h.says) {
				t.Errorf("kv: %v %q, want %v %q", result.Verdict, result.Reason, h.kv, h.says)
			}
			if (result.Searched == 0) != h.noSearch {
				t.Errorf("kv: %d keys searched, want none %v", result.Searched, h.noSearch)
			}
			if h.reg == Unknown {
				return
			}
			result, err = Check(context.Background(), h.history, Config{Model: Register})
			if err != nil || result.Verdict != h.reg {
				t.Errorf("register: %v %q %v, want %v", result.Verdict, result.Reason, err, h.reg)
			}
		})
	}
}

// A thousand stale reads of one write once took another checker 12 seconds,
// and it passed them.
func TestManyAnomaliesOfOneKey(t *testing.T) {
	history := []Operation{put(0, 0, 10, "1", 1)}
	for i := range time.Duration(1000) {
		history = append(history, miss(1, 20+10*i, 25+10*i, 0))
	}
	for _, m := range []Model{KV, Register} {
		result, err := Check(context.Background(), history, Config{Model: m})
		if err != nil || result.Verdict != Violation {
			t.Errorf("%v: %v %v", m, result.Verdict, err)
		}
	}
}

func TestWhatIsNoPass(t *testing.T) {
	for name, c := range map[string]struct {
		history []Operation
		says    string
	}{
		"an empty history": {nil, "no operation succeeded"},
		"only failed":      {[]Operation{failed(put(1, 0, 10, "1", 1))}, "no operation succeeded"},
		"only lost":        {[]Operation{lost(put(1, 0, 10, "1", 0)), lost(get(2, 0, 10, "", 0))}, "no operation succeeded"},
		"only stale reads": {[]Operation{stale(miss(1, 0, 10, 0))}, "only stale reads"},
	} {
		result, err := Check(context.Background(), c.history, Config{})
		if err != nil || result.Verdict != Unknown || !strings.Contains(result.Reason, c.says) {
			t.Errorf("%s: %v %q %v, want unknown", name, result.Verdict, result.Reason, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	result, err := Check(ctx, []Operation{put(1, 0, 10, "1", 1)}, Config{})
	if err != nil || result.Verdict != Unknown || result.Undecided != 1 || !strings.Contains(result.Reason, "interrupted") {
		t.Errorf("cancelled: %+v %v, want unknown", result, err)
	}
}

func TestMalformedHistories(t *testing.T) {
	zero := put(1, 0, 10, "1", 1)
	zero.Status = 0
	nop := op(1, 0, 10, quorate.OpNop)
	for name, c := range map[string]struct {
		history []Operation
		model   Model
		says    string
	}{
		"no status":                 {[]Operation{zero}, KV, "status 0"},
		"returns before its call":   {[]Operation{put(1, 10, 9, "1", 1)}, KV, "before its call"},
		"a nop":                     {[]Operation{nop}, KV, "nop"},
		"a condition in a register": {[]Operation{putIf(1, 0, 1, 0, "", 1)}, Register, "put-if"},
		"a stale write":             {[]Operation{stale(put(1, 0, 10, "1", 1))}, KV, "of a get"},
		"two calls at a time":       {[]Operation{put(1, 0, 10, "1", 1), put(1, 9, 20, "2", 2)}, KV, "still busy"},
		"busy for ever":             {[]Operation{lost(put(1, 0, 0, "1", 0)), put(1, 9, 20, "2", 2)}, KV, "still busy"},
	} {
		_, err := Check(context.Background(), c.history, Config{Model: c.model})
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "process 1") {
			t.Errorf("%s: error %v, want one that names the operation and says %q", name, err, c.says)
		}
	}
	for name, touching := range map[string][]Operation{
		"at the beginning":     {put(1, 0, 0, "1", 1), put(1, 0, 5, "2", 2)},
		"in the order of time": {put(1, 0, 10, "1", 1), put(1, 10, 20, "2", 2)},
		"in another order":     {put(1, 10, 20, "2", 2), put(1, 0, 10, "1", 1)},
	} {
		if _, err := Check(context.Background(), touching, Config{}); err != nil {
			t.Errorf("a call at the instant of the last return, %s: %v", name, err)
		}
	}
	given := lost(put(1, 0, 0, "1", 0))
	given.Return = 10 // the client gave up, and went on
	if _, err := Check(context.Background(), []Operation{given, put(1, 10, 20, "2", 1)}, Config{}); err != nil {
		t.Error(err)
	}
}

func TestConfigValidate(t *testing.T) {
	for _, c := range []Config{{Model: 9}, {TimeLimit: -1}, {Workers: -1}, {MaxSearchBytes: -1}, {MaxCounterexamples: -1}} {
		if _, err := Check(context.Background(), nil, c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// What is said of an operation.
func TestOperationForPeople(t *testing.T) {
	never := lost(put(1, 0, 10, "a b", 0))
	never.Return = Never
	for _, c := range []struct {
		o    Operation
		want string
	}{
		{put(1, 1, 2, "v", 7), "process 1 put k=v -> version 7 [1ns, 2ns]"},
		{putIf(1, 1, 2, 6, "", 7), `process 1 put k="" if 6 -> version 7 [1ns, 2ns]`},
		{refused(putIf(1, 1, 2, 6, "v", 7)), "process 1 put k=v if 6 -> refused at version 7 [1ns, 2ns]"},
		{op(1, 1, 2, quorate.OpDeleteIf), "process 1 delete k if 0 -> version 0 [1ns, 2ns]"},
		{del(1, 1, 2, 3), "process 1 delete k -> version 3 [1ns, 2ns]"},
		{get(1, 1, 2, "v", 7), "process 1 get k -> v version 7 [1ns, 2ns]"},
		{stale(get(1, 1, 2, "v", 7)), "process 1 get k -> v version 7 (local read) [1ns, 2ns]"},
		{miss(1, 1, 2, 0), "process 1 get k -> absent version 0 [1ns, 2ns]"},
		{stale(miss(1, 1, 2, 0)), "process 1 get k -> absent version 0 (local read) [1ns, 2ns]"},
		{lost(put(1, 0, 10, "v", 0)), "process 1 put k=v -> unknown [0s, 10ns]"},
		{lost(put(1, 5, 0, "v", 0)), "process 1 put k=v -> unknown [5ns, never]"},
		{never, `process 1 put k="a b" -> unknown [0s, never]`},
		{put(1, 1, 2, "a\x01~", 7), `process 1 put k="a\x01~" -> version 7 [1ns, 2ns]`},
		{put(1, 1, 2, "!~", 7), "process 1 put k=!~ -> version 7 [1ns, 2ns]"},
		{put(1, 1, 2, "\x7f", 7), `process 1 put k="\x7f" -> version 7 [1ns, 2ns]`},
		{put(1, 1, 2, strings.Repeat("a", 32), 7), "process 1 put k=" + strings.Repeat("a", 32) + " -> version 7 [1ns, 2ns]"},
		{put(1, 1, 2, strings.Repeat("a", 33), 7), "process 1 put k=" + strings.Repeat("a", 32) + "… -> version 7 [1ns, 2ns]"},
		{failed(put(1, 1, 2, "v", 7)), "process 1 put k=v -> not executed [1ns, 2ns]"},
	} {
		if got := c.o.String(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
