package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// objectsWorld is a world of two zones of three whose keys are objects.
func objectsWorld(t *testing.T) *world {
	t.Helper()
	spec := toySpec()
	spec.Zones = 2
	s := toySubject("")
	s.Objects = &Objects{Rest: func(Knobs) time.Duration { return time.Second }, Residence: func(Knobs) time.Duration { return 100 * ms }, Rounds: 3}
	w, err := newWorld(&s, &spec, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range w.hosts {
		h.start()
	}
	return w
}

func broken(w *world, oracle, text string) bool {
	return w.violation != nil && w.violation.Oracle == oracle && strings.Contains(w.violation.Text, text)
}

// What is rare about objects is counted: that they move between zones, at whose
// word, from whom, and that several try at once.
func TestObjectsMove(t *testing.T) {
	w := objectsWorld(t)
	has := func(what string, want map[string]int) {
		t.Helper()
		for _, probe := range []string{ProbeStolen, ProbeHandedOver, ProbeStolenFromDead, ProbeDuel, ProbeZoneLost, ProbeZoneDead} {
			if w.stats.Probes[probe] != want[probe] {
				t.Errorf("%s: %s %d times, want %d", what, probe, w.stats.Probes[probe], want[probe])
			}
		}
		clear(w.stats.Probes)
	}
	take := func(member int, key string) {
		w.hosts[member].observe(quorate.Stood{Log: key})
		w.hosts[member].observe(quorate.Elected{Log: key})
	}
	take(0, "a")
	take(1, "a")
	take(5, "b")
	has("within a zone", nil)
	take(3, "a")
	has("between zones", map[string]int{ProbeStolen: 1})
	w.hosts[3].observe(quorate.Hinted{Log: "a", To: w.hosts[2].id})
	take(2, "a")
	has("at its owner's word", map[string]int{ProbeStolen: 1, ProbeHandedOver: 1})
	w.hosts[2].observe(quorate.Hinted{Log: "a", To: w.hosts[1].id})
	take(0, "a")
	take(1, "a")
	has("the word of an earlier owner", nil)
	w.hosts[1].crash("")
	take(4, "a")
	has("from the dead", map[string]int{ProbeStolen: 1, ProbeStolenFromDead: 1})
	w.hosts[0].crash("")
	has("a member is left", nil)
	w.hosts[2].crash("")
	has("all of a zone are down", map[string]int{ProbeZoneLost: 1})
	w.hosts[0].start()
	w.hosts[0].observe(quorate.Stood{Log: "a"})
	w.hosts[5].observe(quorate.Stood{Log: "b"})
	w.hosts[5].observe(quorate.Stood{Log: "a"})
	has("two try", map[string]int{ProbeDuel: 1})
	w.spec.Dead = []int{0, 1, 2, 3}
	w.endFaults()
	has("faults end", map[string]int{ProbeZoneLost: 1, ProbeZoneDead: 1})
}

// After the faults somebody takes an object before too many ballots are tried.
func TestDuelsEnd(t *testing.T) {
	w := objectsWorld(t)
	stand := func(times int) {
		for range times {
			w.hosts[0].observe(quorate.Stood{Log: "a"})
		}
	}
	stand(10)
	w.endFaults()
	stand(3)
	w.hosts[3].observe(quorate.Elected{Log: "a"})
	stand(3)
	if w.violation != nil {
		t.Fatalf("three times are allowed, but %v", w.violation)
	}
	stand(1)
	if !broken(w, "duel", "4 ballots were tried for a") {
		t.Errorf("got %v", w.violation)
	}
}

// After the faults objects move once in a residence.
func TestObjectsStay(t *testing.T) {
	w := objectsWorld(t)
	turn := 0
	move := func() {
		turn++
		w.hosts[turn%2*3].observe(quorate.Elected{Log: "a"})
	}
	for range 100 {
		move()
	}
	w.now = w.spec.Safety
	w.endFaults()
	for range len(w.hosts) {
		move()
	}
	for range 5 {
		w.now += 100 * ms
		move()
		w.hosts[turn%2*3+1].observe(quorate.Elected{Log: "a"}) // within the zone
	}
	if w.violation != nil {
		t.Fatalf("once in a residence, but %v", w.violation)
	}
	move()
	if !broken(w, "residence", "a has moved from zone to zone 12 times within 500ms, though an owner keeps it for 100ms") {
		t.Errorf("got %v", w.violation)
	}
}

// insomniac is a toy that reports objects as awake for so many times.
type insomniac struct {
	*toy
	times int
}

func (r *insomniac) Report() quorate.Report {
	report := r.toy.Report()
	if r.times--; r.times >= 0 {
		report.Awake = 2
	}
	return report
}

// When nothing is asked any more all objects come to rest.
func TestObjectsRest(t *testing.T) {
	for times, want := range map[int]string{0: "", 200: "", 1 << 30: "rest"} {
		s := toySubject("")
		s.Objects = &Objects{Rest: func(Knobs) time.Duration { return 20 * time.Second }, Rounds: 3}
		s.New = func(*quorate.Cluster, Knobs) (quorate.Constructor, error) {
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
				return &insomniac{newToy(n, app, ""), times}, nil
			}, nil
		}
		out, err := Run(t.Context(), s, toySpec(), Options{})
		switch {
		case err != nil:
			t.Fatal(err)
		case want == "" && (out.Violation != nil || times > 0 && out.Stats.Virtual < 3*time.Second || times == 0 && out.Stats.Virtual > time.Second):
			t.Errorf("%d times: ends at %v with %v", times, out.Stats.Virtual, out.Violation)
		case want != "" && (out.Violation == nil || out.Violation.Oracle != want || !strings.Contains(out.Violation.Text, "has 2 objects awake and 0 requests pending still")):
			t.Errorf("%d times: %v, want %s", times, out.Violation, want)
		}
	}
}

// The state of one object says nothing about the others.
func TestInstalledAlone(t *testing.T) {
	w := objectsWorld(t)
	put := func(h *host, key string, seq uint64) {
		h.observe(quorate.Executed{Log: key, Slot: quorate.Slot(seq), Commands: []quorate.Command{{Client: 1, Seq: seq, Op: quorate.OpPut, Key: key}}})
	}
	for _, key := range []string{"a", "b"} {
		put(w.hosts[0], key, 1)
		put(w.hosts[0], key, 2)
	}
	w.hosts[1].observe(quorate.Installed{Log: "a", Upto: 2})
	put(w.hosts[1], "a", 2)
	if w.violation != nil {
		t.Fatalf("what a state includes is not executed, but %v", w.violation)
	}
	put(w.hosts[1], "b", 2)
	if !broken(w, "order", "on key b after no write") {
		t.Errorf("got %v", w.violation)
	}
}

// Clients with a home ask the members of its zone first, and pinned ones one of
// them. Where keys have owners the last calls of a zone's clients go to its members,
// and the first client of each zone writes every key.
func TestClientsAtHome(t *testing.T) {
	w := objectsWorld(t)
	w.spec.Clients.Zoned, w.spec.Clients.Pinned = true, 4
	for i := range 6 {
		c, err := newCaller(w, i)
		if err != nil {
			t.Fatal(err)
		}
		w.callers = append(w.callers, c)
		c.begin()
		for e, ok := w.queue.pop(); ok && e.act != actRequest; e, ok = w.queue.pop() {
			continue
		}
		if to := c.call.Outcome.Node; to != 0 && w.zone(w.cluster.Index(to)) != i%2 {
			t.Errorf("client %d asks %v", i, to)
		}
	}
	for i, c := range w.callers {
		nodes := c.byDistance()
		if w.cluster.Index(nodes[0]) != i%2*3+i/2 || c.pin(nodes) != nodes[0] {
			t.Errorf("client %d asks %v, and is pinned to %v", i, nodes, c.pin(nodes))
		}
		if got := c.ofZone(nodes); len(got) != 3 || w.zone(w.cluster.Index(got[0])) != i%2 {
			t.Errorf("client %d makes its last calls to %v", i, got)
		}
		c.startEnding()
		if got, want := len(c.last), map[bool]int{true: 4, false: 3}[i < 2]; got != want {
			t.Errorf("client %d makes %d last calls, want %d", i, got, want)
		}
	}
	if got := w.callers[1].ofZone(w.cluster.IDs()[:3]); len(got) != 3 {
		t.Errorf("nobody serves in its zone, and it asks %v", got)
	}
}
