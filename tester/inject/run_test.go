package inject

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// toy is a nemesis that does nothing, as it is told.
type toy struct {
	name   string
	strike func(nth int) error // nil: works
	heal   func(nth int) error
	struck int
	healed int
}

func (n *toy) Name() string { return n.name }

func (n *toy) Strike(_ context.Context, _ Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	n.struck++
	var err error
	if n.strike != nil {
		err = n.strike(n.struck)
	}
	return int64(rng.IntN(1000)), func(ctx context.Context) error {
		n.healed++
		if err := ctx.Err(); err != nil {
			return err
		}
		if n.heal != nil {
			return n.heal(n.healed)
		}
		return nil
	}, err
}

// event is an event of a history with its time.
type event struct {
	at time.Duration
	history.Op
}

func (e event) String() string { return fmt.Sprintf("%v %s %v %v", e.at, e.F, e.Value, e.Error) }

// play runs nemeses in virtual time.
func play(t *testing.T, limit time.Duration, s Schedule, nemeses ...Nemesis) (events []event, counts []results.Fault) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		counts = Run(ctx, newFake(3), nemeses, s, func(op history.Op) {
			events = append(events, event{time.Since(began), op})
		})
	})
	return events, counts
}

func TestScheduleIsAFunctionOfTheSeed(t *testing.T) {
	run := func(seed uint64) string {
		events, _ := play(t, 10*time.Minute, Schedule{Seed: seed}, &toy{name: "flood"}, &toy{name: "fire"}, &toy{name: "frost"})
		slices.SortStableFunc(events, func(a, b event) int { return strings.Compare(a.String(), b.String()) }) // those of one instant tie
		return fmt.Sprint(events)
	}
	first, again := run(1), run(1)
	if first != again {
		t.Error("equal seeds differ")
	}
	if first == run(2) {
		t.Error("other seeds do not")
	}
}

func TestFaultsPairUpAndPausesLieBetween(t *testing.T) {
	events, counts := play(t, 10*time.Minute, Schedule{Interval: 4 * time.Second}, &toy{name: "flood"})
	var words []string
	for i, e := range events {
		words = append(words, e.F)
		if e.Process != history.Nemesis || e.Type != history.Info {
			t.Errorf("%v is no event of a nemesis", e)
		}
		if i%2 == 0 && e.Value != nil {
			t.Errorf("%v: asked for, and has a value", e)
		}
		if i%4 != 0 && i%4 != 2 || i < 2 {
			continue
		}
		if since := e.at - events[i-1].at; i < len(events)-2 && (since < 2*time.Second || since > 6*time.Second) {
			t.Errorf("%v came %v after the last", e, since)
		}
	}
	if len(events)%4 != 0 || counts[0].Times != len(events)/4 || counts[0].Times < 50 || counts[0].Errors != 0 {
		t.Fatalf("%d events, %+v", len(events), counts)
	}
	for four := range slices.Chunk(words, 4) {
		if want := []string{"start-flood", "start-flood", "stop-flood", "stop-flood"}; !reflect.DeepEqual(four, want) {
			t.Fatalf("%v, want %v", four, want)
		}
	}
	if total := counts[0].Active; total < 200*time.Second || total > 400*time.Second {
		t.Errorf("active for %v of 10m, want about half", total)
	}
}

func TestHealedWhateverHappens(t *testing.T) {
	broken := errors.New("broken")
	t.Run("the time is over", func(t *testing.T) {
		n := &toy{name: "flood"}
		events, _ := play(t, 8*time.Second, Schedule{Interval: 10 * time.Second, Seed: 3}, n)
		if n.struck != 1 || n.healed != 1 || events[len(events)-1].at != 8*time.Second {
			t.Errorf("struck %d, healed %d: %v", n.struck, n.healed, events)
		}
	})
	t.Run("a strike that fails", func(t *testing.T) {
		n := &toy{name: "flood", strike: func(int) error { return broken }}
		events, counts := play(t, time.Minute, Schedule{}, n)
		if n.struck == 0 || n.healed != n.struck || counts[0].Errors != n.struck {
			t.Errorf("struck %d, healed %d, %+v", n.struck, n.healed, counts)
		}
		if events[1].Error != "broken" || events[2].at != events[1].at {
			t.Errorf("the error is not told, or the fault goes on: %v", events[:4])
		}
	})
	t.Run("healing fails at first", func(t *testing.T) {
		n := &toy{name: "flood", heal: func(nth int) error {
			if nth < 4 {
				return broken
			}
			return nil
		}}
		events, counts := play(t, 8*time.Second, Schedule{Interval: 10 * time.Second, Seed: 3}, n)
		want := history.Map{{Key: history.Keyword("attempts"), Value: int64(4)}}
		if counts[0].Errors != 0 || n.healed != 4 || !reflect.DeepEqual(events[3].Value, want) {
			t.Errorf("%+v, %v", counts, events)
		}
	})
	t.Run("healing fails while others strike", func(t *testing.T) {
		const limit = time.Minute
		var began time.Time
		healed := 0
		n := &toy{name: "flood", strike: func(nth int) error {
			if nth == 1 {
				began = time.Now()
			}
			return nil
		}, heal: func(int) error {
			if time.Since(began) < limit {
				return broken
			}
			healed++
			return nil
		}}
		events, counts := play(t, limit, Schedule{Interval: 10 * time.Second, Seed: 3, Patience: 20 * time.Second}, n)
		if last := events[len(events)-1]; n.struck < 2 || healed != n.struck || counts[0].Errors == 0 || last.Error != nil || last.at < limit {
			t.Errorf("struck %d, healed %d, %+v, %v", n.struck, healed, counts, events)
		}
	})
	t.Run("healing always fails", func(t *testing.T) {
		n := &toy{name: "flood", heal: func(int) error { return broken }}
		events, counts := play(t, 8*time.Second, Schedule{Interval: 10 * time.Second, Seed: 3, Patience: 20 * time.Second}, n)
		last := events[len(events)-1]
		if counts[0].Errors != 1 || last.at != 28*time.Second || !strings.Contains(fmt.Sprint(last.Error), "broken") {
			t.Errorf("%+v, %v", counts, last)
		}
	})
}

func TestManyNemesesLeaveTheClusterTimeToWork(t *testing.T) {
	var many []Nemesis
	for i := range 12 {
		many = append(many, &toy{name: fmt.Sprint("toy", i)})
	}
	_, counts := play(t, time.Hour, Schedule{}, many...)
	var total time.Duration
	for _, c := range counts {
		total += c.Active
	}
	if mean := total.Hours(); mean < 1 || mean > 2 {
		t.Errorf("%.2f faults were active on average, want about %v", mean, active)
	}
}

func TestParse(t *testing.T) {
	names := func(list []Nemesis) string {
		var words []string
		for _, n := range list {
			words = append(words, n.Name())
		}
		return strings.Join(words, ",")
	}
	for _, k := range Kinds() {
		list, err := Parse([]string{k.Name})
		if err != nil || names(list) != k.Name || k.About == "" {
			t.Errorf("%+v: %v, %v", k, names(list), err)
		}
	}
	list, err := Parse([]string{"pause", "kill", "pause"})
	if err != nil || names(list) != "pause,kill" {
		t.Errorf("%s, %v", names(list), err)
	}
	if list, err := Parse([]string{None}); len(list) != 0 || err != nil {
		t.Errorf("none is %v, %v", list, err)
	}
	for _, bad := range []string{"none,kill", "kil", ""} {
		if list, err := Parse(strings.Split(bad, ",")); err == nil {
			t.Errorf("%s is %s", bad, names(list))
		}
	}
	if _, err := Parse([]string{"puase"}); err == nil || !strings.Contains(err.Error(), "did you mean pause?") {
		t.Error(err)
	}
}

func TestWhatDoesNotFitIsRefusedOrLeftOut(t *testing.T) {
	far := newFake(3)
	far.remote = true
	memory := newFake(3)
	memory.memory = true
	all, err := Parse([]string{All})
	if err != nil {
		t.Fatal(err)
	}
	named, err := Parse([]string{"kill", All})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		c            *fake
		kills, wants string
	}{
		{newFake(3), "kill", ""},
		{far, "", "let the test start the cluster"},
		{memory, "", "journal in memory"},
	} {
		fit, err := Fit(c.c, all)
		if err != nil {
			t.Error(err)
		}
		if kills := slices.ContainsFunc(fit, func(n Nemesis) bool { return n.Name() == "kill" }); kills != (c.kills != "") {
			t.Errorf("all has kill: %v", kills)
		}
		if _, err := Fit(c.c, named); (err != nil) != (c.wants != "") || err != nil && !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%v, want %q", err, c.wants)
		}
	}
}

// Each name stands in the documentation.
func TestNemesesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range slices.Concat(partitionKinds(), processKinds(), restartKinds(), rivalKinds()) {
		if !strings.Contains(string(doc), "`"+k.Name+"`") {
			t.Errorf("docs/faults.md has no `%s`", k.Name)
		}
	}
	for _, k := range linkKinds() {
		if name, _, end := strings.Cut(k.Name, "-"); !end && !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("docs/faults.md has no `%s`", name)
		}
	}
}
