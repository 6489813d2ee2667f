package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/bench"
)

// benchArrivals is the flags of when clients make their calls.
type benchArrivals struct {
	rate     float64
	arrivals string
	backlog  int
	pipeline int
	think    time.Duration
	thinking string
	ramp     string
	cooldown time.Duration
}

// The words of --thinking.
const (
	thinkConstant    = "constant"
	thinkExponential = "exponential"
)

func (a *benchArrivals) declare(f *flags) {
	a.arrivals, a.thinking = bench.Poisson, thinkConstant
	f.Float64Var(&a.rate, "rate", 0, "`number` of calls a second of all clients, begun when they are due whatever became of others; latencies count from then (default closed loops)")
	f.Var(&choice{&a.arrivals, bench.ArrivalKinds()}, "arrivals", "which `kind` of arrivals calls of --rate are: poisson, as of many independent users, or uniform, equally far apart")
	f.IntVar(&a.backlog, "backlog", 0, "`number` of calls of --rate under way or waiting, beyond which they are shed and counted (default those of two seconds, 1024 to 131072)")
	f.IntVar(&a.pipeline, "pipeline", 0, "`number` of calls that each client has under way at a time (default 1; with --rate any number, but 8192 of all in a zone)")
	f.DurationVar(&a.think, "think", 0, "`time` between an answer and the client's next call")
	f.Var(&choice{&a.thinking, []string{thinkConstant, thinkExponential}}, "thinking", "which `kind` of time --think is: constant, or the mean of exponential ones")
	f.StringVar(&a.ramp, "ramp", "", "move the rate over the measured time `from:to`, 1000:50000, or the number of clients, clients=1:64")
	f.DurationVar(&a.cooldown, "cooldown", 0, "`time` under load after measuring")
}

// load returns what the flags ask for.
func (a *benchArrivals) load(f *flags) (bench.Load, error) {
	l := bench.Load{Rate: a.rate, Backlog: a.backlog, Pipeline: a.pipeline, Think: a.think, Exponential: a.thinking == thinkExponential, Cooldown: a.cooldown}
	switch {
	case f.Changed("rate") && !(a.rate > 0 && a.rate <= bench.MaxRate): // not a number, too
		return l, usagef("bench: --rate %v: want more than 0 and at most %.0f calls a second", a.rate, bench.MaxRate)
	case f.Changed("pipeline") && a.pipeline < 1:
		return l, usagef("bench: --pipeline %d: want at least 1", a.pipeline)
	case f.Changed("backlog") && a.backlog < 1:
		return l, usagef("bench: --backlog %d: want at least 1", a.backlog)
	case f.Changed("thinking") && a.think == 0:
		return l, usagef("bench: --thinking without --think: clients do not wait between calls")
	}
	if f.Changed("ramp") {
		r, err := parseRamp(a.ramp)
		switch {
		case err != nil:
			return l, err
		case r.Clients && f.Changed("clients"):
			return l, usagef("bench: --ramp %s with --clients: the ramp says how many there are", a.ramp)
		case !r.Clients && f.Changed("rate"):
			return l, usagef("bench: --ramp %s with --rate: the ramp says which rate", a.ramp)
		}
		l.Ramp = r
	}
	if l.Open() {
		l.Arrivals = a.arrivals
	} else if f.Changed("arrivals") || f.Changed("backlog") {
		return l, usagef("bench: --arrivals and --backlog are for --rate or a ramp of it: clients of closed loops call when their last call has returned")
	}
	return l, nil
}

// parseRamp reads A:B or clients=A:B.
func parseRamp(arg string) (*bench.Ramp, error) {
	spec, clients := strings.CutPrefix(arg, "clients=")
	if !clients {
		spec = strings.TrimPrefix(spec, "rate=")
	}
	from, to, found := strings.Cut(spec, ":")
	r := &bench.Ramp{Clients: clients}
	var err, err2 error
	r.From, err = strconv.ParseFloat(from, 64)
	r.To, err2 = strconv.ParseFloat(to, 64)
	if !found || err != nil || err2 != nil {
		return nil, usagef("bench: --ramp %s: want two numbers, 1000:50000 of calls a second or clients=1:64", arg)
	}
	return r, nil
}
