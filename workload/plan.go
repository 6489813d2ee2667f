package workload

import (
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/quorate/quorate"
)

// Run is who works on a Spec.
type Run struct {
	Clients int    // numbers from 0 on; zero is 1
	Zones   int    // client i is in zone i, round the zones; zero is 1
	Seed    uint64 // fixes what all clients ask for
	Prefix  string // what the names of keys begin with; a number follows
}

// Plan is a Spec for so many clients, which share it. It is safe for concurrent use.
type Plan struct {
	spec  Spec
	run   Run
	keys  []string
	sizes sizes

	// Up to these limits, between 0 and 1, an operation is a put, a delete, a putif, a
	// modify; else it is a get.
	upto  [4]float64
	modes []modeShare // likewise, of reads

	zipf     zipf
	powers   powers
	items    uint64  // that zipf scatters
	reach    float64 // of what is exponential, the share below the last key
	hottest  bool    // whether each operation draws if it is on a hot key
	versions bool    // whether a client looks at those

	newest atomic.Uint64 // how many records were put after those that were there at first
}

// scattered is how many items YCSB's scattered popularity is of, whatever the number of
// keys: so the most popular one has the same share everywhere.
const scattered = 10_000_000_000

// Plan makes a plan of s, or says why s makes no sense, or not for that run.
func (s Spec) Plan(run Run) (*Plan, error) {
	run.Clients, run.Zones = max(1, run.Clients), max(1, run.Zones)
	if err := s.check(run); err != nil {
		return nil, err
	}
	s = s.WithDefaults(run.Clients)
	p := &Plan{spec: s, run: run, sizes: s.Values.sizes(), keys: make([]string, s.Keys)}
	for i := range p.keys {
		p.keys[i] = run.Prefix + strconv.Itoa(i)
	}
	ops, below := s.Operations.weights(), 0.0
	for i := range p.upto {
		below += ops[i].value
		p.upto[i] = below / sum(ops)
	}
	total := 0.0
	for _, m := range s.Reads.modes() {
		if total += m.share; m.share > 0 {
			p.modes = append(p.modes, modeShare{m.mode, total})
		}
	}
	for i := range p.modes {
		p.modes[i].share /= total
	}
	p.versions = s.Operations.PutIf > 0 || s.Operations.Modify > 0
	p.prepare()
	return p, nil
}

// Check reports whether a Plan of s for such a run makes sense.
func (s Spec) Check(run Run) error {
	run.Clients, run.Zones = max(1, run.Clients), max(1, run.Zones)
	return s.check(run)
}

func (s Spec) check(run Run) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if run.Clients > 1<<16 {
		return fmt.Errorf("workload: %d clients: want at most %d, whose values can be told apart", run.Clients, 1<<16)
	}
	s = s.WithDefaults(run.Clients)
	d := &s.Distribution
	switch {
	case d.Kind == Conflict && s.Keys < run.Clients+1:
		return fmt.Errorf("workload: %d keys for %d clients: want one more than clients at least, of which each has keys of its own", s.Keys, run.Clients)
	case d.Means != nil && len(d.Means) != run.Zones:
		return fmt.Errorf("workload: %d means for %d zones: want one for each", len(d.Means), run.Zones)
	case d.Kind != Zones && s.Load == LoadHome:
		return fmt.Errorf("workload: load %s with a distribution %s: keys are at home in zones only where the distribution is %s", s.Load, d.Kind, Zones)
	case (d.Kind == Zones || len(d.Means) > 1) && run.Clients < run.Zones:
		return fmt.Errorf("workload: %d clients with keys of %d zones: want at least one in each", run.Clients, run.Zones)
	}
	if d.Kind == Zones {
		if _, err := NewLocality(d.Locality, s.Keys-d.HotKeys, run.Zones, 0); err != nil {
			return fmt.Errorf("workload: %w", err)
		}
	}
	return nil
}

// prepare computes what choosing keys takes.
func (p *Plan) prepare() {
	d := &p.spec.Distribution
	n := p.spec.Keys - d.HotKeys
	p.hottest = d.Hot > 0 || d.Kind == Zones
	switch {
	case d.Kind == Exponential:
		p.reach = reach(d.Lambda, n)
	case d.Kind == Zipfian && d.S != 0:
		p.powers = newPowers(n, d.S, d.V)
	case d.Kind == Zipfian && !d.Plain:
		p.items = uint64(n)
		p.zipf = newZipf(scattered, d.Theta)
	case d.Kind == Zipfian || d.Kind == Latest:
		p.zipf = newZipf(uint64(n), d.Theta)
	}
}

// Spec returns the plan's, with its defaults.
func (p *Plan) Spec() Spec { return p.spec }

// mode returns what a read asks for.
func (p *Plan) mode(word uint64) quorate.ReadMode {
	if len(p.modes) > 1 {
		at := unit(mix(word))
		for _, m := range p.modes {
			if at < m.share {
				return m.mode
			}
		}
	}
	return p.modes[len(p.modes)-1].mode
}
