package explore

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// writer keeps no state but the application's.
type writer struct{}

func (writer) Report() quorate.Report { return quorate.Report{} }

func newWriter(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	quorate.Register(n, func(_ quorate.ID, m quorate.Request) { app.Apply(m.Command) })
	return writer{}, nil
}

// TestFormShowsTheApplication: also where the replica does not lead there.
func TestFormShowsTheApplication(t *testing.T) {
	cluster, err := quorate.Grid(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(&setup{cluster: cluster, build: newWriter}, 0)
	seen := map[digest]bool{}
	for i, in := range []input{{kind: born}, {kind: deliver}, {kind: deliver}} {
		if _, err := h.step(in, quorate.Route(1), quorate.Request{Command: Put(quorate.Client(i), "x")}); err != nil {
			t.Fatal(err)
		}
		d, err := h.form()
		if err != nil || seen[d] {
			t.Errorf("after %d commands: a form that was there before, error %v", i, err)
		}
		seen[d] = true
	}
}

// echo answers each message with another, and remembers nothing.
type echo struct{}

func (echo) Report() quorate.Report { return quorate.Report{} }

type (
	ping struct{}
	pong struct{}
)

func newEcho(n *quorate.Node, _ *quorate.Once) (quorate.Replica, error) {
	quorate.Register(n, func(from quorate.ID, _ ping) { n.Send(from, pong{}) })
	quorate.Register(n, func(quorate.ID, pong) {})
	n.OnStart(func() {
		if n.ID() == n.Cluster().ID(0) {
			n.Send(quorate.Others, ping{})
		}
	})
	return echo{}, nil
}

// counter remembers how many messages left, up to a bound.
type counter struct{ pongs int }

func (c *counter) see(_ int, e effect) error {
	if _, ok := e.value.(pong); ok {
		c.pongs = min(c.pongs+1, 5)
	}
	return nil
}

func (c *counter) key() []byte { return []byte{byte(c.pongs)} }

// TestPastsCount: a step that changes nothing but what the witness remembers
// leads to another world. This one comes to rest, and its steps are bounded.
func TestPastsCount(t *testing.T) {
	cluster, err := quorate.Grid(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Cluster: cluster,
		Subject: sim.Subject{
			New: func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return newEcho, nil },
			Quorums: func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
				return quorate.MajorityQuorums(c), nil
			},
		},
		Duplicates: Any,
		Drop:       []string{"pong"},
		witness:    func(*Config) (func() witness, error) { return func() witness { return &counter{} }, nil },
	}
	if r, err := Run(t.Context(), cfg); err != nil || r.States != 6 || r.Depth != 5 || !r.Exhausted || r.Locals != 2 {
		t.Errorf("%+v, %v: want 6 states in a row", r, err)
	}
}

// clock counts how often its timer fired.
type clock struct {
	ticks int
	timer *quorate.Timer
}

func (clock) Report() quorate.Report { return quorate.Report{} }

func newClock(n *quorate.Node, _ *quorate.Once) (quorate.Replica, error) {
	c := &clock{}
	c.timer = n.NewTimer("tick", func() { c.ticks++; c.timer.Reset(time.Second) })
	n.OnStart(func() { c.timer.Reset(time.Second) })
	return c, nil
}

// TestNodesThatLiveTooLong: requests would expire, which the form does not show.
func TestNodesThatLiveTooLong(t *testing.T) {
	cluster, err := quorate.Grid(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for times, want := range map[int]string{most - 1: "", most: "50 steps"} {
		cfg := Config{Cluster: cluster, Timers: []Timer{{cluster.ID(0), "tick", times}}, Subject: subject(newClock)}
		r, err := Run(t.Context(), cfg)
		if want == "" && (err != nil || r.States != times+1) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d steps: %v, error %v, want %q", times, r, err, want)
		}
	}
}

func subject(build quorate.Constructor) sim.Subject {
	return sim.Subject{
		New: func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return build, nil },
		Quorums: func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
			return quorate.MajorityQuorums(c), nil
		},
	}
}
