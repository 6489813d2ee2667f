package keep

import (
	"cmp"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/trim"
)

// Progress says how far the sender's rows go: there is something in each before
// the number that Ends has for it. Whoever missed the last instance of a row,
// and everything that depends on it, learns of it so. Those below Base are dropped
// there. Kept says what others may drop as far as the sender is concerned.
type Progress struct {
	Ends core.Deps
	Base core.Deps
	Kept trim.Report
}

// Config is what a replica lends to its [Keeper].
type Config struct {
	Trim       trim.Config
	Table      *core.Table
	ChunkBytes int           // in a message of a transfer of states, and in answer to a Missing, about; 512 KiB
	Retransmit time.Duration // after which a question is repeated
	Batch      int           // commands in an instance, at most
	Reach      int           // instances of a row that one Progress makes known, at most

	// StoreLate persists all that is executed, Store the table's base and floor as
	// well, and Forget drops the records of a part of a row.
	StoreLate func()
	Store     func()
	Forget    func(row uint8, from, to uint64)
	// Installed hears that all below base came with the states of another.
	Installed func(base core.Deps)
	// Tell sends a member the value of an instance that is committed.
	Tell func(to quorate.ID, i *core.Instance)
	// Changed hears that the table changed.
	Changed func()
}

// Keeper is a replica's.
type Keeper struct {
	States  *quorate.States
	Trimmer *trim.Trimmer

	env   quorate.Env
	app   *quorate.Once
	cfg   Config
	told  Progress      // last
	idled time.Duration // when idle keys were looked for last
	gone  core.Deps     // what is below voters have dropped

	timer   *quorate.Timer
	from    quorate.ID // whose states are received; 0 if nobody's
	base    core.Deps  // that they include
	tries   int        // without progress
	asked   time.Duration
	offered map[quorate.ID]struct{} // a member each

	gap      gap
	executed []executed   // by member
	highest  quorate.Slot // that Report told of
}

// New makes a Keeper and registers its messages on n, and those of its States.
func New(n *quorate.Node, app *quorate.Once, cfg Config) *Keeper {
	cfg.ChunkBytes = cmp.Or(cfg.ChunkBytes, 512<<10)
	k := &Keeper{env: n, app: app, cfg: cfg, Trimmer: trim.New(cfg.Trim), offered: map[quorate.ID]struct{}{},
		executed: make([]executed, n.Cluster().Size())}
	k.timer = n.NewTimer("catchup", k.resume)
	// There is no log with a number for what is executed: a sender's is 1, and
	// a receiver's less.
	states := quorate.StatesConfig{ChunkBytes: cfg.ChunkBytes, May: k.maySend}
	k.States = quorate.NewStates(n, app, states, k.upto, func(quorate.Slot) { k.installed() })
	quorate.Register(n, k.onProgress)
	quorate.RegisterOpen(n, k.onWanted)
	quorate.RegisterOpen(n, k.onOffer)
	quorate.RegisterOpen(n, k.onMissing)
	quorate.RegisterOpen(n, k.onTold)
	return k
}

// Tick tells the others how far this replica is, and drops what may be dropped. It
// reports whether there was news, or something is under way: if not, others know it
// all, unless they were cut off, and it is enough to tell it more seldom.
func (k *Keeper) Tick() bool {
	news := k.env.Voter() && k.report()
	k.considerTrim()
	_, sending := k.States.Sending()
	return news || sending || k.States.Saving() || k.Active()
}

// report tells the others, and whether it was news.
func (k *Keeper) report() bool {
	if k.Trimmer.Advance(k.cfg.Table) {
		k.cfg.Store()
	}
	k.cfg.StoreLate() // what is executed is on disk when others hear of it
	t := k.cfg.Table
	now := Progress{t.Ends(), t.Base(), k.Trimmer.Report(t)}
	news := !now.equal(&k.told)
	k.told = now
	k.env.Send(quorate.Others, now)
	return news
}

func (p *Progress) equal(q *Progress) bool {
	a, b := &p.Kept, &q.Kept
	return p.Ends.Equal(q.Ends) && p.Base.Equal(q.Base) &&
		a.Floor.Equal(b.Floor) && a.Ends.Equal(b.Ends) && a.Executed.Equal(b.Executed) && a.Next.Equal(b.Next)
}

func (k *Keeper) onProgress(from quorate.ID, m Progress) {
	t := k.cfg.Table
	for _, d := range []core.Deps{m.Ends, m.Base, m.Kept.Floor, m.Kept.Ends, m.Kept.Executed, m.Kept.Next} {
		if !t.Fits(d) {
			return
		}
	}
	t.Reach(m.Ends.Union(m.Kept.Ends), k.cfg.Reach) // the latter it waits for, even if it forgot why
	t.Cover(m.Kept.Floor.Union(m.Kept.Next))
	k.gone = k.gone.Union(m.Base)
	k.cfg.Changed()
	k.Trimmer.Heard(k.env.Cluster().Index(from), m.Kept)
	k.missed(from, m.Base)
	k.behind(from, m.Kept.Executed)
}

// Report adds to a report how many instances there are in all rows, as far as this
// replica knows, and how many of them it has executed: the most since it started,
// though some are executed again after states came. So many are committed, at least.
func (k *Keeper) Report(to quorate.Report) quorate.Report {
	executed := quorate.Slot(0)
	for row, upto := range k.cfg.Table.Executed() {
		executed += quorate.Slot(upto)
		to.Known += quorate.Slot(k.cfg.Table.End(row))
	}
	k.highest = max(k.highest, executed)
	to.Committed, to.Executed, to.Retained = k.highest, k.highest, k.cfg.Table.Len()
	return to
}

// considerTrim drops what may be dropped: the states of the keys that changed are
// written first. While others receive this replica's states they will need what
// comes after them; those that take too long must begin again.
func (k *Keeper) considerTrim() {
	k.States.Expire()
	if _, sending := k.States.Sending(); sending && k.cfg.Table.Len() <= 2*k.cfg.Trim.Retain {
		return
	}
	if k.States.Saving() || k.Active() {
		return
	}
	if below, due := k.due(); due {
		k.States.Save(func() { k.cut(below) })
	}
}

// due returns below which instances may be dropped now. A learner is not asked what
// voters may drop, and may take a long time to become one: it follows them, as if it
// had their states.
func (k *Keeper) due() (core.Deps, bool) {
	if k.env.Voter() {
		return k.Trimmer.Due(k.cfg.Table)
	}
	return k.Trimmer.Follow(k.cfg.Table, k.gone)
}

// cut drops the instances below from memory and from the disk, in the step that
// wrote the last of the states.
func (k *Keeper) cut(below core.Deps) {
	t := k.cfg.Table
	if floor := t.Floor(); !floor.Union(below).Equal(floor) { // a learner's
		k.Trimmer.Raise(t, below)
	}
	k.forget(below)
	t.Trim(below)
	k.cfg.Store()
}

func (k *Keeper) forget(below core.Deps) {
	base := k.cfg.Table.Base()
	for row, upto := range below {
		if from := base.At(row); upto > from {
			k.cfg.Forget(uint8(row), from, upto)
		}
	}
}

// Idle returns commands that empty the outcome tables of keys that nobody writes any
// more. Each member looks for itself; one that comes second finds nothing to do.
func (k *Keeper) Idle() []quorate.Command {
	now := k.env.Now()
	if now-k.idled < k.app.Horizon()/4 {
		return nil
	}
	k.idled = now
	return k.app.Trims(now, k.cfg.Batch)
}
