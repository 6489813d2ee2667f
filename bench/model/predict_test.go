package model

import (
	"math"
	"strings"
	"testing"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/nemesis"
)

func newModel(t *testing.T, e Engine, s Scene) *Model {
	t.Helper()
	m, err := New(e, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= tolerance*max(math.Abs(a), math.Abs(b))
}

// One command in a round is what the papers count, where that is the same.
func TestPlanAgreesWithPapers(t *testing.T) {
	p := Params{In: 25, Out: 1}
	for _, n := range []int{3, 5, 7, 9} {
		m := newModel(t, Engine{Protocol: "paxos", Nodes: n}, Scene{Params: p})
		if got, want := m.RateOf(1), Paxos(n).MaxRate(p); !near(got, want, 1e-9) {
			t.Errorf("%d members: %v, the paper has %v", n, got, want)
		}
		thrifty := newModel(t, Engine{Protocol: "paxos", Nodes: n, Thrifty: true}, Scene{Params: p})
		if got, want := thrifty.RateOf(1), Thrifty(n, majority(n)).MaxRate(p); !near(got, want, 1e-9) {
			t.Errorf("%d members, thrifty: %v, want %v", n, got, want)
		}
		// The paper's EPaxos sends no commits: they are a message in and one out less.
		for _, c := range []float64{0, 0.5} {
			r := EPaxos(n, c)
			r.In, r.Out, r.Heavy = r.In+float64(n-1), r.Out+1, false
			e := newModel(t, Engine{Protocol: "epaxos", Nodes: n, Conflicts: c}, Scene{Params: p})
			if got, want := e.RateOf(1), r.MaxRate(p); !near(got, want, 1e-9) {
				t.Errorf("epaxos, %d members, c=%v: %v, want %v", n, c, got, want)
			}
		}
	}
}

// By hand, for three members of paxos with a message of 20 us in and 5 out, 1 for each
// further member and 2 for a command.
func TestPlan(t *testing.T) {
	p := Params{In: 20, Out: 5, Copy: 1, Command: 2, Turn: 3}
	m := newModel(t, Engine{Protocol: "paxos", Nodes: 3}, Scene{Params: p})
	// A round: two votes, a broadcast to two, two turns. A command: in, out, executed.
	if m.fixed != 2*20+5+1+2*3 || m.each != 20+5+2 {
		t.Errorf("%v for a round and %v for a command", m.fixed, m.each)
	}
	shared := newModel(t, Engine{Protocol: "paxos", Nodes: 3}, Scene{Params: p, Cores: 2})
	// And two followers take it in, vote and execute, on the same two processors.
	if shared.fixed != (m.fixed+2*(20+5+3))/2 || shared.each != (m.each+2*2)/2 {
		t.Errorf("on one machine %v for a round and %v for a command", shared.fixed, shared.each)
	}
	// Who is not asked for a vote executes all the same.
	if all := (Engine{Protocol: "paxos", Nodes: 5, Thrifty: true}).Plan().All.Of(1); all.Commands != 5 || all.In != 1+2+2+2 {
		t.Errorf("thrifty: %+v", all)
	}
	w := newModel(t, Engine{Protocol: "wpaxos", Zones: 2, Nodes: 2}, Scene{Params: p})
	// Own: a vote, the same to the near one and its commit, and to two far ones; part in
	// another's: two in, a vote; and two far ones tell.
	if w.fixed != 20+5+5+(5+1)+2*3+(2*20+5+3)+2*(20+3) || w.each != 20+5+2+3*2 {
		t.Errorf("wpaxos: %v for a round and %v for a command", w.fixed, w.each)
	}
}

// A batch is what came during a turn, or one.
func TestBatch(t *testing.T) {
	m := newModel(t, Engine{Protocol: "paxos", Nodes: 3}, Scene{Params: Params{In: 25, Out: 1}})
	if b := m.At(1).Batch; !near(b, 1, 1e-3) {
		t.Errorf("%v commands in a round without load", b)
	}
	last := 0.0
	for _, share := range []float64{0.1, 0.3, 0.5, 0.7, 0.9, 0.99} {
		p := m.At(share * m.MaxRate())
		turn := p.Rate / 1e6 * (m.fixed + p.Batch*m.each)
		if !near(p.Batch, turn+math.Exp(-turn), 1e-6) || p.Batch < last {
			t.Errorf("at %v of the capacity %v in a round, and %v before", share, p.Batch, last)
		}
		last = p.Batch
	}
	small := newModel(t, Engine{Protocol: "paxos", Nodes: 3, Batch: 4}, Scene{Params: Params{In: 25, Out: 1}})
	if got := small.At(0.999 * small.MaxRate()).Batch; got > 4 || got < 3.9 {
		t.Errorf("%v in a round, of at most 4", got)
	}
	// Full batches queue as others do: there is no end to the wait at the limit.
	if near, at := small.At(0.9*small.MaxRate()).Latency, small.At(0.9999*small.MaxRate()).Latency; at < 20*near {
		t.Errorf("%v ms at the limit, %v before", at, near)
	}
	if small.MaxRate() >= m.MaxRate() || small.MaxRate() != 1e6*4/(51+4*26+0.0) {
		t.Errorf("capacity %v", small.MaxRate())
	}
}

// More load, more waiting; none, only the network and the work; too much, for ever.
func TestAt(t *testing.T) {
	for _, e := range []Engine{{Protocol: "paxos", Nodes: 5}, {Protocol: "epaxos", Nodes: 5, Conflicts: 0.1}, {Protocol: "wpaxos", Zones: 3, Nodes: 3}, {Protocol: "paxos", Nodes: 3, Batch: 1}, {Protocol: "paxos", Nodes: 1}} {
		m := newModel(t, e, Scene{Params: Params{In: 25, Out: 1, Byte: 0.008, Command: 1}, Votes: DataCentre(), Client: 0.4})
		last := Prediction{}
		for i := range 100 {
			p := m.At(m.MaxRate() * float64(i) / 100)
			if p.Latency < last.Latency-1e-9 || p.Busy < last.Busy-1e-9 || math.IsInf(p.Latency, 0) {
				t.Fatalf("%+v: %+v, and with less load %+v", e, p, last)
			}
			last = p
		}
		if p := m.At(m.MaxRate()); !math.IsInf(p.Latency, 1) || p.Busy != 1 {
			t.Errorf("%+v at its limit: %+v", e, p)
		}
		idle := m.At(0).Latency
		if floor := 0.4 + m.Scene.Votes.Nth(m.plan.Votes, m.plan.Asked); idle < floor || idle > floor+0.5+1.1*m.plan.Second {
			t.Errorf("%+v idle: %v ms, of which %v in the network", e, idle, floor)
		}
	}
}

// The rate times the latency is the number of clients.
func TestClosed(t *testing.T) {
	m := newModel(t, Engine{Protocol: "paxos", Nodes: 3}, Scene{Params: Params{In: 25, Out: 1}, Votes: DataCentre(), Client: 0.4})
	last := 0.0
	for _, clients := range []float64{1, 3, 10, 30, 100, 1000} {
		p := m.Closed(clients, 0)
		if !near(p.Rate*p.Latency/1e3, clients, 1e-3) || p.Rate <= last || p.Rate >= m.MaxRate() {
			t.Errorf("%v clients: %+v", clients, p)
		}
		last = p.Rate
	}
	if p := m.Closed(100, 10); !near(p.Rate*(p.Latency+10)/1e3, 100, 1e-3) {
		t.Errorf("with time to think: %+v", p)
	}
	free := newModel(t, Engine{Protocol: "paxos", Nodes: 3}, Scene{Client: 2})
	if p := free.Closed(10, 0); !near(p.Rate, 5000, 1e-9) || !math.IsInf(free.MaxRate(), 1) || free.Curve(3) != nil {
		t.Errorf("where nothing takes time: %+v, at most %v", p, free.MaxRate())
	}
}

// What the regions pay, as runs in virtual time are tested to pay it.
func TestWide(t *testing.T) {
	wan, err := nemesis.WAN("aws3")
	if err != nil {
		t.Fatal(err)
	}
	far, err := nemesis.WAN("aws5")
	if err != nil {
		t.Fatal(err)
	}
	const near = 0.427
	for _, test := range []struct {
		w    Wide
		want []float64
	}{
		{Wide{Engine: Engine{Protocol: "paxos", Zones: 3}, WAN: wan}, []float64{60, 120, 129}},
		{Wide{Engine: Engine{Protocol: "paxos", Zones: 3}, WAN: wan, Lead: 3}, []float64{138, 197, 69}},
		{Wide{Engine: Engine{Protocol: "trex", Zones: 3}, WAN: wan, Lead: 2}, []float64{120, 60, 188}},
		{Wide{Engine: Engine{Protocol: "epaxos", Zones: 3}, WAN: wan}, []float64{60, 60, 69}},
		{Wide{Engine: Engine{Protocol: "epaxos", Zones: 3, Conflicts: 1}, WAN: wan}, []float64{120, 120, 138}},
		{Wide{Engine: Engine{Protocol: "epaxos", Zones: 5, Nodes: 3}, WAN: far}, []float64{69, 79, 108, 128, 146}},
		{Wide{Engine: Engine{Protocol: "wpaxos", Zones: 3, Nodes: 3}, WAN: wan, Local: 1}, []float64{near, near, near}},
		{Wide{Engine: Engine{Protocol: "wpaxos", Zones: 3, Nodes: 3}, WAN: wan}, []float64{64.5 + near, 94 + near, 98.5 + near}},
	} {
		for z, got := range test.w.Network() {
			if want := test.want[z] + near; math.Abs(got-want) > 1e-6 {
				t.Errorf("%+v, zone %d: %v ms, want %v", test.w.Engine, z+1, got, want)
			}
		}
	}
	// Ten clients in each region do 10/0.12 commands of 120 ms each a second, and so on.
	s := Wide{Engine: Engine{Protocol: "epaxos", Zones: 3, Conflicts: 1}, WAN: wan}.Scene(Params{}, 30)
	if want := 30 / (20/(120+near) + 10/(138+near)); math.Abs(s.Client-want) > 1e-9 {
		t.Errorf("all together %v ms, want %v", s.Client, want)
	}
}

func TestRefuses(t *testing.T) {
	good := Engine{Protocol: "paxos", Nodes: 3}
	for want, change := range map[string]func(*Engine, *Scene){
		`protocol "raft"`: func(e *Engine, _ *Scene) { e.Protocol = "raft" },
		"65 members":      func(e *Engine, _ *Scene) { e.Nodes = 65 },
		"a quorum of 4":   func(e *Engine, _ *Scene) { e.Quorum = 4 },
		"share of NaN":    func(e *Engine, _ *Scene) { e.Conflicts = math.NaN() },
		"2 forwarded":     func(e *Engine, _ *Scene) { e.Forwarded = 2 },
		"batches of -1":   func(e *Engine, _ *Scene) { e.Batch = -1 },
		"in_us of -1":     func(_ *Engine, s *Scene) { s.Params.In = -1 },
		"turn_us of NaN":  func(_ *Engine, s *Scene) { s.Params.Turn = math.NaN() },
		"pipelines":       func(_ *Engine, s *Scene) { s.Params.Pipelines = -1 },
		"-1 processors":   func(_ *Engine, s *Scene) { s.Cores = -1 },
	} {
		e, s := good, Scene{}
		change(&e, &s)
		if _, err := New(e, s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	if _, err := ReadParams(strings.NewReader(`{"in_us": 1, "ins_us": 2}`)); err == nil || !strings.Contains(err.Error(), "ins_us") {
		t.Errorf("a key that is none: %v", err)
	}
	if p, err := ReadParams(strings.NewReader(`{"in_us": 1.5, "byte_us": 0.001}`)); err != nil || p != (Params{In: 1.5, Byte: 0.001}) {
		t.Errorf("%+v %v", p, err)
	}
}

// A cell whose runs are of several clusters has no line, but each run its match; what
// there is no model of says so.
func TestOverlay(t *testing.T) {
	run := func(protocol string, nodes int, rate float64) bench.Result {
		return bench.Result{Place: bench.Place{Cell: protocol}, Protocol: protocol, Nodes: nodes, Zones: 1, Transport: "tcp", Clients: 10, Throughput: rate, GOMAXPROCS: 2, WriteRatio: 1, Latency: bench.Latency{Mean: 1e4 / rate}}
	}
	remote, strange := run("trex", 3, 5), run("raft", 3, 5)
	remote.Remote = true
	r := &bench.Report{Runs: []bench.Result{run("paxos", 3, 1000), run("epaxos", 3, 1000), run("paxos", 5, 500), remote, strange}}
	p := Params{In: 10, Out: 5, Client: 10}
	curves := Overlay(r, p)
	if len(curves) != 4 {
		t.Fatalf("%+v", curves)
	}
	paxos, epaxos := curves[0], curves[1]
	if paxos.Cell != "paxos" || len(paxos.Points) != 0 || len(paxos.Matches) != 2 || paxos.Matches[1].Run != 2 {
		t.Errorf("%+v", paxos)
	}
	for _, m := range paxos.Matches {
		if m.Measured.Rate != r.Runs[m.Run].Throughput || !near(m.RateError, m.Predicted.Rate/m.Measured.Rate-1, 1e-3) || !near(m.LatencyError, m.Predicted.Latency/m.Measured.Latency-1, 1e-3) {
			t.Errorf("%+v", m)
		}
	}
	if len(epaxos.Points) != curvePoints || epaxos.MaxRate <= epaxos.Points[curvePoints-1].Rate || epaxos.Points[0].Latency >= epaxos.Points[curvePoints-1].Latency {
		t.Errorf("%+v", epaxos)
	}
	if curves[2].Why == "" || curves[3].Why == "" || len(curves[2].Matches) != 0 {
		t.Errorf("%+v", curves[2:])
	}
	// Where nothing takes a processor's time the line is level.
	v := run("paxos", 3, 800)
	v.Transport, v.World = "virtual", &bench.World{Jitter: 0.1}
	level := Overlay(&bench.Report{Runs: []bench.Result{v}}, p)[0]
	if level.MaxRate != 0 || len(level.Points) != 2 || level.Points[0].Latency != level.Points[1].Latency || level.Points[1].Rate != 800 {
		t.Errorf("%+v", level)
	}
}
