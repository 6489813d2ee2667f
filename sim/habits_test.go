package sim

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// TestReadersOnlyRead: the first clients do, the others do what the mix says.
func TestReadersOnlyRead(t *testing.T) {
	spec := toySpec()
	spec.Clients.Count, spec.Clients.Ops, spec.Clients.Readers = 4, 200, 2
	s := toySubject("")
	w, err := newWorld(&s, &spec, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range spec.Clients.Count {
		c, err := newCaller(w, i)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			if op, _ := c.next(); (op.Kind == quorate.OpGet) != (i < 2) {
				t.Fatalf("client %d asks for %v", i, op.Kind)
			}
		}
	}
}

// TestHabitsAreDrawn: some worlds have readers, forget outcomes soon, or give
// requests up early; not all, and none forgets soon between continents.
func TestHabitsAreDrawn(t *testing.T) {
	const seeds = 200
	s := Swarm{Subject: toySubject("")}
	s.Subject.Fragile = true
	for _, s.WAN = range []string{"", "paxi"} {
		s.Zones = 1 + 2*len(s.WAN)/4
		readers, soon, early := 0, 0, 0
		for seed := range uint64(seeds) {
			spec, err := s.Spec(seed)
			if err != nil {
				t.Fatal(err)
			}
			if spec.Clients.Readers > 0 {
				readers++
			}
			if spec.Knobs.Horizon < 3*time.Second {
				soon++
			}
			if spec.Knobs.MaxTimeout > 0 {
				early++
			}
		}
		if readers < seeds/3 || readers > seeds*2/3 {
			t.Errorf("%d worlds have readers", readers)
		}
		if least := seeds / 8; s.WAN == "" && (soon < least || early < least || soon > seeds/2 || early > seeds/2) || s.WAN != "" && soon+early > 0 {
			t.Errorf("%d worlds forget soon, %d give up early", soon, early)
		}
	}
}

// TestElectionsWaitForAnswers: between continents an election takes two round
// trips, and a timeout below that elects nobody.
func TestElectionsWaitForAnswers(t *testing.T) {
	s := Swarm{Subject: toySubject(""), Zones: 5, Nodes: 1, WAN: "wpaxos"}
	s.Subject.Fragile = true
	latencies, err := nemesis.WAN(s.WAN)
	if err != nil {
		t.Fatal(err)
	}
	var far time.Duration
	for zone := range 5 {
		far = max(far, latencies.Between(0, zone))
	}
	for seed := range uint64(100) {
		spec, err := s.Spec(seed)
		if err != nil {
			t.Fatal(err)
		}
		if k := spec.Knobs; k.ElectionTimeout < 4*far || k.Heartbeat < k.ElectionTimeout/7 || k.Heartbeat > k.ElectionTimeout/3 {
			t.Fatalf("seed %d: %v and %v, the farthest zone is %v away", seed, k.ElectionTimeout, k.Heartbeat, far)
		}
		if spec.Liveness < 40*spec.Knobs.ElectionTimeout {
			t.Fatalf("seed %d: %v until all must be done", seed, spec.Liveness)
		}
	}
}
