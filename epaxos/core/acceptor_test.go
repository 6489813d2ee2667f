package core_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// A request meets every state an instance can be in: phase, promise and vote.

type state struct {
	phase    core.Phase
	promised uint32
	voted    uint32
}

func (s state) String() string { return fmt.Sprintf("%v, %d, voted %d", s.phase, s.promised, s.voted) }

// states are all with ballots up to 3 that can come to be.
func states() []state {
	all := []state{{core.None, 0, 0}, {core.None, 2, 0}, {core.PreAccepted, 0, 0}, {core.PreAccepted, 2, 0}}
	for _, s := range [][2]uint32{{0, 0}, {2, 0}, {2, 2}, {2, 1}} {
		all = append(all, state{core.Accepted, s[0], s[1]}, state{core.Committed, s[0], s[1]})
	}
	return all
}

var value = core.Value{Commands: put("k", 1), Deps: core.Deps{0, 1}}

func (s state) build(t *testing.T) (*table, *core.Instance) {
	x := newTable(t)
	i := x.Open(at(0, 0))
	if s.phase == core.PreAccepted {
		x.preAccept(i.ID, value.Commands, value.Deps)
	}
	if s.phase == core.Accepted || s.phase == core.Committed {
		x.accept(i, ballot(s.voted), value)
	}
	if s.promised > s.voted {
		x.promise(i, ballot(s.promised))
	}
	if s.phase == core.Committed && !x.Commit(i, value) {
		t.Fatal("commit is no news")
	}
	return x, i
}

// after is what remains of an instance that matters.
func after(i *core.Instance) state {
	return state{i.Phase, i.Promised.Counter(), i.Voted.Counter()}
}

func TestPreAccept(t *testing.T) {
	for _, s := range states() {
		x, i := s.build(t)
		want, then := core.Refused, s
		switch {
		case s.phase == core.Committed:
			want = core.Final
		case s.phase == core.PreAccepted && s.promised == 0:
			want = core.Known
		case s == state{core.None, 0, 0}:
			want, then = core.Stored, state{core.PreAccepted, 0, 0}
		}
		if got := x.PreAccept(i, value.Commands, value.Deps); got != want || after(i) != then {
			t.Errorf("%v: verdict %v, want %v; then %v, want %v", s, got, want, after(i), then)
		}
	}
}

// What is known here is added to the owner's dependencies; both are kept.
func TestPreAcceptDependencies(t *testing.T) {
	x := newTable(t)
	x.preAccept(at(0, 0), put("k", 1), nil)
	x.preAccept(at(1, 4), get("k", 2), nil)
	x.preAccept(at(1, 6), put("other", 3), nil)
	for _, tc := range []struct {
		row      uint8
		commands []quorate.Command
		proposed core.Deps
		want     core.Deps
	}{
		{2, put("k", 4), nil, core.Deps{1, 5}},
		{0, get("k", 5), nil, core.Deps{1, 0, 1}},           // the put of row 2, not the get
		{1, get("new", 6), core.Deps{7}, core.Deps{7}},      // what only the owner knows
		{2, put("other", 7), core.Deps{9}, core.Deps{9, 7}}, // both know some
		{2, append(get("other", 8), put("k", 8)...), nil, core.Deps{8, 7, 2}},
	} {
		id := at(tc.row, x.End(int(tc.row)))
		if tc.row == 0 {
			id.Number = 7
		}
		i := x.preAccept(id, tc.commands, tc.proposed)
		if !i.Deps.Equal(tc.want) || !i.InitDeps.Equal(tc.proposed) || !i.Initial {
			t.Errorf("%v %v: %v, of the owner %v; want %v, %v", id, tc.commands, i.Deps, i.InitDeps, tc.want, tc.proposed)
		}
	}
}

func TestAccept(t *testing.T) {
	for _, s := range states() {
		for b := range uint32(4) {
			x, i := s.build(t)
			want, then := core.Stored, state{core.Accepted, b, b}
			switch {
			case s.phase == core.Committed:
				want, then = core.Final, s
			case b < s.promised:
				want, then = core.Refused, s
			case s.phase == core.Accepted && s.voted == b:
				want, then = core.Known, s
			}
			v := value
			if want == core.Stored && b > 0 {
				v = core.Value{} // another value takes the place of an older vote
			}
			if got := x.Accept(i, ballot(b), v); got != want || after(i) != then {
				t.Errorf("%v: accept %d: verdict %v, want %v; then %v, want %v", s, b, got, want, after(i), then)
			}
			if want == core.Stored && (!i.Value().Equal(v) || i.Nop != v.Nop()) {
				t.Errorf("%v: accept %d: value %v, want %v", s, b, i.Value(), v)
			}
		}
	}
}

func TestPromise(t *testing.T) {
	for _, s := range states() {
		for b := range uint32(4) {
			x, i := s.build(t)
			want, then := core.Stored, s
			switch {
			case s.phase == core.Committed:
				want = core.Final
			case b < s.promised || b == 0:
				want = core.Refused
			case b == s.promised:
				want = core.Known
			default:
				then.promised = b
			}
			told := i.State()
			if got := x.Promise(i, ballot(b)); got != want || after(i) != then || !reflect.DeepEqual(i.State(), told) {
				t.Errorf("%v: promise %d: verdict %v, want %v; then %v, want %v; tells %+v, before %+v", s, b, got, want, after(i), then, i.State(), told)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	for _, s := range states() {
		for b := range uint32(4) {
			x, i := s.build(t)
			x.preAccept(at(1, 9), put("k", 2), nil) // speaks against it
			want := core.Refused
			switch {
			case s.phase == core.Committed:
				want = core.Final
			case b != s.promised || s.voted == b && (s.phase == core.Accepted || b == 0):
			case i.Initial:
				want = core.Known
			default:
				want = core.Stored
			}
			value := core.Value{Commands: value.Commands, Deps: core.Deps{0, 1}}
			found, got := x.Validate(i, ballot(b), value.Commands, value.Deps)
			if got != want || after(i) != s {
				t.Errorf("%v: validate %d: verdict %v, want %v; then %v", s, b, got, want, after(i))
			}
			agreed := want == core.Stored || want == core.Known
			if agreed != (len(found) == 1) || agreed && (!i.Initial || !i.InitDeps.Equal(value.Deps) || len(i.Commands) != 1) {
				t.Errorf("%v: validate %d: found %v; then %+v", s, b, found, i)
			}
		}
	}
}

// What was validated counts as known from then on.
func TestValidatedIsKnown(t *testing.T) {
	x := newTable(t)
	i := x.Open(at(0, 0))
	x.promise(i, ballot(1))
	x.Validate(i, ballot(1), put("k", 1), nil)
	if got := x.Deps(get("k", 2)); !got.Equal(core.Deps{1}) {
		t.Errorf("dependencies %v", got)
	}
}

// A Nop that is accepted, and may yet lose, does not hide the commands: the owner
// may have had the dependencies of others from a quorum that has only this member
// in common with theirs.
func TestAcceptedNopIsNotForgotten(t *testing.T) {
	x := newTable(t)
	i := x.preAccept(at(0, 0), put("k", 1), nil)
	x.promise(i, ballot(1))
	x.accept(i, ballot(1), core.Value{})
	if got := x.Deps(put("k", 2)); !got.Equal(core.Deps{1}) {
		t.Errorf("dependencies %v", got)
	}
	x.promise(i, ballot(2))
	x.accept(i, ballot(2), core.Value{Commands: put("k", 1)})
	if !x.Commit(i, core.Value{Commands: put("k", 1)}) || i.Nop {
		t.Errorf("%+v", i)
	}
}

// Against a proposal speaks what interferes with it, is not among its
// dependencies and does not depend on it.
func TestConflicts(t *testing.T) {
	k := put("k", 9)
	for _, tc := range []struct {
		name string
		make func(x *table, j *core.Instance)
		want string
	}{
		{"pre-accepted", func(x *table, j *core.Instance) { x.preAccept(j.ID, k, nil) }, "[{1/5 false}]"},
		{"pre-accepted, reads", func(x *table, j *core.Instance) { x.preAccept(j.ID, get("k", 9), nil) }, "[{1/5 false}]"},
		{"pre-accepted, another key", func(x *table, j *core.Instance) { x.preAccept(j.ID, put("m", 9), nil) }, "[]"},
		{"pre-accepted, proposed after it", func(x *table, j *core.Instance) { x.preAccept(j.ID, k, core.Deps{3}) }, "[]"},
		{"pre-accepted, after it only here", func(x *table, j *core.Instance) {
			x.preAccept(at(0, 3), put("k", 8), core.Deps{0, 6}) // among others
			x.preAccept(j.ID, k, nil)
		}, "[{1/5 false}]"},
		{"accepted, proposal unknown", func(x *table, j *core.Instance) { x.accept(j, 0, core.Value{Commands: k}) }, "[]"},
		{"accepted after it, proposed without", func(x *table, j *core.Instance) {
			x.preAccept(j.ID, k, nil)
			x.accept(j, 0, core.Value{Commands: k, Deps: core.Deps{3}})
		}, "[{1/5 false}]"},
		{"a Nop accepted", func(x *table, j *core.Instance) {
			x.preAccept(j.ID, k, nil)
			x.promise(j, ballot(1))
			x.accept(j, ballot(1), core.Value{})
		}, "[{1/5 false}]"},
		{"committed", func(x *table, j *core.Instance) { x.commit(j.ID, k, nil) }, "[{1/5 true}]"},
		{"committed after it", func(x *table, j *core.Instance) { x.commit(j.ID, k, core.Deps{3}) }, "[]"},
		{"committed as Nop", func(x *table, j *core.Instance) {
			x.preAccept(j.ID, k, nil)
			x.commit(j.ID, nil, nil)
		}, "[]"},
		{"validated", func(x *table, j *core.Instance) {
			x.promise(j, ballot(1))
			x.Validate(j, ballot(1), k, nil)
		}, "[{1/5 false}]"},
	} {
		x := newTable(t)
		i := x.Open(at(0, 2))
		x.promise(i, ballot(1))
		tc.make(x, x.Open(at(1, 5)))
		commands := put("k", 1)
		if found, _ := x.Validate(i, ballot(1), commands, core.Deps{9, 5}); fmt.Sprint(found) != tc.want {
			t.Errorf("%s: found %v, want %v", tc.name, found, tc.want)
		}
		if found, _ := x.Validate(i, ballot(1), commands, core.Deps{9, 6}); len(found) != 0 {
			t.Errorf("%s: found %v, which it depends on", tc.name, found)
		}
	}
	x := newTable(t) // reads do not interfere
	x.preAccept(at(1, 0), get("k", 2), nil)
	i := x.Open(at(0, 0))
	x.promise(i, ballot(1))
	if found, _ := x.Validate(i, ballot(1), get("k", 1), nil); len(found) != 0 {
		t.Errorf("a read conflicts with %v", found)
	}
}

// Two values for one instance are the end.
func TestBrokenAgreement(t *testing.T) {
	for name, f := range map[string]func(x *table, i *core.Instance){
		"committed twice":    func(x *table, i *core.Instance) { x.Commit(i, core.Value{}) },
		"other dependencies": func(x *table, i *core.Instance) { x.Commit(i, core.Value{Commands: value.Commands}) },
		"other commands":     func(x *table, i *core.Instance) { x.Commit(i, core.Value{Commands: put("k", 2), Deps: value.Deps}) },
		"a ballot with two": func(x *table, i *core.Instance) {
			x.Accept(x.Open(at(0, 1)), ballot(1), core.Value{Commands: put("k", 3)})
		},
		"an owner with two": func(x *table, i *core.Instance) {
			x.Accept(x.Open(at(0, 1)), ballot(2), core.Value{Commands: put("k", 3)})
		},
	} {
		x, i := state{core.Committed, 0, 0}.build(t)
		j := x.preAccept(at(0, 1), put("k", 4), nil)
		x.accept(j, ballot(1), core.Value{})
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: nobody noticed", name)
				}
			}()
			f(x, i)
		}()
	}
}
