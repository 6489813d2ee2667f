package workload

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

func generator(t *testing.T, cfg Config, client int, seed uint64) *Generator {
	t.Helper()
	g, err := New(cfg, client, rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func three(string) uint64 { return 3 }

// near reports whether count is close to share of total: four standard deviations.
func near(count, total int, share float64) bool {
	return math.Abs(float64(count)-share*float64(total)) <= 4*math.Sqrt(share*(1-share)*float64(total))+1
}

func TestShares(t *testing.T) {
	cfg := Config{Keys: 4, Reads: 0.5, Conditional: 0.3, Deletes: 0.1, Hot: 0.4, Index: 0.2, Local: 0.3, Lease: 0.1, Follower: 0.05, Timeline: 0.05, Handoff: 0.1}
	g := generator(t, cfg, 1, 1)
	const total = 20000
	kinds, keys, modes, versions := map[quorate.Op]int{}, map[string]int{}, map[quorate.ReadMode]int{}, map[uint64]int{}
	for range total {
		op := g.Next(three)
		kinds[op.Kind]++
		keys[op.Key]++
		if op.Kind == quorate.OpGet {
			modes[op.Read]++
		}
		if op.Kind == quorate.OpPutIf || op.Kind == quorate.OpDeleteIf {
			versions[op.Version]++
		} else if op.Version != 0 {
			t.Fatalf("%v has a condition: %d", op.Kind, op.Version)
		}
	}
	for kind, share := range map[quorate.Op]float64{
		quorate.OpGet: 0.5, quorate.OpPutIf: 0.27, quorate.OpDeleteIf: 0.03, quorate.OpPut: 0.18, quorate.OpDelete: 0.02,
	} {
		if !near(kinds[kind], total, share) {
			t.Errorf("%v: %d of %d, want a share of %v", kind, kinds[kind], total, share)
		}
	}
	for key, share := range map[string]float64{"k0": 0.4, "k1": 0.2, "k2": 0.2, "k3": 0.2} {
		if !near(keys[key], total, share) {
			t.Errorf("key %s: %d of %d, want a share of %v", key, keys[key], total, share)
		}
	}
	reads := kinds[quorate.OpGet]
	for mode, share := range map[quorate.ReadMode]float64{quorate.ReadIndex: 0.2, quorate.ReadLocal: 0.3, quorate.ReadHandoff: 0.1, quorate.ReadTimeline: 0.05, quorate.ReadFollower: 0.05, quorate.ReadLease: 0.1, quorate.ReadLog: 0.2} {
		if !near(modes[mode], reads, share) {
			t.Errorf("read %v: %d of %d, want a share of %v", mode, modes[mode], reads, share)
		}
	}
	conditional := kinds[quorate.OpPutIf] + kinds[quorate.OpDeleteIf]
	for version, share := range map[uint64]float64{3: 0.8, 0: 0.1, 4: 0.05, 2: 0.05} {
		if !near(versions[version], conditional, share) {
			t.Errorf("version %d: %d of %d, want a share of %v", version, versions[version], conditional, share)
		}
	}
}

func TestEvenWithoutHotKey(t *testing.T) {
	g := generator(t, Config{Keys: 3}, 1, 2)
	keys := map[string]int{}
	for range 9000 {
		keys[g.Next(three).Key]++
	}
	for _, key := range Keys(3) {
		if !near(keys[key], 9000, 1.0/3) {
			t.Errorf("key %s: %d of 9000", key, keys[key])
		}
	}
}

func TestOneKeyByDefault(t *testing.T) {
	for _, cfg := range []Config{{}, {Hot: 0.5}} {
		g := generator(t, cfg, 1, 8)
		for range 20 {
			if key := g.Next(three).Key; key != "k0" {
				t.Fatalf("%+v: key %s", cfg, key)
			}
		}
	}
}

// A value is written once in a run: by one client, at one time.
func TestValuesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for client := range 40 {
		g := generator(t, Config{Keys: 2, Conditional: 0.5}, client, 3)
		for range 100 {
			v := string(g.Next(three).Value)
			if v == "" || seen[v] {
				t.Fatalf("client %d writes %q, which is empty or was written before", client, v)
			}
			seen[v] = true
		}
	}
}

// A value is the caller's to keep: the next one does not overwrite it.
func TestValuesStay(t *testing.T) {
	g := generator(t, Config{}, 5, 4)
	first := g.Next(three).Value
	before := string(first)
	g.Next(three)
	if string(first) != before {
		t.Errorf("value %q became %q", before, first)
	}
}

// What the cluster answered changes conditions and nothing else.
func TestDeterministic(t *testing.T) {
	cfg := Config{Keys: 3, Reads: 0.3, Conditional: 0.4, Deletes: 0.2, Hot: 0.3}
	a, b := generator(t, cfg, 1, 5), generator(t, cfg, 1, 5)
	for i := range 500 {
		x, y := a.Next(three), b.Next(func(string) uint64 { return 90 })
		x.Version, y.Version = 0, 0
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("operation %d: %+v and %+v", i, x, y)
		}
	}
}

// Another mix keeps the keys, so that a smaller world resembles the larger one.
func TestMixKeepsKeys(t *testing.T) {
	a, b := generator(t, Config{Keys: 3, Reads: 0.9}, 1, 6), generator(t, Config{Keys: 3, Conditional: 0.9, Deletes: 0.5}, 1, 6)
	for i := range 200 {
		if x, y := a.Next(three).Key, b.Next(three).Key; x != y {
			t.Fatalf("operation %d is on %s and on %s", i, x, y)
		}
	}
}

// Clients of one zone use the same keys mostly, and what zone it is changes nothing but
// the keys.
func TestZonesHaveKeys(t *testing.T) {
	const total = 9000
	for _, hot := range []float64{0, 0.2} {
		cfg := Config{Keys: 9, Reads: 0.5, Locality: 0.9, Zones: 3, Hot: hot}
		if hot > 0 {
			cfg.Keys++ // the hot one
		}
		for client := range 6 {
			g, same := generator(t, cfg, client, 9), generator(t, Config{Keys: cfg.Keys, Reads: 0.5, Hot: hot}, client, 9)
			home, first := 0, 0
			for range total {
				op := g.Next(three)
				if want := same.Next(three); op.Kind != want.Kind {
					t.Fatalf("client %d: %v, and %v without a locality", client, op.Kind, want.Kind)
				}
				key := int(op.Key[1] - '0')
				switch {
				case hot > 0 && key == 0:
					first++
					continue
				case hot > 0:
					key--
				}
				if Home(key, 9, 3) == client%3 {
					home++
				}
			}
			// Of nine keys three are at home in each zone; what is drawn beyond half
			// a key from those is a little more or less than with a ring of many.
			if got := float64(home) / float64(total-first); math.Abs(got-0.9) > 0.03 || !near(first, total, hot) {
				t.Errorf("client %d: a share of %v on home keys, %d of %d on the hot one", client, got, first, total)
			}
		}
	}
}

func TestOnlyValuesAreAllocated(t *testing.T) {
	writes, reads := generator(t, Config{Keys: 3, Conditional: 0.5}, 1, 7), generator(t, Config{Keys: 3, Reads: 1}, 1, 7)
	if n := testing.AllocsPerRun(1000, func() { writes.Next(three) }); n > 1 {
		t.Errorf("a write allocates %v times", n)
	}
	if n := testing.AllocsPerRun(1000, func() { reads.Next(three) }); n > 0 {
		t.Errorf("a read allocates %v times", n)
	}
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		cfg  Config
		want string // in the error, empty if there is none
	}{
		{Config{}, ""},
		{Config{Keys: 3, Reads: 0.5, Conditional: 0.5, Deletes: 1, Hot: 1, Index: 0.5, Local: 0.5}, ""},
		{Config{Keys: -1}, "-1 keys"},
		{Config{Keys: maxKeys + 1}, "keys"},
		{Config{Reads: -0.1}, "reads"},
		{Config{Reads: math.NaN()}, "reads"},
		{Config{Conditional: 1.1}, "conditional"},
		{Config{Deletes: 2}, "deletes"},
		{Config{Hot: 2}, "hot"},
		{Config{Index: 2}, "index"},
		{Config{Local: -2}, "local"},
		{Config{Reads: 0.6, Conditional: 0.6}, "reads + conditional"},
		{Config{Handoff: -2}, "handoff"},
		{Config{Locality: 0.5}, "in 1 zone"},
		{Config{Locality: 2, Zones: 2}, "locality of 2"},
		{Config{Keys: 3, Locality: 1, Zones: 2, Hot: 1}, ""},
		{Config{Index: 0.6, Timeline: 0.6}, "index + local + lease + follower + timeline + handoff"},
	} {
		_, err := New(test.cfg, 0, rand.New(rand.NewPCG(1, 1)))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want %q", test.cfg, err, test.want)
		}
	}
}
