package inject

import (
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// contested is a fake of five members, of which the first leads, and the third is elected
// as soon as the first one is told to be alone.
func contested(t *testing.T, name string) *fake {
	f := newFake(5)
	alone := "1.1/drop?id=1.2%2C1.3%2C1.4%2C1.5&name=" + name
	f.serve(t, func(i int) *admin.Status {
		f.mu.Lock()
		elected := slices.Contains(f.calls, alone)
		f.mu.Unlock()
		if i == 2 && elected {
			return &admin.Status{Role: "leader", Ballot: "2@1.3"}
		}
		return led(0)(i)
	})
	return f
}

// steps are the calls of a fake in their order, without what is not asked of the given
// member, or not under the name.
func (f *fake) steps(member int, name string) (list []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.members.ID(member).String()
	for _, c := range f.calls {
		at, what, _ := strings.Cut(c, "/")
		if at == id && strings.Contains(what, "name="+name) {
			list = append(list, what)
		}
	}
	return list
}

// unhurried is a generator that has nobody cut off before the leader is, for short tests.
const unhurried, unhurriedOfThree = 69, 36

// Rule: the rest hears the first, the second, the first and the second again, never both.
func TestRivalsReachTheRestByTurns(t *testing.T) {
	t.Parallel()
	f := contested(t, "rivals")
	what, heal, err := named(t, "rivals").Strike(t.Context(), newGuard(f).view("rivals"), rng(unhurried))
	if err != nil || field(t, what, "first") != "1.1, leader" || field(t, what, "second") != "1.3" {
		t.Fatal(what, err)
	}
	alone := func(id string, rest ...string) string { return "drop?id=" + strings.Join(rest, "%2C") + "&name=rivals" }
	first, second := alone("1.1", "1.2", "1.3", "1.4", "1.5"), alone("1.3", "1.1", "1.2", "1.4", "1.5")
	lost1, lost3 := alone("1.2", "1.1"), alone("1.2", "1.3")
	for member, want := range map[int][]string{
		0: {first, lost3, first}, 1: {lost1, lost3, lost1}, 2: {lost1, second, lost1},
	} {
		if got := f.steps(member, "rivals"); !slices.Equal(got, want) {
			t.Errorf("member %d: %v, want %v", member, got, want)
		}
	}
	if slices.ContainsFunc(f.told(), func(c string) bool { return strings.Contains(c, "/clock") || strings.HasPrefix(c, "kill") }) {
		t.Error("clocks, or processes, were struck")
	}
	if err := heal(t.Context()); err != nil || f.well() != nil {
		t.Error(err, f.well())
	}
}

// Rule: the clock of who is cut off stands still, and goes on about where it was.
func TestClocksOfRivalsStandStill(t *testing.T) {
	t.Parallel()
	f := contested(t, "rivals-suspended")
	_, heal, err := named(t, "rivals-suspended").Strike(t.Context(), newGuard(f).view("rivals-suspended"), rng(unhurried))
	if err != nil {
		t.Fatal(err)
	}
	for member, want := range map[int]string{0: "stop run stop", 1: "", 2: "stop run"} {
		var got []string
		for _, c := range f.steps(member, "rivals-suspended-clock") {
			word := "run"
			if strings.Contains(c, "bump=-"+standstill.String()) {
				word = "stop"
			}
			got = append(got, word)
		}
		if text := strings.Join(slices.Compact(got), " "); text != want {
			t.Errorf("the clock of member %d: %s, want %s", member, text, want)
		}
	}
	if err := heal(t.Context()); err != nil || f.well() != nil {
		t.Error(err, f.well())
	}
}

// Rule: who elected the second loses what was not synced, and is started only when nobody
// can tell it again; the two that lead lose nothing.
func TestPowerFailsWhereTheSecondWasElected(t *testing.T) {
	t.Parallel()
	f := contested(t, "rivals-power")
	_, heal, err := named(t, "rivals-power").Strike(t.Context(), newGuard(f).view("rivals-power"), rng(unhurried))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, c := range f.calls {
		word, rest, _ := strings.Cut(c, " ")
		switch {
		case rest != "":
			order = append(order, c)
		case strings.HasPrefix(word, "1.3/drop?id=1.1%2C1.2%2C1.4%2C1.5"): // and the first is alone already
			order = append(order, "alone")
		}
	}
	want := []string{"alone", "kill 1.2", "kill 1.4", "kill 1.5", "start 1.2", "start 1.4", "start 1.5", "alone"}
	if !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
	for i := range 5 {
		slow := slices.ContainsFunc(f.steps(i, "rivals-power-disk"), func(c string) bool { return strings.HasPrefix(c, "disk?") })
		if slow != (i > 0) {
			t.Errorf("the disk of member %d was slow: %v", i, slow)
		}
	}
	if err := heal(t.Context()); err != nil || f.well() != nil {
		t.Error(err, f.well())
	}
}

// Rule: the disk of one voter is taken, which is admitted when all is healed.
func TestADiskIsLostWhereTheSecondWasElected(t *testing.T) {
	t.Parallel()
	const name = "rivals-disk-lost"
	alone := "1.1/drop?id=1.2%2C1.3&name=" + name
	var f *diskFake
	f = newDiskFake(t, func(i int) *admin.Status {
		f.mu.Lock()
		defer f.mu.Unlock()
		s := admin.Status{Role: "follower"}
		switch {
		case i == 0 || i == 2 && slices.Contains(f.calls, alone):
			s.Role = "leader"
		case i == 1:
			s.Learner = f.pids[f.members.ID(1)] != 101 && !slices.ContainsFunc(f.calls, func(c string) bool { return strings.Contains(c, "/admit") })
		}
		return &s
	})
	g := newGuard(f)
	v := g.view(name)
	_, heal, err := named(t, name).Strike(t.Context(), v, rng(unhurriedOfThree))
	if err != nil || !slices.Equal(f.paths(), []string{"1.1", "1.3"}) || v.alone(g.lost, f.members.ID(0)) {
		t.Fatal(f.paths(), err)
	}
	if err := heal(t.Context()); err != nil || f.well() != nil || !v.alone(g.lost, f.members.ID(0)) {
		t.Error(err, f.well())
	}
	if calls := f.told(); !slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, "1.2/admit") }) {
		t.Errorf("nobody was admitted: %v", calls)
	}
}

// Rule: members that another nemesis has are left to it, and what fails half way is healed.
func TestRivalsLeaveOthersMembersAlone(t *testing.T) {
	t.Parallel()
	f := contested(t, "rivals-power")
	g := newGuard(f)
	if err := g.view("kill").Kill(f.members.ID(3)); err != nil {
		t.Fatal(err)
	}
	f.fails = func(call string) error {
		if call == "start 1.2" {
			return errConflict
		}
		return nil
	}
	_, heal, err := named(t, "rivals-power").Strike(t.Context(), g.view("rivals-power"), rng(unhurried))
	if err == nil || f.PID(f.members.ID(3)) != 0 || f.PID(f.members.ID(1)) != 0 {
		t.Fatal(err)
	}
	f.fails = nil
	if err := heal(t.Context()); err != nil || f.PID(f.members.ID(3)) != 0 || f.PID(f.members.ID(1)) == 0 {
		t.Error(err, f.well())
	}
}

// Rule: with lease reads, no nemesis that stops clocks; without a rest, none at all.
func TestWhereRivalsDoNotFit(t *testing.T) {
	for name, refused := range map[string]bool{"rivals": false, "rivals-suspended": true, "rivals-power": true, "rivals-disk-lost": true} {
		if err := ForLeases([]string{name}); (err != nil) != refused {
			t.Errorf("%s with lease reads: %v", name, err)
		}
		f := newFake(2)
		f.serve(t, led(0))
		if _, err := Fit(f, []Nemesis{named(t, name)}); err == nil {
			t.Errorf("%s of two members", name)
		}
		if flags := ServerFlags([]string{name}); (len(flags) > 0) != (name == "rivals-power") {
			t.Errorf("%s: %v", name, flags)
		}
	}
	f := newFake(3)
	f.memory = true
	f.serve(t, func(int) *admin.Status { return &admin.Status{ID: quorate.ID(0), Role: "replica"} })
	if _, err := Fit(f, []Nemesis{named(t, "rivals-power")}); err == nil {
		t.Error("a power failure of journals in memory")
	}
}
