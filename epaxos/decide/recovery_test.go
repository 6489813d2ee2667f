package decide_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
)

// The states that a member may tell of instance 0/0, owned by member 0.
var (
	nothing   = core.State{}
	initial   = core.Deps{0, 0, 4}
	pre       = core.State{Phase: core.PreAccepted, Value: core.Value{Commands: put("k", 1), Deps: initial}, Initial: true, InitDeps: initial}
	preMore   = core.State{Phase: core.PreAccepted, Value: core.Value{Commands: put("k", 1), Deps: core.Deps{0, 1, 4}}, Initial: true, InitDeps: initial}
	learnt    = core.State{Initial: true, InitDeps: initial} // by a validation
	slowDeps  = core.Value{Commands: put("k", 1), Deps: core.Deps{0, 1, 4}}
	proposed  = core.Value{Commands: put("k", 1), Deps: initial}
	nop       = core.Value{}
	committed = core.State{Phase: core.Committed, Value: slowDeps}
)

func votedFor(b uint32, v core.Value) core.State {
	return core.State{Phase: core.Accepted, Voted: ballot(b), Value: v}
}

type told struct {
	member int
	state  core.State
}

// begin plays the first phase up to its decision, the last answer's step.
func begin(t *testing.T, n, f, e int, answers ...told) (*decide.Recovery, decide.Step) {
	t.Helper()
	r := decide.NewRecovery(decide.Quorums{Size: n, F: f, E: e}, at(0, 0), ballot(5))
	step := decide.Nothing
	for i, a := range answers {
		if step != decide.Nothing {
			t.Fatalf("step %d after %d answers", step, i)
		}
		step = r.Promised(a.member, a.state)
	}
	return r, step
}

func TestRecoveryDecides(t *testing.T) {
	const none, commit, accept, validate = decide.Nothing, decide.DoCommit, decide.DoAccept, decide.DoValidate
	for _, tc := range []struct {
		name    string
		n, f, e int
		answers []told
		step    decide.Step
		value   core.Value
	}{
		{"too few", 5, 2, 2, []told{{1, pre}, {1, pre}, {2, pre}}, none, nop},
		{"committed, too few", 5, 2, 2, []told{{1, nothing}, {3, committed}}, commit, slowDeps},
		{"accepted", 5, 2, 2, []told{{1, nothing}, {2, pre}, {3, votedFor(0, slowDeps)}}, accept, slowDeps},
		{"accepted twice", 5, 2, 2, []told{{1, votedFor(1, slowDeps)}, {2, votedFor(3, nop)}, {3, votedFor(2, slowDeps)}}, accept, nop},
		{"accepted twice, the other way round", 5, 2, 2, []told{{1, votedFor(3, slowDeps)}, {2, nothing}, {3, votedFor(2, nop)}}, accept, slowDeps},
		{"accepted, the owner answers", 3, 1, 1, []told{{0, pre}, {1, votedFor(0, slowDeps)}}, accept, slowDeps},
		{"the owner answers", 5, 2, 2, []told{{1, pre}, {0, pre}, {2, pre}}, accept, nop},
		{"nobody knows it", 3, 1, 1, []told{{1, nothing}, {2, nothing}}, accept, nop},
		{"known, not pre-accepted", 3, 1, 1, []told{{1, learnt}, {2, learnt}}, accept, nop},
		{"one of two", 3, 1, 1, []told{{1, pre}, {2, nothing}}, validate, proposed},
		{"one of two knows more", 3, 1, 1, []told{{1, preMore}, {2, nothing}}, accept, nop},
		{"one of three", 5, 2, 2, []told{{1, pre}, {2, nothing}, {3, preMore}}, validate, proposed},
		{"one of three, a larger fast quorum", 5, 2, 1, []told{{1, pre}, {2, nothing}, {3, preMore}}, accept, nop},
		{"two of three, a larger fast quorum", 5, 2, 1, []told{{1, pre}, {2, pre}, {3, preMore}}, validate, proposed},
		{"none of three", 5, 2, 2, []told{{1, preMore}, {2, nothing}, {3, preMore}}, accept, nop},
		{"two of four", 7, 3, 2, []told{{6, pre}, {2, nothing}, {3, preMore}, {4, pre}}, validate, proposed},
		{"one of four", 7, 3, 2, []told{{6, pre}, {2, nothing}, {3, preMore}, {4, nothing}}, accept, nop},
	} {
		r, step := begin(t, tc.n, tc.f, tc.e, tc.answers...)
		if step != tc.step || !r.Value.Equal(tc.value) {
			t.Errorf("%s: step %d of %v, want %d of %v", tc.name, step, r.Value, tc.step, tc.value)
		}
		if r.Validating() != (step == validate) || r.Accepting() != (step == accept) || r.Waits() {
			t.Errorf("%s: validates %v, accepts %v, waits %v", tc.name, r.Validating(), r.Accepting(), r.Waits())
		}
	}
}

func TestRecoveryValidates(t *testing.T) {
	const none, accept, wait = decide.Nothing, decide.DoAccept, decide.DoWait
	one, two := core.Conflict{ID: at(1, 7)}, core.Conflict{ID: at(4, 7)} // member 1 is asked, 4 is not
	final := core.Conflict{ID: at(1, 7), Committed: true}
	three := []told{{1, pre}, {2, nothing}, {3, nothing}} // as few as may be of a fast quorum
	more := []told{{1, pre}, {2, pre}, {3, nothing}}
	for _, tc := range []struct {
		name    string
		answers []told
		found   [3][]core.Conflict
		step    decide.Step
		value   core.Value
	}{
		{"nothing", three, [3][]core.Conflict{}, accept, proposed},
		{"committed", more, [3][]core.Conflict{{one}, nil, {final}}, accept, nop},
		{"committed, told first", more, [3][]core.Conflict{{final}, nil, {one}}, accept, nop},
		{"open", more, [3][]core.Conflict{{one}, nil, {one, two}}, wait, proposed},
		{"open, the least fast quorum", three, [3][]core.Conflict{{one}, nil, nil}, wait, proposed},
		{"of an owner not asked, the least fast quorum", three, [3][]core.Conflict{{one}, {two}, nil}, accept, nop},
	} {
		r, _ := begin(t, 5, 2, 2, tc.answers...)
		if r.Missing() != quorate.SetOf(1, 2, 3) {
			t.Errorf("%s: %v are to validate", tc.name, r.Missing())
		}
		step := decide.Nothing
		for i, found := range tc.found {
			if step != none {
				t.Errorf("%s: step %d after %d answers", tc.name, step, i)
			}
			step = max(r.Validated(4, []core.Conflict{final}), r.Validated(3-i, found), r.Validated(3-i, nil))
		}
		if step != tc.step || !r.Value.Equal(tc.value) {
			t.Errorf("%s: step %d of %v, want %d of %v", tc.name, step, r.Value, tc.step, tc.value)
		}
		if r.Waits() && (r.Missing() != quorate.SetOf(0, 4) || r.Same() == 0 || len(r.Conflicts()) == 0) {
			t.Errorf("%s: waits with %d, for %v, without %v", tc.name, r.Same(), r.Conflicts(), r.Missing())
		}
	}
}

func TestRecoveryWaits(t *testing.T) {
	const none, commit, accept = decide.Nothing, decide.DoCommit, decide.DoAccept
	j, k := at(1, 7), at(3, 2)
	x := func(t *testing.T, play func(x *table)) func(core.ID) *core.Instance {
		tab := &table{core.NewTable(5), t}
		tab.Open(j)
		play(tab)
		return tab.Get
	}
	for _, tc := range []struct {
		name  string
		play  func(x *table)
		step  decide.Step
		value core.Value
	}{
		{"nothing happens", func(*table) {}, none, proposed},
		{"one is committed after it", func(x *table) { x.commit(j, put("k", 2), core.Deps{1}) }, none, proposed},
		{"one is a Nop", func(x *table) { x.commit(j, nil, nil) }, none, proposed},
		{"one is committed without it", func(x *table) { x.commit(k, put("k", 2), core.Deps{0, 9}) }, accept, nop},
		{"both are committed after it", func(x *table) {
			x.commit(j, put("k", 2), core.Deps{1})
			x.commit(k, put("k", 3), core.Deps{1, 1})
		}, accept, proposed},
		{"one after it, one a Nop", func(x *table) {
			x.commit(j, put("k", 2), core.Deps{1})
			x.commit(k, nil, nil)
		}, accept, proposed},
		{"one waits, with few", func(x *table) { x.Get(j).Waited = 1 }, none, proposed},
		{"one waits, with enough", func(x *table) { x.Get(j).Waited = 2 }, accept, nop},
		{"one waited and is a Nop", func(x *table) {
			x.Get(j).Waited = 2
			x.commit(j, nil, nil)
		}, none, proposed},
	} {
		r, _ := begin(t, 5, 2, 2, told{1, pre}, told{2, pre}, told{3, nothing})
		r.Validated(1, []core.Conflict{{ID: j}, {ID: k}})
		r.Validated(2, nil)
		if step := r.Resolve(x(t, func(x *table) { x.Get(j).Waited = 2 })); step != none {
			t.Errorf("%s: step %d while it is validated", tc.name, step)
		}
		r.Validated(3, nil)
		step := r.Resolve(x(t, tc.play))
		if step != tc.step || !r.Value.Equal(tc.value) {
			t.Errorf("%s: step %d of %v, want %d of %v", tc.name, step, r.Value, tc.step, tc.value)
		}
	}

	for _, tc := range []struct {
		name  string
		late  told
		step  decide.Step
		value core.Value
	}{
		{"somebody comes late", told{4, pre}, none, proposed},
		{"somebody comes again", told{2, committed}, none, proposed},
		{"the owner comes late", told{0, pre}, accept, nop},
		{"a vote comes late", told{4, votedFor(0, slowDeps)}, accept, slowDeps},
		{"a commit comes late", told{4, committed}, commit, slowDeps},
	} {
		for validated := range 4 {
			r, _ := begin(t, 5, 2, 2, told{1, pre}, told{2, pre}, told{3, nothing})
			for i := range validated {
				r.Validated(i+1, []core.Conflict{{ID: j}})
			}
			if step := r.Promised(tc.late.member, tc.late.state); step != tc.step || !r.Value.Equal(tc.value) {
				t.Errorf("%s, validated by %d: step %d of %v, want %d of %v", tc.name, validated, step, r.Value, tc.step, tc.value)
			}
		}
	}
}

func TestRecoveryAccepts(t *testing.T) {
	r, step := begin(t, 5, 2, 2, told{1, nothing}, told{2, nothing}, told{3, nothing})
	if step != decide.DoAccept || r.Missing() != quorate.SetOf(0, 1, 2, 3, 4) {
		t.Fatalf("step %d, missing %v", step, r.Missing())
	}
	steps := []decide.Step{r.Accepted(4), r.Accepted(4), r.Promised(0, pre), r.Validated(1, nil), r.Accepted(0)}
	if fmt.Sprint(steps) != "[0 0 0 0 0]" || r.Missing() != quorate.SetOf(1, 2, 3) {
		t.Errorf("steps %v, missing %v", steps, r.Missing())
	}
	steps = []decide.Step{r.Accepted(3), r.Accepted(1), r.Promised(4, committed)}
	if fmt.Sprint(steps) != "[1 0 0]" || r.Missing() != 0 || !r.Value.Nop() {
		t.Errorf("steps %v, missing %v, value %v", steps, r.Missing(), r.Value)
	}
	r, _ = begin(t, 3, 1, 1, told{1, nothing}, told{2, nothing})
	if step := r.Promised(0, committed); step != decide.DoCommit || !r.Value.Equal(slowDeps) {
		t.Errorf("the owner has committed: step %d of %v", step, r.Value)
	}
}
