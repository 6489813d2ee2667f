package inject

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/server/admin"
)

// named returns the nemesis of a name.
func named(t *testing.T, name string) Nemesis {
	t.Helper()
	list, err := Parse([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// field returns an entry of what a nemesis told.
func field(t *testing.T, what any, name string) any {
	t.Helper()
	m, ok := what.(history.Map)
	if !ok {
		t.Fatalf("%v is no map", what)
	}
	for _, e := range m {
		if e.Key == history.Keyword(name) {
			return e.Value
		}
	}
	t.Fatalf("%v has no %s", what, name)
	return nil
}

func TestProcessesAreStruckAndHealed(t *testing.T) {
	for name, size := range map[string]int{
		"kill-one": 1, "kill-minority": 2, "kill-majority": 3, "kill-all": 5,
		"pause-one": 1, "pause-minority": 2, "pause-majority": 3, "pause-all": 5,
	} {
		f := newFake(5)
		what, heal, err := named(t, name).Strike(t.Context(), newGuard(f).view(name), rng(1))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		calls := f.told()
		var members []any
		for _, call := range calls {
			word, id, _ := strings.Cut(call, " ")
			if !strings.HasPrefix(name, word) {
				t.Errorf("%s: %v", name, calls)
			}
			members = append(members, id)
		}
		if len(calls) != size || !reflect.DeepEqual(field(t, what, "members"), members) {
			t.Errorf("%s did %v, and tells %v", name, calls, what)
		}
		if f.well() == nil {
			t.Errorf("%s: all is well", name)
		}
		if err := heal(t.Context()); err != nil || f.well() != nil {
			t.Errorf("%s: %v, %v", name, err, f.well())
		}
	}
}

func TestMembersAreOthersEveryTime(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(40) {
		f := newFake(3)
		f.serve(t, func(int) *admin.Status { return &admin.Status{Role: "leader"} })
		if _, _, err := named(t, "kill").Strike(t.Context(), newGuard(f).view(""), rng(seed)); err != nil {
			t.Fatal(err)
		}
		seen[strings.Join(f.told(), ",")] = true
	}
	if len(seen) != 7 {
		t.Errorf("of 7 groups of members, those killed were %v", seen)
	}
}

func TestAStrikeThatFailsHalfWayIsHealed(t *testing.T) {
	f := newFake(3)
	f.fails = func(call string) error {
		if call == "kill 1.2" {
			return errors.New("not today")
		}
		return nil
	}
	_, heal, err := named(t, "kill-all").Strike(t.Context(), newGuard(f).view("kill-all"), rng(1))
	if err == nil || !strings.Contains(err.Error(), "not today") {
		t.Fatal(err)
	}
	f.told()
	f.fails = func(call string) error {
		if call == "start 1.1" {
			return errors.New("no")
		}
		return nil
	}
	if err := heal(t.Context()); err == nil || f.PID(f.members.ID(2)) == 0 {
		t.Errorf("%v: that one cannot be started keeps others from it", err)
	}
	f.fails = nil
	f.told()
	if err := heal(t.Context()); err != nil || f.well() != nil || !reflect.DeepEqual(f.told(), []string{"start 1.1"}) {
		t.Errorf("%v, %v", err, f.well())
	}
}

func TestNemesesLeaveEachOthersMembersAlone(t *testing.T) {
	f := newFake(3)
	g := newGuard(f)
	strike := func(name string) (any, func(context.Context) error) {
		what, heal, err := named(t, name).Strike(t.Context(), g.view(name), rng(1))
		if err != nil {
			t.Fatal(err)
		}
		return what, heal
	}
	one, healOne := strike("kill-one")
	all, healAll := strike("kill-all")
	if a, b := field(t, one, "members").([]any), field(t, all, "members").([]any); len(a) != 1 || len(b) != 2 {
		t.Errorf("%v and %v", a, b)
	}
	if err := g.view("rolling").Kill(f.members.ID(0)); !errors.Is(err, ErrHeld) {
		t.Error(err)
	}
	f.told()
	if err := healAll(t.Context()); err != nil || len(f.told()) != 2 {
		t.Error(err)
	}
	if err := healOne(t.Context()); err != nil || f.well() != nil {
		t.Error(err, f.well())
	}
	// A process that was killed while it was paused need not go on.
	_, goOn := strike("pause-all")
	_, healAll = strike("kill-all")
	f.told()
	if err := goOn(t.Context()); err != nil || len(f.told()) != 0 {
		t.Error(err)
	}
	if err := healAll(t.Context()); err != nil || f.well() != nil {
		t.Error(err, f.well())
	}
}

func TestTheLeaderIsWhoHasTheHighestBallot(t *testing.T) {
	dead := -1
	for name, c := range map[string]struct {
		say   []admin.Status
		index int // dead: any
		how   string
	}{
		"one":         {[]admin.Status{{Role: "follower"}, {Role: "leader", Ballot: "2@1.2"}, {}}, 1, "leader"},
		"two":         {[]admin.Status{{Role: "leader", Ballot: "2@1.1"}, {Role: "follower"}, {Role: "leader", Ballot: "10@1.3"}}, 2, "leader"},
		"none says":   {[]admin.Status{{Role: "follower", Ballot: "9@1.1", Leader: "1.2"}, {Role: "follower", Ballot: "10@1.1", Leader: "1.3"}, {}}, 2, "leader, as others say"},
		"owners":      {[]admin.Status{{Role: "replica", Leader: "1.1", Objects: &admin.Objects{Owned: 3}}, {Role: "replica", Leader: "1.2", Objects: &admin.Objects{Owned: 30}}, {Role: "replica", Leader: "1.3", Objects: &admin.Objects{}}}, 1, "owner of most objects"},
		"leaderless":  {[]admin.Status{{Role: "replica", Leader: "1.1"}, {Role: "replica", Leader: "1.2"}, {Role: "replica", Leader: "1.3"}}, dead, "any: nobody leads"},
		"electing":    {[]admin.Status{{Role: "candidate"}, {Role: "follower"}, {Role: "follower"}}, dead, "any: nobody leads"},
		"garbage":     {[]admin.Status{{Role: "leader", Ballot: "?"}, {Role: "follower", Leader: "9.9"}, {Role: "follower", Leader: "?"}}, 0, "leader"},
		"one answers": {[]admin.Status{{Role: "follower", Ballot: "1@1.3", Leader: "1.3"}}, 2, "leader, as others say"},
	} {
		f := newFake(3)
		f.serve(t, func(i int) *admin.Status {
			if i >= len(c.say) {
				return nil
			}
			s := c.say[i]
			return &s
		})
		seen := map[quorate.Set]bool{}
		for seed := range uint64(20) {
			members, how, err := target(t.Context(), f, rng(seed), leader)
			if err != nil || how != c.how || c.index != dead && members != quorate.SetOf(c.index) {
				t.Errorf("%s: %v, %s, %v", name, members, how, err)
			}
			seen[members] = true
		}
		if c.index == dead && len(seen) != 3 {
			t.Errorf("%s: always %v", name, seen)
		}
	}
	f := newFake(3)
	if _, _, err := target(t.Context(), f, rng(1), leader); err == nil {
		t.Error("nobody answers, and there is a leader")
	}
}
