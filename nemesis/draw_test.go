package nemesis

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

const seeds = 2000

func grid(t *testing.T, zones, nodes int) *quorate.Cluster {
	t.Helper()
	c, err := quorate.Grid(zones, nodes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func everything(t *testing.T) Draw {
	return Draw{Groups: Groups(), Cluster: grid(t, 3, 3), Span: 2 * time.Second, Election: 100 * ms, Messages: []string{"P1a", "P2a"}, Lossy: 4}
}

func (d Draw) seeded(seed int) []Fault { return d.Schedule(rand.New(rand.NewPCG(uint64(seed), 9))) }

// Whatever a seed draws is valid, ends in time, and costs no more disks than
// allowed: whatever the cluster, the span and the election.
func TestSchedulesAreValid(t *testing.T) {
	for _, d := range []Draw{
		everything(t),
		{Groups: Groups(), Cluster: grid(t, 1, 1), Span: time.Second, Lossy: 5},
		{Groups: Groups(), Cluster: grid(t, 1, 2), Span: time.Second, Messages: []string{"m"}},
		{Groups: Groups(), Cluster: grid(t, 1, 3), Span: 30 * time.Second, Election: 2 * time.Second, Lossy: 1},
		{Groups: Groups(), Cluster: grid(t, 1, 64), Span: 3 * time.Millisecond, Election: time.Nanosecond},
		{Groups: Groups(), Cluster: grid(t, 1, 3), Span: time.Nanosecond},
	} {
		n := d.Cluster.Size()
		for seed := range seeds / 4 {
			lost, last := map[int]bool{}, time.Duration(0)
			for _, f := range d.seeded(seed) {
				if err := f.Validate(n); err != nil {
					t.Fatalf("n=%d seed %d: %v: %v", n, seed, f, err)
				}
				if f.At < last || f.At+f.For > d.Span || f.For == 0 {
					t.Fatalf("n=%d seed %d: %v, after one at %v, within %v", n, seed, f, last, d.Span)
				}
				last = f.At
				if n == 1 && f.Kind == Partition {
					t.Fatalf("seed %d: a single member and %v", seed, f)
				}
				if f.Kind == RotDisk || f.Kind == LoseDisk {
					if len(f.Nodes) != 1 || lost[f.Nodes[0]] {
						t.Fatalf("n=%d seed %d: %v, which is lost already", n, seed, f)
					}
					lost[f.Nodes[0]] = true
				}
			}
			if len(lost) > d.Lossy {
				t.Fatalf("n=%d seed %d: %d disks lost, want at most %d", n, seed, len(lost), d.Lossy)
			}
		}
	}
	if got := (Draw{Cluster: grid(t, 1, 3), Span: time.Second}).seeded(1); got != nil {
		t.Errorf("no groups, and %v", got)
	}
	if got := (Draw{Groups: Groups(), Cluster: grid(t, 1, 3)}).seeded(1); got != nil {
		t.Errorf("no span, and %v", got)
	}
}

// count counts in how many of the seeds' schedules each feature occurs.
func count(d Draw, features func(f Fault) []string) map[string]int {
	found := map[string]int{}
	for seed := range seeds {
		in := map[string]bool{}
		for _, f := range d.seeded(seed) {
			for _, name := range features(f) {
				in[name] = true
			}
		}
		for name := range in {
			found[name]++
		}
	}
	return found
}

// Each kind, each shape, each way to tear a batch and each aim occurs, and none
// of them in nearly every seed.
func TestEverythingOccurs(t *testing.T) {
	found := count(everything(t), func(f Fault) []string {
		names := []string{string(f.Kind)}
		if f.Shape != "" {
			names = append(names, f.Shape)
		}
		if f.Kind == Crash {
			names = append(names, "crash "+string(f.Torn))
		}
		if f.Flap > 0 {
			names = append(names, "flap")
		}
		if f.After != nil {
			names = append(names, string(f.Kind)+" "+f.Shape+" "+f.After.On)
			if f.After.Node >= 0 {
				names = append(names, "a certain "+string(f.Kind))
			}
			if f.At == 0 {
				names = append(names, "the first "+string(f.Kind))
			}
			if len(f.Nodes) > 0 {
				names = append(names, "another's "+string(f.Kind))
			}
		}
		return names
	})
	want := append(names(Kinds()), slices.DeleteFunc(Shapes(), func(name string) bool { return name == ShapeShunned || name == ShapeMuffled })...)
	want = append(want, "crash ", "crash all", "crash torn", "flap",
		"crash  flush", "crash  synced", "crash  trimmed", "crash  send:P1a", "crash  send:P2a", "crash  elected", "crash  stepped-down",
		"partition isolate elected", "partition mute elected", "partition mute send:P2a", "partition deaf elected",
		"pause  elected", "slow-disk  elected", "slow-disk  stepped-down", "slow-disk  send:P1a", "full-disk  elected",
		"rot-disk  elected", "lose-disk  flush", "clock-jump  elected", "clock-drift  elected", "duplicate  elected", "delay  elected",
		"a certain pause", "the first pause", "another's slow-disk")
	for _, name := range want {
		if n := found[name]; n < seeds/100 || n > seeds*9/10 {
			t.Errorf("%s occurs in %d of %d schedules", name, n, seeds)
		}
	}
}

// Groups are on half of the time, and more often those that a drama needs; each
// is at times alone, and none never.
func TestSwarm(t *testing.T) {
	on, alone, together := map[Group]int{}, map[Group]int{}, 0
	for seed := range seeds {
		groups := map[Group]bool{}
		for _, f := range everything(t).seeded(seed) {
			groups[f.Kind.Group()] = true
		}
		for g := range groups {
			on[g]++
			if len(groups) == 1 {
				alone[g]++
			}
		}
		if len(groups) == 0 {
			t.Errorf("seed %d: no faults", seed)
		}
		if len(groups) == len(Groups()) {
			together++
		}
	}
	for _, g := range Groups() {
		most := 55
		if g == GroupPartition || g == GroupLoss {
			most = 90
		} else if g == GroupClock {
			most = 80
		}
		if on[g] < seeds*35/100 || on[g] > seeds*most/100 || alone[g] < seeds/50 {
			t.Errorf("group %s is on in %d of %d schedules, alone in %d", g, on[g], seeds, alone[g])
		}
	}
	if together == 0 {
		t.Error("all groups are never on together")
	}
}

// Only groups that are asked for are on.
func TestGroupsAsked(t *testing.T) {
	d := everything(t)
	for _, g := range Groups() {
		d.Groups = []Group{g}
		for seed := range 100 {
			for _, f := range d.seeded(seed) {
				if f.Kind.Group() != g {
					t.Fatalf("%s asked, and %v drawn", g, f)
				}
			}
		}
	}
}

// Schedules are few faults and many, with quiet times and without.
func TestIntensity(t *testing.T) {
	d := everything(t)
	d.Groups = []Group{GroupPause}
	sizes, sum := map[int]int{}, 0
	quiet := 0 // schedules with a quarter of the span without any fault
	for seed := range seeds {
		faults := d.seeded(seed)
		sizes[len(faults)]++
		sum += len(faults)
		var busy time.Duration
		for _, f := range faults {
			if f.After == nil && f.At > busy+d.Span/4 {
				quiet++
				break
			}
			busy = max(busy, f.At+f.For)
		}
	}
	if mean := float64(sum) / seeds; mean < 4 || mean > 6 {
		t.Errorf("%v faults on average", mean)
	}
	if sizes[1] < seeds/50 || sizes[12] < seeds/100 || quiet < seeds/10 || quiet > seeds*9/10 {
		t.Errorf("sizes %v, %d quiet", sizes, quiet)
	}
}

// In the calm nothing is scheduled, and nothing that began before goes on.
func TestCalm(t *testing.T) {
	s := &schedule{Draw: everything(t), calm: []window{{200 * ms, 300 * ms}, {700 * ms, 900 * ms}}}
	for _, at := range []time.Duration{100 * ms, 199 * ms, 200 * ms, 250 * ms, 300 * ms, 899 * ms, 1999 * ms} {
		s.add(Fault{Kind: Pause, At: at, For: 5 * time.Second, Nodes: []int{0}})
	}
	s.add(Fault{Kind: Pause, At: 250 * ms, For: time.Second, After: &Trigger{On: OnElected, Node: -1, Nth: 1}})
	s.add(Fault{Kind: Pause, At: 2 * time.Second, For: 1})
	var got []string
	for _, f := range s.faults {
		got = append(got, fmt.Sprint(f.At, "+", f.For))
	}
	want := "100ms+100ms 199ms+1ms 300ms+400ms 1.999s+1ms 250ms+1s"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

// Extremes of what is drawn, and that what is drawn is not always extreme.
func TestMeasures(t *testing.T) {
	d := everything(t)
	far, back, fast, drifts, long, short, flaps, partitions := 0, 0, 0, 0, 0, 0, 0, 0
	lost, lingering := map[float64]bool{}, 0
	for seed := range seeds {
		for _, f := range d.seeded(seed) {
			switch {
			case f.Kind == Jump && (f.Extra.Abs() < ms || f.Extra.Abs() > 2*time.Second):
				t.Fatalf("%v", f)
			case f.Kind == Jump && f.Extra.Abs() > time.Second:
				far++
				back += min(1, int(max(0, d.Span/2-f.For)))
			case f.Kind == Drift && f.Amount <= -0.5 && f.Amount >= -0.9 && f.After != nil:
				lingering++
			case f.Kind == Drift && (f.Amount < -0.5 || f.Amount > 0.5 || f.Amount == 0):
				t.Fatalf("%v", f)
			case f.Kind == Drift && (f.Amount < -0.05 || f.Amount > 0.05):
				fast++
				drifts++
			case f.Kind == Drift:
				drifts++
			case f.Kind == Loss && (f.Amount <= 0 || f.Amount > 0.5):
				t.Fatalf("%v", f)
			case f.Kind == Loss:
				lost[f.Amount] = true
			case f.Kind == Partition && f.After == nil:
				partitions++
				flaps += min(1, int(f.Flap))
			case f.Kind == Pause && f.For > d.Election:
				long++
			case f.Kind == Pause && f.For < d.Election/2:
				short++
			}
			if f.At%tick != 0 || f.For%tick != 0 || f.Extra%tick != 0 {
				t.Fatalf("%v: want whole multiples of %v", f, tick)
			}
		}
	}
	if back == 0 || back == far || fast == 0 || fast*5 > drifts || flaps*4 > partitions || long < 500 || short < 500 || len(lost) < 50 || lingering < seeds/10 {
		t.Errorf("%d far jumps, %d of them back, %d of %d fast drifts, %d very slow clocks, %d of %d partitions flap, %d long and %d short pauses, %d degrees of loss",
			far, back, fast, drifts, lingering, flaps, partitions, long, short, len(lost))
	}
}

func TestElectionByDefault(t *testing.T) {
	d := everything(t)
	for seed := range 50 {
		d.Election = d.Span / 20
		explicit := d.seeded(seed)
		d.Election = 0
		if byDefault := d.seeded(seed); !reflect.DeepEqual(explicit, byDefault) {
			t.Fatalf("seed %d: %v by default, want %v", seed, byDefault, explicit)
		}
	}
}

// All members crash within a moment, each by a fault of its own; or one after
// the other, never two at once.
func TestManyCrashes(t *testing.T) {
	d := everything(t)
	for seed := range 100 {
		s := &schedule{Draw: d, rng: rand.New(rand.NewPCG(uint64(seed), 1))}
		s.powerFailure()
		if len(s.faults) < 9 && s.faults[0].At < d.Span-5*ms {
			t.Fatalf("power failure: %v", s.faults)
		}
		for _, f := range s.faults {
			if (f.At - s.faults[0].At).Abs() > d.Election/20 {
				t.Fatalf("power failure: %v", s.faults)
			}
		}
		s.faults = nil
		s.rollingCrashes()
		down := map[int]bool{}
		for i, f := range s.faults {
			down[f.Nodes[0]] = true
			if i > 0 && f.At < s.faults[i-1].At+s.faults[i-1].For {
				t.Fatalf("rolling crashes: %v", s.faults)
			}
		}
		if len(down) != len(s.faults) || len(down) < 4 {
			t.Fatalf("rolling crashes: %v", s.faults)
		}
	}
}

// A seed means the same schedule tomorrow, and in another process by way of JSON.
func TestScheduleIsData(t *testing.T) {
	d := everything(t)
	for seed := range 50 {
		a, b := d.seeded(seed), d.seeded(seed)
		data, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		var back []Fault
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, back) {
			t.Fatalf("seed %d: %v and %v", seed, a, back)
		}
	}
}

func BenchmarkSchedule(b *testing.B) {
	c, err := quorate.Grid(1, 5)
	if err != nil {
		b.Fatal(err)
	}
	d := Draw{Groups: Groups(), Cluster: c, Span: 2 * time.Second, Messages: []string{"P1a"}, Lossy: 2}
	b.ReportAllocs()
	for seed := range b.N {
		d.seeded(seed)
	}
}

// What takes several faults occurs, too: all members crash at once, or in turn,
// and one leader after the other is cut off.
func TestSequencesOccur(t *testing.T) {
	d, power, rolling, elected := everything(t), 0, 0, 0
	for seed := range seeds {
		var crashes []Fault
		for _, f := range d.seeded(seed) {
			if f.Kind == Crash && f.After == nil && len(f.Nodes) == 1 {
				crashes = append(crashes, f)
			}
			if f.Kind == Partition && f.After != nil && f.After.Nth > elections {
				elected++
			}
		}
		for i := range crashes {
			if i+8 < len(crashes) && crashes[i+8].At-crashes[i].At < d.Election/20 {
				power++
			}
			if i+3 < len(crashes) && crashes[i+3].For == crashes[i].For && crashes[i+2].For == crashes[i].For {
				rolling++
			}
		}
	}
	if power < seeds/50 || rolling < seeds/50 || elected < seeds/20 {
		t.Errorf("%d power failures, %d rolling restarts, %d elections in a row", power, rolling, elected)
	}
}
