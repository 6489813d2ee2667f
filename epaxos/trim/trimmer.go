package trim

import (
	"slices"

	"github.com/quorate/quorate/epaxos/core"
)

// Report is what a member says of itself, of what is on its disk.
type Report struct {
	Floor    core.Deps // all that it pre-accepts depends on what is below
	Ends     core.Deps // what it knew of when it raised its floor, below
	Executed core.Deps
	Next     core.Deps // its next floor
}

// Config says when a Trimmer trims.
type Config struct {
	Size, Self int // of the cluster; this member's index
	Least      int // members that must agree: N-f
	Step       int // instances dropped at once, about
	Retain     int // with more it does without members that lag behind
}

// Trimmer is one member's.
type Trimmer struct {
	cfg     Config
	reports []Report
	own     Report // the floor that is raised, and the next one
}

// New returns the trimmer of one member.
func New(cfg Config) *Trimmer {
	return &Trimmer{cfg: cfg, reports: make([]Report, cfg.Size)}
}

// Restore takes up the floor that was raised before a restart.
func (t *Trimmer) Restore(floor, ends core.Deps) {
	t.own = Report{Floor: floor, Ends: ends}
}

// Heard takes a voter's report. Late ones do no harm.
func (t *Trimmer) Heard(member int, r Report) {
	old := &t.reports[member]
	executed := old.Executed.Union(r.Executed)
	if old.Floor.Union(r.Floor).Equal(r.Floor) && old.Ends.Union(r.Ends).Equal(r.Ends) {
		*old = r
	}
	old.Executed = executed
}

// Forget forgets what a member said that lost its disk.
func (t *Trimmer) Forget(member int) { t.reports[member] = Report{} }

// Report returns this member's own.
func (t *Trimmer) Report(table *core.Table) Report {
	r := t.own
	r.Executed = table.Executed()
	return r
}

// Raise raises the floor at once to all of floor, which the table has; Report then
// says so, and must not leave before that is on disk.
func (t *Trimmer) Raise(table *core.Table, floor core.Deps) {
	table.Raise(floor)
	t.own.Floor, t.own.Ends = table.Floor(), table.Ends()
}

// Advance raises the floor to what was announced in the last report, which it says
// by true, or announces the next one. It is called before each report.
func (t *Trimmer) Advance(table *core.Table) bool {
	if next := t.own.Next; next != nil {
		t.own.Next = nil
		t.Raise(table, next)
		return true
	}
	base, executed, half := table.Base(), table.Executed(), (t.cfg.Step+1)/2
	if count(base, executed) < t.cfg.Step {
		return false
	}
	if count(base, t.own.Floor) >= half {
		// What is below waits to be dropped. Unless that will be too little: floors
		// that were raised at different times may have little in common.
		if _, settled := t.round(table); !settled || count(t.own.Floor, executed) < half {
			return false
		}
	}
	t.own.Next = executed.Union(t.own.Floor)
	return false
}

// Due returns below which instances may be dropped now; false if none may, or too
// few.
func (t *Trimmer) Due(table *core.Table) (core.Deps, bool) {
	below, _ := t.round(table)
	return below, below != nil
}

// Follow returns below which one that is no voter may drop instances: what some voter
// has dropped, and this one has executed; false if that is too little.
func (t *Trimmer) Follow(table *core.Table, dropped core.Deps) (below core.Deps, due bool) {
	for row, executed := range table.Executed() {
		below = append(below, min(executed, dropped.At(row)))
	}
	return below, count(table.Base(), below) >= (t.cfg.Step+1)/2
}

// round looks for members that agree. It returns what they let this one drop, nil
// if that is too little, and whether some did agree.
func (t *Trimmer) round(table *core.Table) (below core.Deps, settled bool) {
	t.reports[t.cfg.Self] = t.Report(table)
	members := make([]int, t.cfg.Size) // from the most advanced on, this one first
	for i := range members {
		members[i] = i
	}
	slices.SortStableFunc(members, func(a, b int) int { return t.rank(b) - t.rank(a) })
	for n := t.cfg.Size; n >= t.cfg.Least; n-- {
		if n < t.cfg.Size && table.Len() <= t.cfg.Retain {
			break
		}
		upto, ok := t.common(members[:n])
		if !ok {
			continue
		}
		settled = true
		if count(table.Base(), upto) >= (t.cfg.Step+1)/2 {
			return upto, true
		}
	}
	return nil, settled
}

func (t *Trimmer) rank(member int) int {
	if member == t.cfg.Self {
		return 1<<63 - 1
	}
	return count(nil, t.reports[member].Executed)
}

// common returns the floor that all the members have, if all have executed what any
// of them knew of when it raised its own.
func (t *Trimmer) common(members []int) (core.Deps, bool) {
	floor := make(core.Deps, t.cfg.Size)
	executed := make(core.Deps, t.cfg.Size)
	var ends core.Deps
	for row := range floor {
		floor[row], executed[row] = 1<<63, 1<<63
		for _, member := range members {
			floor[row] = min(floor[row], t.reports[member].Floor.At(row))
			executed[row] = min(executed[row], t.reports[member].Executed.At(row))
		}
	}
	for _, member := range members {
		ends = ends.Union(t.reports[member].Ends)
	}
	return floor, executed.Union(ends).Union(floor).Equal(executed)
}

// count returns how many instances lie below upto and not below base.
func count(base, upto core.Deps) int {
	n := 0
	for row := range upto {
		n += int(max(upto[row], base.At(row)) - base.At(row))
	}
	return n
}
