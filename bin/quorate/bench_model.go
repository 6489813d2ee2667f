package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/quorate/quorate/bench/model"
)

func benchModelCommand() command {
	return command{
		name:     "bench model",
		synopsis: "predict what a cluster can do, from what a message costs",
		about: `Holds the queueing model of Ailijiang, Charapko and Demirbas (SIGMOD 2019) and one of
this program's own engine. "fit" measures what messages and commands cost on this
machine; "predict" says what that means for protocols and clusters. Alone it predicts
with the costs that the paper's program has.`,
		examples: []example{
			{"quorate bench model fit --transport tcp --json > costs.json", "measure this machine, which takes about ten seconds"},
			{"quorate bench model predict --params costs.json -p paxos,epaxos,wpaxos -n 3,5,9", "what it can do, with a machine for each member"},
			{"quorate bench model predict --params costs.json -p paxos -n 3 --cores 2", "the same with all members and clients on two processors"},
			{"quorate bench model predict --paper -p paxos,epaxos -n 3,5,7,9", "rounds of one command, as papers count"},
		},
		setup: setupPredict,
		subs: []command{
			{
				name:     "bench model fit",
				synopsis: "measure what messages and commands cost on this machine",
				about: `Measures processor time, not how long things take, so that a busy machine disturbs
little: members that take turns on one thread, without a network, and whole clusters of
one and of three members with their clients. Costs are fitted by least squares.`,
				examples: []example{{"quorate bench model fit --transport chan", "of a cluster in one process"}},
				exits: []exitMeaning{
					{exitGood, "measured"},
					{exitUsage, "a flag makes no sense"},
					{exitTool, "processor time cannot be measured, or a cluster did not start"},
					{exitInterrupted, "interrupted"},
				},
				setup: setupFit,
			},
			{
				name:     "bench model predict",
				synopsis: "say what clusters can do with such costs",
				about: `Prints the highest rate of each protocol and cluster, and what commands take at
shares of it. Commands that come while a member is busy share a round, so the highest rate is
that of full batches; --batch bounds them.`,
				examples: []example{{"quorate bench model predict -p paxos -n 3,5 --batch 1", "a round for each command"}},
				exits: []exitMeaning{
					{exitGood, "predicted"},
					{exitUsage, "a flag makes no sense, or the file has no costs in it"},
				},
				setup: setupPredict,
			},
		},
		exits: []exitMeaning{
			{exitGood, "predicted"},
			{exitUsage, "a flag makes no sense, or the file has no costs in it"},
		},
	}
}

func setupFit(f *flags) action {
	protocol, transport, asJSON := "paxos", "tcp", false
	f.group("what to measure")
	f.single = true
	f.protocol(&protocol)
	f.Var(&choice{&transport, []string{"chan", "tcp"}}, "transport", "how members talk: `chan|tcp`")
	f.group("report")
	f.json(&asJSON)
	return func(ctx context.Context, s *streams, _ []string) error {
		if !slices.Contains(model.Protocols(), protocol) {
			return usagef("bench model fit: --protocol %s: want one of %s", protocol, strings.Join(model.Protocols(), ", "))
		}
		s.progress("measuring " + protocol + " on " + transport)
		fitted, err := model.Fit(ctx, protocol, transport)
		s.clear()
		switch {
		case ctx.Err() != nil:
			return &exitError{exitInterrupted, errors.New("bench model fit: interrupted: there are no costs without all measurements")}
		case err != nil:
			return err
		case asJSON:
			return writeIndented(s.out, fitted)
		}
		return writeFit(s.out, &fitted)
	}
}

func writeFit(w io.Writer, f *model.Fitted) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "cost of\tus\t\n")
	for _, c := range f.Params.Costs() {
		fmt.Fprintf(t, "%s\t%.4g\t\n", c.Name, c.Micros)
	}
	fmt.Fprintf(t, "\nmeasured\tus\tfitted\toff\t\n")
	for _, r := range f.Rows {
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%+.0f%%\t\n", r.Name, r.Micros, r.Fitted, 100*(r.Fitted/r.Micros-1))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s on %s: R2 %.4f, typically %.0f%% off, at most %.0f%%\n", f.Protocol, f.Transport, f.R2, 100*f.Typical, 100*f.Worst)
	return err
}

// prediction is the flags of predict.
type prediction struct {
	flags     *flags
	params    string
	protocols []string
	sizes     []string
	paper     bool
	json      bool
	engine    model.Engine
	cores     float64
	trip      float64
}

func setupPredict(f *flags) action {
	p := &prediction{flags: f, protocols: []string{"paxos", "epaxos", "wpaxos"}, sizes: []string{"3", "5", "9"}}
	p.engine.Value = 100
	p.trip = model.DataCentre().Mean
	f.group("cluster")
	f.StringVar(&p.params, "params", "", "`file` with costs, as fit --json writes it (default those of the paper's program)")
	f.protocols(&p.protocols)
	f.StringSliceVarP(&p.sizes, "nodes", "n", p.sizes, "`sizes` of the clusters: 3 or zones x nodes, 3x3")
	f.BoolVar(&p.paper, "paper", false, "count rounds of one command as papers do, not as this program works")
	f.Float64Var(&p.cores, "cores", 0, "`number` of processors that all members and clients share (default a machine for each member)")
	f.Float64Var(&p.trip, "trip", p.trip, "round trip between members, and of a client, in `ms`")
	f.IntVar(&p.engine.Batch, "batch", 0, "`commands` in a round, at most (default the protocol's own)")
	f.group("load")
	f.Float64Var(&p.engine.Conflicts, "conflicts", 0, "`share` of commands that take a leaderless protocol a second round trip")
	f.IntVar(&p.engine.Value, "value-size", p.engine.Value, "`bytes` in a value")
	f.group("report")
	f.json(&p.json)
	return p.run
}

// forecast is what is predicted of one protocol on one cluster.
type forecast struct {
	Protocol string             `json:"protocol"`
	Zones    int                `json:"zones"`
	Nodes    int                `json:"nodes"` // in all zones
	MaxRate  float64            `json:"max_rate"`
	Curve    []model.Prediction `json:"curve"`
}

// loadShares are the loads that a forecast has, of the highest rate.
func loadShares() []float64 { return []float64{0.1, 0.5, 0.8, 0.9, 0.95} }

// validate says what of the flags makes no sense.
func (p *prediction) validate() error {
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"cores", p.cores}, {"trip", p.trip}, {"batch", float64(p.engine.Batch)}, {"value-size", float64(p.engine.Value)},
	} {
		switch {
		case !(f.value >= 0) || math.IsInf(f.value, 1):
			return usagef("bench model: --%s %v: want 0 or more", f.name, f.value)
		case p.paper && f.name != "trip" && p.flags.Changed(f.name):
			return usagef("bench model: --%s with --paper: papers count rounds of one command, and a machine for each member", f.name)
		}
	}
	return nil
}

func (p *prediction) run(_ context.Context, s *streams, _ []string) error {
	if err := p.validate(); err != nil {
		return err
	}
	costs := model.Published()
	if p.params != "" {
		var err error
		if costs, err = readCosts(p.params); err != nil {
			return usagef("bench model: --params %s: %w", p.params, err)
		}
	}
	var all []forecast
	for _, size := range p.sizes {
		zones, nodes, err := readSize(size)
		if err != nil {
			return usagef("bench model: --nodes %s: want a number, or zones x nodes: 3x3", size)
		}
		for _, protocol := range p.protocols {
			one, err := p.forecast(protocol, zones, nodes, costs)
			if err != nil {
				return usagef("bench model: %w", err)
			}
			all = append(all, one)
		}
	}
	if p.json {
		return writeIndented(s.out, all)
	}
	return writeForecasts(s.out, all)
}

func (p *prediction) forecast(protocol string, zones, nodes int, costs model.Params) (forecast, error) {
	f := forecast{Protocol: protocol, Zones: zones, Nodes: zones * nodes}
	trips := model.Trips{Mean: p.trip, Deviation: p.trip * model.DataCentre().Deviation / model.DataCentre().Mean}
	if p.paper {
		r, err := model.Paper(protocol, zones, nodes, p.engine.Conflicts)
		if err != nil {
			return f, err
		}
		if err := (model.Engine{Protocol: "paxos", Zones: zones, Nodes: nodes, Conflicts: p.engine.Conflicts}).Validate(); err != nil {
			return f, err
		}
		f.MaxRate = r.MaxRate(costs)
		for _, share := range loadShares() {
			f.Curve = append(f.Curve, model.Prediction{
				Rate: share * f.MaxRate, Batch: 1, Busy: share,
				Latency: r.Latency(share*f.MaxRate, model.MD1, model.Spread{}, costs, trips, p.trip),
			})
		}
		return f, nil
	}
	e := p.engine
	e.Protocol, e.Zones, e.Nodes = protocol, zones, nodes
	scene := model.Scene{Params: costs, Votes: trips, Client: p.trip, Cores: p.cores}
	if p.cores > 0 {
		scene.Votes, scene.Client = model.Trips{}, 0 // on one machine nothing is far
	}
	m, err := model.New(e, scene)
	if err != nil {
		return f, err
	}
	f.MaxRate = m.MaxRate()
	for _, share := range loadShares() {
		f.Curve = append(f.Curve, m.At(share*f.MaxRate))
	}
	return f, nil
}

// readCosts reads costs alone, or what fit wrote.
func readCosts(name string) (model.Params, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return model.Params{}, err
	}
	var fitted struct {
		Params json.RawMessage `json:"params"`
	}
	if json.Unmarshal(data, &fitted) == nil && fitted.Params != nil {
		data = fitted.Params
	}
	p, err := model.ReadParams(strings.NewReader(string(data)))
	if err == nil && p.Free() {
		err = fmt.Errorf("nothing in it takes any time")
	}
	return p, err
}

func readSize(text string) (zones, nodes int, err error) {
	first, second, both := strings.Cut(text, "x")
	if nodes, err = strconv.Atoi(first); err == nil && nodes < 1 {
		err = errors.New("no members")
	}
	if err != nil || !both {
		return 1, nodes, err
	}
	zones = nodes
	if nodes, err = strconv.Atoi(second); err == nil && nodes < 1 {
		err = errors.New("no members")
	}
	return zones, nodes, err
}

func writeForecasts(w io.Writer, all []forecast) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "protocol\tnodes\tmax ops/s\t")
	for _, share := range loadShares() {
		fmt.Fprintf(t, "ms at %g%%\t", 100*share)
	}
	fmt.Fprintln(t, "commands in a round there\t")
	for _, f := range all {
		size := strconv.Itoa(f.Nodes)
		if f.Zones > 1 {
			size = fmt.Sprintf("%dx%d", f.Zones, f.Nodes/f.Zones)
		}
		fmt.Fprintf(t, "%s\t%s\t%.0f\t", f.Protocol, size, f.MaxRate)
		for _, p := range f.Curve {
			fmt.Fprintf(t, "%.3g\t", p.Latency)
		}
		fmt.Fprintf(t, "%.3g\t\n", f.Curve[len(f.Curve)-1].Batch)
	}
	return t.Flush()
}
