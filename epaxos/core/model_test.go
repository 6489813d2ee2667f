package core_test

import (
	"math/rand/v2"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
	"github.com/quorate/quorate/epaxos/trim"
)

// model is a cluster in which anything may happen to a message, and in which
// members restart at any moment. What is durable is so at once, since nothing of
// what is tested here has an opinion on disks.
type model struct {
	t       *testing.T
	rng     *rand.Rand
	quorums decide.Quorums
	members []*member
	flying  []envelope
	log     []line

	commands []quorate.Command
	seq      uint64
	values   map[core.ID]core.Value // committed anywhere
	ids      []core.ID              // in order of proposal

	loss, dup  float64
	recoveries int  // left
	steady     bool // nobody restarts, or goes away, by itself
	dropped    int
	without    int // dropped by fewer than all
	installs   int
}

// line is rendered only if the model fails.
type line struct {
	format string
	args   []any
}

type member struct {
	index      int
	table      *core.Table
	proposals  map[core.ID]*decide.Proposal
	recoveries map[core.ID]*decide.Recovery
	order      []string
	trimmer    *trim.Trimmer
	away       bool
}

type envelope struct {
	from, to int
	id       core.ID
	msg      any
}

type (
	preAccept   struct{ value core.Value }
	preAccepted struct{ deps core.Deps }
	accept      struct {
		ballot quorate.Ballot
		value  core.Value
	}
	accepted  struct{ ballot quorate.Ballot }
	commit    struct{ value core.Value }
	recovery  struct{ ballot quorate.Ballot }
	recovered struct {
		ballot quorate.Ballot
		state  core.State
	}
	validate struct {
		ballot quorate.Ballot
		value  core.Value
	}
	validated struct {
		ballot quorate.Ballot
		found  []core.Conflict
	}
	waiting struct{ same int }
)

func newModel(t *testing.T, seed uint64, n, f, e int) *model {
	cluster, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := quorate.EPaxosQuorums(cluster, f, e); err != nil {
		t.Fatal(err)
	}
	m := &model{t: t, rng: rand.New(rand.NewPCG(seed, uint64(n))), quorums: decide.Quorums{Size: n, F: f, E: e}, values: map[core.ID]core.Value{}}
	for i := range n {
		m.members = append(m.members, &member{index: i, table: core.NewTable(n)})
		m.members[i].trimmer = m.newTrimmer(i)
		m.restart(m.members[i])
	}
	return m
}

// restart loses what is not durable.
func (m *model) restart(p *member) {
	p.proposals, p.recoveries = map[core.ID]*decide.Proposal{}, map[core.ID]*decide.Recovery{}
	own := p.trimmer.Report(p.table)
	p.trimmer = m.newTrimmer(p.index)
	p.trimmer.Restore(own.Floor, own.Ends)
	for row := range m.quorums.Size {
		for number := range p.table.End(row) {
			if i := p.table.Get(core.ID{Row: uint8(row), Number: number}); i != nil {
				i.Waited = 0
			}
		}
	}
}

func (m *model) send(from, to int, id core.ID, msg any) {
	if m.rng.Float64() < m.loss || m.members[from].away {
		return
	}
	m.flying = append(m.flying, envelope{from, to, id, msg})
	if m.rng.Float64() < m.dup {
		m.flying = append(m.flying, envelope{from, to, id, msg})
	}
}

func (m *model) sendAll(from int, id core.ID, msg any) {
	for _, to := range m.rng.Perm(m.quorums.Size) {
		m.send(from, to, id, msg)
	}
}

func (m *model) propose(p *member, c quorate.Command) {
	id := core.ID{Row: uint8(p.index), Number: p.table.End(p.index)}
	m.ids = append(m.ids, id)
	commands := []quorate.Command{c}
	v := core.Value{Commands: commands, Deps: p.table.Deps(commands)}
	if p.table.PreAccept(p.table.Open(id), v.Commands, v.Deps) != core.Stored {
		m.t.Fatalf("%v was proposed before", id)
	}
	p.proposals[id] = decide.NewProposal(m.quorums, p.index, id, v)
	m.sendAll(p.index, id, preAccept{v})
}

func (m *model) recover(p *member, id core.ID) {
	i := p.table.Open(id)
	if i == nil || i.Phase == core.Committed {
		return
	}
	b := i.Promised.Next(quorate.Route(uint16(p.index)))
	p.recoveries[id] = decide.NewRecovery(m.quorums, id, b)
	m.sendAll(p.index, id, recovery{b})
}

// repeat sends again what is not answered.
func (m *model) repeat(p *member, id core.ID) {
	if prop := p.proposals[id]; prop != nil {
		if prop.Slow {
			m.sendAll(p.index, id, accept{0, prop.Value})
		} else {
			m.sendAll(p.index, id, preAccept{prop.Value})
		}
	}
	r := p.recoveries[id]
	if r == nil {
		return
	}
	for to := range m.quorums.Size {
		if !r.Missing().Has(to) {
			continue
		}
		switch {
		case r.Validating():
			m.send(p.index, to, id, validate{r.Ballot, r.Value})
		case r.Accepting():
			m.send(p.index, to, id, accept{r.Ballot, r.Value})
		default:
			m.send(p.index, to, id, recovery{r.Ballot})
		}
	}
	if r.Waits() {
		m.sendAll(p.index, id, waiting{r.Same()})
	}
}

func (m *model) deliver(e envelope) {
	p := m.members[e.to]
	if p.away {
		return
	}
	if kept, ok := e.msg.(trim.Report); ok {
		p.trimmer.Heard(e.from, kept)
		p.table.Cover(kept.Floor.Union(kept.Next))
		return
	}
	i := p.table.Open(e.id)
	if i == nil {
		return // dropped
	}
	switch msg := e.msg.(type) {
	case preAccept:
		switch p.table.PreAccept(i, msg.value.Commands, msg.value.Deps) {
		case core.Stored, core.Known:
			m.send(e.to, e.from, e.id, preAccepted{i.Deps})
		}
	case preAccepted:
		if prop := p.proposals[e.id]; prop != nil {
			m.ownerDoes(p, i, prop, prop.PreAccepted(e.from, msg.deps))
		}
	case accept:
		switch p.table.Accept(i, msg.ballot, msg.value) {
		case core.Stored, core.Known:
			m.send(e.to, e.from, e.id, accepted{msg.ballot})
		case core.Final:
			m.send(e.to, e.from, e.id, commit{i.Value()})
		}
	case accepted:
		if prop := p.proposals[e.id]; prop != nil && msg.ballot == 0 {
			m.ownerDoes(p, i, prop, prop.Accepted(e.from))
		}
		if r := p.recoveries[e.id]; r != nil && msg.ballot == r.Ballot {
			m.recovererDoes(p, i, r, r.Accepted(e.from))
		}
	case commit:
		m.learn(p, i, msg.value)
	case recovery:
		if p.table.Promise(i, msg.ballot) != core.Refused {
			m.send(e.to, e.from, e.id, recovered{msg.ballot, i.State()})
		}
	case recovered:
		if r := p.recoveries[e.id]; r != nil && msg.ballot == r.Ballot {
			m.recovererDoes(p, i, r, r.Promised(e.from, msg.state))
		}
	case validate:
		if found, verdict := p.table.Validate(i, msg.ballot, msg.value.Commands, msg.value.Deps); verdict == core.Stored || verdict == core.Known {
			m.send(e.to, e.from, e.id, validated{msg.ballot, found})
		}
	case validated:
		if r := p.recoveries[e.id]; r != nil && msg.ballot == r.Ballot {
			m.recovererDoes(p, i, r, r.Validated(e.from, msg.found))
		}
	case waiting:
		i.Waited = max(i.Waited, msg.same)
	}
	m.resolve(p)
}

func (m *model) resolve(p *member) {
	for _, id := range m.ids {
		if r := p.recoveries[id]; r != nil && p.table.Get(id) != nil {
			m.recovererDoes(p, p.table.Open(id), r, r.Resolve(p.table.Get))
		}
	}
}

func (m *model) ownerDoes(p *member, i *core.Instance, prop *decide.Proposal, step decide.Step) {
	switch {
	case i.Promised > 0 && !prop.Slow || i.Phase == core.Committed:
		delete(p.proposals, i.ID)
	case step == decide.DoWait && m.rng.IntN(3) == 0:
		m.ownerDoes(p, i, prop, prop.GoSlow())
	case step == decide.DoAccept:
		m.sendAll(p.index, i.ID, accept{0, prop.Value})
	case step == decide.DoCommit:
		delete(p.proposals, i.ID)
		m.learn(p, i, prop.Value)
		m.sendAll(p.index, i.ID, commit{prop.Value})
	}
}

func (m *model) recovererDoes(p *member, i *core.Instance, r *decide.Recovery, step decide.Step) {
	switch step {
	case decide.DoValidate:
		for to := range m.quorums.Size {
			if r.Missing().Has(to) {
				m.send(p.index, to, i.ID, validate{r.Ballot, r.Value})
			}
		}
	case decide.DoWait:
		m.sendAll(p.index, i.ID, waiting{r.Same()})
	case decide.DoAccept:
		m.sendAll(p.index, i.ID, accept{r.Ballot, r.Value})
	case decide.DoCommit:
		delete(p.recoveries, i.ID)
		m.learn(p, i, r.Value)
		m.sendAll(p.index, i.ID, commit{r.Value})
	}
}

// learn commits, and checks what is promised: Agreement and Visibility.
func (m *model) learn(p *member, i *core.Instance, v core.Value) {
	if old, ok := m.values[i.ID]; ok && !old.Equal(v) {
		m.fail("Agreement: %v is committed as %v and as %v", i.ID, old, v)
	}
	if p.table.Commit(i, v) {
		p.table.Order(i)
	}
	if _, ok := m.values[i.ID]; ok {
		return
	}
	m.values[i.ID] = v
	for _, id := range m.ids {
		w, ok := m.values[id]
		if ok && id != i.ID && !v.Nop() && !w.Nop() && interfere(v.Commands[0], w.Commands[0]) && !v.Deps.Covers(id) && !w.Deps.Covers(i.ID) {
			m.fail("Visibility: %v is committed as %v, and %v as %v", i.ID, v, id, w)
		}
	}
}

func interfere(a, b quorate.Command) bool {
	return a.Key == b.Key && (a.Op != quorate.OpGet || b.Op != quorate.OpGet)
}

func (m *model) fail(format string, args ...any) {
	m.t.Helper()
	for _, line := range m.log {
		m.t.Logf(line.format, line.args...)
	}
	m.t.Fatalf(format, args...)
}

func (m *model) note(format string, args ...any) {
	m.log = append(m.log, line{format, args})
}
