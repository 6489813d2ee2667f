package sim

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/nemesis"
)

// Shrinker reduces a world that breaks an oracle to a small one that breaks the
// same oracle: delta debugging (Zeller and Hildebrandt, 2002) on the decisions
// that a Spec holds.
type Shrinker struct {
	Subject Subject
	Oracle  string        // that must break
	Tries   int           // worlds to run at most; zero is 2000
	Limit   time.Duration // of the wall clock; zero is a minute
	// Each is called after every try.
	Each func(tries int, smallest Spec)
}

// Shrink returns the smallest world found and its outcome. The given one must
// break the oracle.
func (s Shrinker) Shrink(ctx context.Context, spec Spec) (Spec, *Outcome, error) {
	r := &reduction{Shrinker: s, ctx: ctx, until: time.Now().Add(cmp.Or(s.Limit, time.Minute))}
	r.Tries = cmp.Or(s.Tries, 2000)
	if !r.try(spec) {
		return spec, r.out, r.err
	}
	for before := -1; before != r.successes && !r.exhausted(); {
		before = r.successes
		r.cutTail()
		r.dropAll()
		r.compress()
		r.dropKinds()
		r.dropFaults()
		r.calm()
		r.fewerOps()
		r.fewerClients()
		r.fewerNodes()
		r.shorterFaults()
	}
	return r.best, r.out, r.err
}

// reduction is a search under way.
type reduction struct {
	Shrinker
	ctx       context.Context
	until     time.Time
	best      Spec
	out       *Outcome // of best
	tries     int
	successes int
	err       error
}

func (r *reduction) exhausted() bool {
	return r.err != nil || r.tries >= r.Tries || r.ctx.Err() != nil || time.Now().After(r.until)
}

// try runs a smaller world and keeps it if it breaks the oracle too.
func (r *reduction) try(spec Spec) bool {
	if r.exhausted() || spec.Validate() != nil {
		return false
	}
	r.tries++
	out, err := Run(context.WithoutCancel(r.ctx), r.Subject, spec, Options{}) // a verdict half made is none
	if err != nil {
		if r.out == nil {
			r.err = err
		}
		return false // a world that cannot be
	}
	broken := out.Violation != nil && out.Violation.Oracle == r.Oracle
	if broken || r.out == nil {
		r.best, r.out = spec, out
	}
	if broken {
		r.successes++
	}
	if r.Each != nil {
		r.Each(r.tries, r.best)
	}
	return broken
}

// edit tries the best world with a change.
func (r *reduction) edit(change func(*Spec)) bool {
	spec := r.best
	spec.Faults, spec.Dead = slices.Clone(spec.Faults), slices.Clone(spec.Dead)
	change(&spec)
	return r.try(spec)
}

// cutTail ends the world soon after the violation, unless it is about the end.
func (r *reduction) cutTail() {
	at := r.out.Violation.At
	if at+time.Millisecond >= r.best.Safety {
		return
	}
	r.edit(func(s *Spec) {
		s.Safety = at + time.Millisecond
		s.Faults = slices.DeleteFunc(s.Faults, func(f nemesis.Fault) bool { return f.At > at })
	})
}

// compress lets everything happen in less time, with fewer commands. What takes
// some luck then gets it from another seed.
func (r *reduction) compress() {
	for r.best.Clients.Ops > 1 && r.compressed() {
	}
}

func (r *reduction) compressed() bool {
	return r.withLuck(func(s *Spec) {
		s.Clients.Ops = (s.Clients.Ops + 1) / 2
		s.Safety = s.Safety * 3 / 4
		for i := range s.Faults {
			s.Faults[i].At /= 2
		}
	})
}

// withLuck tries a change with some seeds.
func (r *reduction) withLuck(change func(*Spec)) bool {
	for luck := range uint64(16) {
		if r.edit(func(s *Spec) { s.Seed += luck; change(s) }) {
			return true
		}
	}
	return false
}

// dropAll tries without any fault.
func (r *reduction) dropAll() {
	if len(r.best.Faults) > 0 {
		r.withLuck(func(s *Spec) { s.Faults = nil })
	}
}

func (r *reduction) dropKinds() {
	for _, kind := range nemesis.Kinds() {
		of := func(f nemesis.Fault) bool { return f.Kind == kind }
		if slices.ContainsFunc(r.best.Faults, of) {
			r.edit(func(s *Spec) { s.Faults = slices.DeleteFunc(s.Faults, of) })
		}
	}
}

// dropFaults tries without halves, quarters, …, single faults.
func (r *reduction) dropFaults() {
	for size := (len(r.best.Faults) + 1) / 2; size > 0; size /= 2 {
		for i := 0; i < len(r.best.Faults); {
			end := min(i+size, len(r.best.Faults))
			if !r.edit(func(s *Spec) { s.Faults = slices.Delete(s.Faults, i, end) }) {
				i = end
			}
		}
	}
}

// calm takes out of the world what disturbs it all the time.
func (r *reduction) calm() {
	d := &r.best
	for _, c := range []struct {
		there bool
		edit  func(*Spec)
	}{
		{d.Network.Loss > 0, func(s *Spec) { s.Network.Loss = 0 }},
		{d.Network.Duplicate > 0, func(s *Spec) { s.Network.Duplicate = 0 }},
		{d.Network.Tail > 0, func(s *Spec) { s.Network.Tail = 0 }},
		{d.Network.Jitter > 0, func(s *Spec) { s.Network.Jitter = 0 }},
		{d.Network.Lost > 0, func(s *Spec) { s.Network.Lost = 0 }},
		{d.Disk.Stall > 0, func(s *Spec) { s.Disk.Stall = 0 }},
		{d.Disk.Jitter > 0, func(s *Spec) { s.Disk.Jitter = 0 }},
		{d.Step != Step{}, func(s *Spec) { s.Step = Step{} }},
		{len(d.Dead) > 0, func(s *Spec) { s.Dead = nil }},
		{d.Clients.Mix.Locality > 0, func(s *Spec) { s.Clients.Mix.Locality, s.Clients.Mix.Zones = 0, 0 }},
		{d.Clients.Mix.Keys > 1, func(s *Spec) { s.Clients.Mix.Keys = 1 }},
		{d.Clients.Mix.Deletes > 0, func(s *Spec) { s.Clients.Mix.Deletes = 0 }},
		{d.Clients.Mix.Conditional > 0, func(s *Spec) { s.Clients.Mix.Conditional = 0 }},
		{d.Clients.Mix.Reads > 0, func(s *Spec) { s.Clients.Mix.Reads = 0 }},
		{d.Clients.Readers > 0, func(s *Spec) { s.Clients.Readers = 0 }},
		{d.Clients.Zoned, func(s *Spec) { s.Clients.Zoned = false }},
		{d.Clients.Pinned > 0, func(s *Spec) { s.Clients.Pinned = 0 }},
		{d.Knobs.Lease > 0, func(s *Spec) { s.Knobs.Lease, s.Knobs.ClockError, s.Clients.Mix.Lease = 0, 0, 0 }},
		{d.Knobs.Thrifty, func(s *Spec) { s.Knobs.Thrifty = false }},
		{d.Knobs.Policy != "", func(s *Spec) { s.Knobs.Policy = "" }},
		{d.Knobs.Quorum != "", func(s *Spec) { s.Knobs.Quorum = "" }},
		{d.Knobs.LogLimit != 0, func(s *Spec) { s.Knobs.LogLimit = 0 }},
		{d.Knobs.MaxTimeout != 0, func(s *Spec) { s.Knobs.MaxTimeout = 0 }},
		{d.Knobs.ChunkBytes != 0, func(s *Spec) { s.Knobs.ChunkBytes = 0 }},
		{d.Knobs.Window != 0 || d.Knobs.Batch != 0, func(s *Spec) { s.Knobs.Window, s.Knobs.Batch = 0, 0 }},
	} {
		if c.there {
			r.edit(c.edit)
		}
	}
}

func (r *reduction) fewerOps() {
	for step := r.best.Clients.Ops / 2; step > 0; step /= 2 {
		for r.best.Clients.Ops > step && r.edit(func(s *Spec) { s.Clients.Ops -= step }) {
		}
	}
}

func (r *reduction) fewerClients() {
	for r.best.Clients.Count > 1 && r.edit(func(s *Spec) { s.Clients.Count-- }) {
	}
}

// fewerNodes takes the last member of each zone out of the world and of all
// faults.
func (r *reduction) fewerNodes() {
	for r.best.Zones == 1 && r.best.Nodes > 1 && r.edit(func(s *Spec) {
		s.Nodes--
		s.Faults = nemesis.Without(s.Faults, s.Nodes)
		s.Dead = slices.DeleteFunc(s.Dead, func(i int) bool { return i >= s.Nodes })
	}) {
	}
}

// shorterFaults halves how long the faults last.
func (r *reduction) shorterFaults() {
	for i := range r.best.Faults {
		for r.best.Faults[i].For > time.Millisecond && r.edit(func(s *Spec) { s.Faults[i].For /= 2 }) {
		}
	}
}
