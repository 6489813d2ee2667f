package keep_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
	"github.com/quorate/quorate/epaxos/trim"
)

func (r *rig) commit(ids ...core.ID) {
	for _, id := range ids {
		r.table.Commit(r.table.Open(id), core.Value{})
	}
}

func done(upto ...uint64) keep.Progress { return keep.Progress{Kept: trim.Report{Executed: upto}} }

// What another has executed is asked for, the next portion when one has come, and
// nobody else meanwhile.
func TestMissing(t *testing.T) {
	r := newRig(t)
	want := func(step, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", step, got, want)
		}
	}
	r.commit(core.ID{Row: 1, Number: 1})
	want("just now", r.hear(1, done(0, 20))+r.hear(2, done(0, 20)), "")
	r.pass(wait)
	want("a while ago", r.hear(1, done(0, 20)), "1 Missing")
	first := last[keep.Missing](r)
	want("a portion", fmt.Sprint(first.IDs), "[1/0 1/2 1/3 1/4 1/5 1/6 1/7 1/8]")
	want("one question at a time", r.hear(2, done(0, 20)), "")
	r.commit(first.IDs...)
	want("another question's end", r.hear(1, keep.Told{At: first.At + 1}), "")
	want("another member's end", r.hear(2, keep.Told{At: first.At}), "")
	r.pass(3)
	want("the end", r.hear(1, keep.Told{At: first.At}), "1 Missing")
	second := last[keep.Missing](r)
	want("the next portion", fmt.Sprint(second.IDs), "[1/9 1/10 1/11 1/12 1/13 1/14 1/15 1/16]")
	r.pass(wait - 1e6)
	want("before it is over", r.hear(2, done(0, 20)), "")
	r.pass(1e6)
	want("no answer", r.hear(2, done(0, 20)), "2 Missing")
	third := last[keep.Missing](r)
	r.pass(wait)
	want("more patience", r.hear(1, done(0, 20)), "")
	want("nothing came", r.hear(2, keep.Told{At: third.At}), "")
	want("somebody else", r.hear(1, done(0, 20)), "1 Missing")
	at := last[keep.Missing](r).At
	r.execute(1, 20)
	for n := range uint64(20) {
		r.commit(core.ID{Row: 1, Number: n})
	}
	want("all came", r.hear(1, keep.Told{At: at}), "")
	want("level", r.hear(1, done(0, 20)), "")
}

// Who did not answer in time is asked the same again, later if answers take long; nobody
// is while states come.
func TestMissingAgain(t *testing.T) {
	r := newRig(t)
	var said []string
	tell := func() { said = append(said, r.hear(1, done(0, 20))) }
	tell()
	for range 2 {
		r.pass(wait)
		tell()
	}
	m := last[keep.Missing](r)
	r.pass(wait * 3 / 2)
	r.commit(m.IDs...)
	said = append(said, r.hear(1, keep.Told{At: m.At}))
	r.pass(3*wait - 1e6)
	tell()
	r.pass(1e6)
	tell()
	if got, want := fmt.Sprintf("%q", said), `["" "1 Missing" "1 Missing" "1 Missing" "" "1 Missing"]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	m = last[keep.Missing](r)
	r.hear(2, keep.Progress{Base: base(0, 0, 6)})
	r.hear(2, keep.Offer{Base: base(0, 0, 6)})
	if !r.keeper.Active() {
		t.Fatal("no states come")
	}
	if got := r.hear(1, keep.Told{At: m.At}) + r.hear(1, done(0, 20)); got != "" {
		t.Errorf("while states come: %q", got)
	}
}

// The Commits of what was executed just now are on their way.
func TestNotMissing(t *testing.T) {
	r := newRig(t)
	r.hear(1, done(0, 0))
	for _, step := range []string{"", "", "", "", "1 Missing"} {
		if got := r.hear(1, done(0, 3)); got != step {
			t.Errorf("%v later: %q, want %q", r.now, got, step)
		}
		r.pass(wait / 2)
	}
}

// What is committed is told, up to a number of bytes.
func TestTold(t *testing.T) {
	r := newRig(t)
	r.execute(1, 5)
	r.table.Open(core.ID{Row: 2})
	ask := keep.Missing{At: 7, IDs: []core.ID{{Row: 2}, {Row: 0}, {Row: 9}, {Row: 1, Number: 3}, {Row: 1, Number: 4}}}
	if got := r.hear(2, ask); got != "2 Told" || fmt.Sprint(r.told) != "[1/3]" || last[keep.Told](r).At != 7 {
		t.Errorf("%q, told of %v", got, r.told)
	}
}

// What is executed again after states came does not count as undone.
func TestReport(t *testing.T) {
	r := newRig(t)
	r.execute(0, 3)
	r.execute(1, 5)
	r.table.Open(core.ID{Row: 2, Number: 1})
	if got := r.keeper.Report(quorate.Report{}); got.Known != 10 || got.Executed != 8 {
		t.Errorf("before: %+v", got)
	}
	r.table.Install(nil)
	if got := r.keeper.Report(quorate.Report{}); got.Known != 10 || got.Executed != 8 {
		t.Errorf("after: %+v", got)
	}
}
