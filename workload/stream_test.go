package workload

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// A seed means the same next year, of every preset.
func TestPresetsAreGolden(t *testing.T) {
	var b strings.Builder
	for _, s := range Presets() {
		p := plan(t, s, Run{Clients: 4, Zones: 2, Seed: 3, Prefix: "k"})
		for client := range 2 {
			stream := p.Stream(client)
			fmt.Fprintf(&b, "%s, client %d of 4, in zone %d of 2, loads %d keys", s.Name, client, client%2+1, stream.Loads())
			if op, ok := stream.Load(nil); ok {
				fmt.Fprintf(&b, ", %s first", op.Key)
			}
			b.WriteByte('\n')
			for i := range 12 {
				op := stream.Next(time.Duration(i)*time.Second, nil)
				fmt.Fprintf(&b, "  %v %s", op.Kind, op.Key)
				switch {
				case op.Kind == quorate.OpGet:
					fmt.Fprintf(&b, " by %v", op.Read)
				case op.Kind == quorate.OpPutIf:
					fmt.Fprintf(&b, " %d bytes at %d", len(op.Value), op.Version)
				case op.Kind == quorate.OpPut:
					fmt.Fprintf(&b, " %d bytes", len(op.Value))
				}
				b.WriteByte('\n')
				stream.Ended(op.Kind, op.Key, true, uint64(10+i))
			}
		}
	}
	const name = "testdata/presets.txt"
	if *rewrite {
		if err := os.WriteFile(name, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("differs from %s; see what -rewrite changes:\n%s", name, b.String())
	}
}

// Rule: a get is followed by one write, of a modify, and no other get of the key by any.
func TestModifyWritesOnce(t *testing.T) {
	s := plan(t, Spec{Operations: Operations{Modify: 1}}, Run{}).Stream(0)
	op := s.Next(0, nil)
	s.Ended(op.Kind, op.Key, true, 7)
	s.Ended(op.Kind, op.Key, true, 8) // as of a plain get
	if op := s.Next(0, nil); op.Kind != quorate.OpPutIf || op.Version != 7 {
		t.Errorf("%+v, want the write of a modify", op)
	}
	if op := s.Next(0, nil); op.Kind != quorate.OpGet {
		t.Errorf("%+v is written again", op)
	}
}

// Rule: what others' keys have for a version says nothing of ours.
func TestKeysOfOthers(t *testing.T) {
	s := plan(t, Spec{Keys: 10, Operations: Operations{PutIf: 1}}, Run{Prefix: "k"}).Stream(0)
	s.Ended(quorate.OpGet, "k0", true, 7)
	for _, name := range []string{"k10", "k20", "k-10", "kx", ""} {
		s.Ended(quorate.OpGet, name, true, 9)
	}
	if got := s.version(0); got != 7 {
		t.Errorf("version %d, want 7", got)
	}
}

// Rule: a client loads so many keys of its zone at most, hot ones included.
func TestHomeLoadIsBounded(t *testing.T) {
	s := Spec{Keys: 2000, Distribution: Distribution{Kind: Zones, Locality: 0.9, Hot: 0.5, HotKeys: 500}}
	run := Run{Clients: 2, Zones: 2}
	if n := plan(t, s, run).Stream(0).Loads(); n != MaxHome || s.Loads(run) != n {
		t.Errorf("%d keys are loaded, at most %d, want %d", n, s.Loads(run), MaxHome)
	}
}

// A seed is one stream for each client, whatever others do.
func TestSeedsAndClientsDiffer(t *testing.T) {
	first := func(seed uint64, client int) string {
		s := plan(t, Spec{}, Run{Clients: 4, Seed: seed}).Stream(client)
		text := ""
		for range 20 {
			op := s.Next(0, nil)
			text += op.Kind.String() + op.Key
		}
		return text
	}
	if again := first(1, 1); again != first(1, 1) || again == first(2, 1) || first(1, 1) == first(1, 2) {
		t.Error("streams do not depend on seed and client, or on something else")
	}
}

func TestOperationShares(t *testing.T) {
	s := Spec{Operations: Operations{Get: 40, Put: 30, Delete: 10, PutIf: 20}, Reads: Reads{Log: 1, Local: 2, Handoff: 1}}
	stream := plan(t, s, Run{}).Stream(0)
	kinds, modes := map[quorate.Op]int{}, map[quorate.ReadMode]int{}
	for range draws {
		op := stream.Next(0, nil)
		kinds[op.Kind]++
		if op.Kind == quorate.OpGet {
			modes[op.Read]++
		} else if op.Read != quorate.ReadLog {
			t.Fatalf("%+v", op)
		}
		if (op.Value != nil) != (op.Kind == quorate.OpPut || op.Kind == quorate.OpPutIf) {
			t.Fatalf("%+v", op)
		}
	}
	for kind, share := range map[quorate.Op]float64{quorate.OpGet: 0.4, quorate.OpPut: 0.3, quorate.OpDelete: 0.1, quorate.OpPutIf: 0.2} {
		if !near(kinds[kind], draws, share) {
			t.Errorf("%v: %d of %d", kind, kinds[kind], draws)
		}
	}
	for mode, share := range map[quorate.ReadMode]float64{quorate.ReadLog: 0.25, quorate.ReadLocal: 0.5, quorate.ReadHandoff: 0.25} {
		if !near(modes[mode], kinds[quorate.OpGet], share) {
			t.Errorf("by %v: %d of %d", mode, modes[mode], kinds[quorate.OpGet])
		}
	}
}

// A modify is a get, and a write of the same key when that has ended well.
func TestModify(t *testing.T) {
	for _, blindly := range []bool{false, true} {
		p := plan(t, Spec{Operations: Operations{Modify: 1, Blindly: blindly}, Reads: Reads{Index: 1}}, Run{Prefix: "k"})
		s := p.Stream(0)
		a, b, c := s.Next(0, nil), s.Next(0, nil), s.Next(0, nil) // as many at a time
		for _, op := range []Op{a, b, c} {
			if op.Kind != quorate.OpGet || op.Read != quorate.ReadIndex || op.Value != nil {
				t.Fatalf("%+v", op)
			}
		}
		s.Ended(b.Kind, b.Key, true, 7)
		s.Ended(a.Kind, a.Key, false, 0) // failed
		s.Ended(c.Kind, c.Key, true, 8)
		for _, want := range []struct {
			key     string
			version uint64
		}{{b.Key, 7}, {c.Key, 8}} {
			op := s.Next(0, nil)
			switch {
			case op.Key != want.key || len(op.Value) != 100:
				t.Errorf("%+v, want a write of %s", op, want.key)
			case blindly && (op.Kind != quorate.OpPut || op.Version != 0), !blindly && (op.Kind != quorate.OpPutIf || op.Version != want.version):
				t.Errorf("blindly %v: %+v, want version %d", blindly, op, want.version)
			}
			s.Ended(op.Kind, op.Key, true, 9)
		}
		if op := s.Next(0, nil); op.Kind != quorate.OpGet {
			t.Errorf("%+v after the writes that were due", op)
		}
	}
	// A write of the key in between is not the answer.
	s := plan(t, Spec{Keys: 1, Operations: Operations{Modify: 1}}, Run{Prefix: "k"}).Stream(0)
	get := s.Next(0, nil)
	s.Ended(quorate.OpPutIf, get.Key, true, 4)
	if op := s.Next(0, nil); op.Kind != quorate.OpGet {
		t.Errorf("%+v before the get has ended", op)
	}
	// What is never answered is forgotten in the end.
	s = plan(t, Spec{Keys: 1, Operations: Operations{Modify: 1}}, Run{}).Stream(0)
	for range 3 * maxAsked {
		s.Next(0, nil)
	}
	if len(s.asked) != maxAsked {
		t.Errorf("%d gets are remembered", len(s.asked))
	}
}

// A condition is the version that the client heard of last.
func TestVersionsSeen(t *testing.T) {
	for load, first := range map[Load]uint64{LoadNone: 0, LoadAll: 1} {
		s := plan(t, Spec{Keys: 1, Operations: Operations{PutIf: 1}, Load: load}, Run{Prefix: "key"}).Stream(0)
		for i, step := range []struct {
			want    uint64
			done    bool
			version uint64
		}{{first, false, 50}, {first, true, 51}, {51, true, 60}, {60, false, 0}, {60, true, 61}} {
			op := s.Next(0, nil)
			if op.Kind != quorate.OpPutIf || op.Version != step.want {
				t.Errorf("load %s, step %d: %+v, want version %d", load, i, op, step.want)
			}
			s.Ended(op.Kind, op.Key, step.done, step.version)
		}
	}
	// Two keys that share a place do not share versions, and names of others are none of ours.
	s := plan(t, Spec{Keys: 2 * maxSeen, Operations: Operations{PutIf: 1}}, Run{Prefix: "k"}).Stream(0)
	s.Ended(quorate.OpPut, "k1", true, 5)
	for _, name := range []string{"", "k", "kx", "k-1", "k99999999999999999999", fmt.Sprint("k", 2*maxSeen)} {
		s.Ended(quorate.OpPut, name, true, 9)
	}
	if got := s.version(1 + maxSeen); got != 0 || s.version(1) != 5 {
		t.Errorf("versions %d and %d", got, s.version(1))
	}
	if s.version(0) != 0 || s.version(2) != 0 {
		t.Error("a version of nothing")
	}
}

// Who loads writes every key once, conflict's private ones by their owners.
func TestLoadAll(t *testing.T) {
	for _, d := range []Distribution{{}, {Kind: Conflict}, {Kind: Latest}, {Kind: Zipfian}} {
		for _, clients := range []int{1, 3, 7, 50} {
			run := Run{Clients: clients, Prefix: "k"}
			s := Spec{Keys: 100, Distribution: d, Load: LoadAll}
			p := plan(t, s, run)
			seen, values, most := map[string]int{}, map[string]bool{}, 0
			for client := range clients {
				stream, n := p.Stream(client), 0
				for {
					op, ok := stream.Load(nil)
					if !ok {
						break
					}
					if n++; n == 3 { // failed: the same key comes again, with another value
						stream.Again()
						again, _ := stream.Load(nil)
						if again.Key != op.Key || bytes.Equal(again.Value, op.Value) {
							t.Fatalf("%+v, then %+v", op, again)
						}
					}
					if key := number(t, op.Key); d.Kind == Conflict && key > 0 && (key-1)%clients != client {
						t.Errorf("client %d writes key %d", client, key)
					}
					seen[op.Key]++
					values[string(op.Value)] = true
				}
				if n != stream.Loads() {
					t.Errorf("client %d of %d loads %d, said %d", client, clients, n, stream.Loads())
				}
				most = max(most, n)
				if op := stream.Next(0, nil); op.Value != nil && values[string(op.Value)] {
					t.Errorf("value %s comes twice", op.Value)
				}
			}
			if len(seen) != 100 || len(values) != 100 || most != s.Loads(run) {
				t.Errorf("%s: %d clients write %d keys, %d values, at most %d each, said %d", d.Kind, clients, len(seen), len(values), most, s.Loads(run))
			}
			for key, n := range seen {
				if n != 1 {
					t.Errorf("%s is written %d times", key, n)
				}
			}
		}
	}
	if n := (Spec{}).Loads(Run{Clients: 2}); n != 0 {
		t.Errorf("%d loads of none", n)
	}
	if _, ok := plan(t, Spec{}, Run{}).Stream(0).Load(nil); ok {
		t.Error("a load of none")
	}
}

// The clients of a zone write each of its home keys once, and together all keys.
func TestLoadHomeTouchesEveryKeyAtHome(t *testing.T) {
	for _, test := range []struct {
		run  Run
		keys int
		d    Distribution
	}{
		{Run{Zones: 5, Clients: 64}, 1000, Distribution{Locality: 0.9}}, {Run{Zones: 3, Clients: 7}, 100, Distribution{Locality: 0.5, Hot: 0.2, HotKeys: 9}},
		{Run{Zones: 2, Clients: 2}, 3, Distribution{Locality: 1}}, {Run{Zones: 3, Clients: 200}, 40, Distribution{Locality: 0.9}},
	} {
		test.d.Kind = Zones
		s := Spec{Keys: test.keys, Distribution: test.d}
		p := plan(t, s, test.run)
		var all []int
		for client := range test.run.Clients {
			stream := p.Stream(client)
			n := 0
			for op, ok := stream.Load(nil); ok; op, ok = stream.Load(nil) {
				key := number(t, op.Key)
				if key >= test.d.HotKeys && Home(key-test.d.HotKeys, test.keys-test.d.HotKeys, test.run.Zones) != client%test.run.Zones {
					t.Errorf("%d keys: client %d writes key %d, which is not at home there", test.keys, client, key)
				}
				all, n = append(all, key), n+1
			}
			if n > s.Loads(test.run) {
				t.Errorf("%d keys: client %d writes %d, more than %d", test.keys, client, n, s.Loads(test.run))
			}
		}
		slices.Sort(all)
		if len(all) != test.keys || len(slices.Compact(all)) != test.keys {
			t.Errorf("%d keys in %d zones: %d are written", test.keys, test.run.Zones, len(all))
		}
	}
	s, run := Spec{Keys: 1 << 20, Distribution: Distribution{Kind: Zones, Locality: 0.9}}, Run{Zones: 5, Clients: 10}
	if first := plan(t, s, run).Stream(7).home; len(first) != MaxHome || s.Loads(run) != MaxHome || slices.ContainsFunc(first, func(key int) bool {
		return math.Abs(float64(key)-2.0/5*(1<<20)) > 2*MaxHome
	}) {
		t.Errorf("of a million keys: %v", first)
	}
}

// Whatever makes sense draws keys that there are, and values of the size that their
// stamps tell.
func TestAnySpecStaysInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(0, 1)
		kinds := []Kind{Order, Uniform, Conflict, Normal, Zipfian, Exponential, Latest, Zones}
		run := Run{Clients: rapid.IntRange(2, 9).Draw(t, "clients"), Zones: 2, Seed: rapid.Uint64().Draw(t, "seed"), Prefix: "k"}
		s := Spec{Keys: rapid.IntRange(1, 300).Draw(t, "keys")}
		d := &s.Distribution
		switch d.Kind = rapid.SampledFrom(kinds).Draw(t, "kind"); d.Kind {
		case Conflict:
			d.Conflicts = share.Draw(t, "conflicts")
			s.Keys += run.Clients
		case Normal:
			d.Mu, d.Sigma, d.Speed = rapid.Float64Range(-1e9, 1e9).Draw(t, "mu"), rapid.Float64Range(0, 1e4).Draw(t, "sigma"), rapid.Float64Range(-1e6, 1e6).Draw(t, "speed")
		case Zipfian:
			if rapid.Bool().Draw(t, "Paxi's") {
				d.S, d.V = rapid.Float64Range(0.01, 100).Draw(t, "s"), rapid.Float64Range(1, 1e9).Draw(t, "v")
			} else {
				d.Theta, d.Plain = rapid.Float64Range(0.001, 0.999).Draw(t, "theta"), rapid.Bool().Draw(t, "plain")
			}
		case Exponential:
			d.Lambda = rapid.Float64Range(1e-9, 1e3).Draw(t, "lambda")
		case Latest:
			d.Theta = rapid.Float64Range(0.001, 0.999).Draw(t, "theta")
		case Zones:
			d.Locality = rapid.Float64Range(0.001, 1).Draw(t, "locality")
		}
		if s.Keys > 2 && d.Kind != Conflict && d.Kind != Latest {
			if d.Hot = share.Draw(t, "hot"); d.Hot > 0 {
				d.HotKeys = rapid.IntRange(1, s.Keys-1).Draw(t, "hot keys")
			}
		}
		v := &s.Values
		v.Kind = rapid.SampledFrom([]SizeKind{UniformSize, ZipfianSize, Lognormal}).Draw(t, "sizes")
		v.Min = rapid.IntRange(0, 40).Draw(t, "min")
		v.Max = v.Min + rapid.IntRange(1, 40).Draw(t, "more")
		p, err := s.Plan(run)
		if err != nil {
			t.Fatal(err)
		}
		stream := p.Stream(rapid.IntRange(0, run.Clients-1).Draw(t, "client"))
		now := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "now"))
		for range 50 {
			op := stream.Next(now, nil) // a key that there is not would panic
			if op.Value == nil {
				continue
			}
			n := len(op.Value)
			if n < v.Min || n > v.Max || n >= Stamp && string(p.Abridge(op.Value)) != string(op.Value[:Stamp]) {
				t.Fatalf("%q of %d bytes is kept as %q", op.Value, n, p.Abridge(op.Value))
			}
		}
	})
}
