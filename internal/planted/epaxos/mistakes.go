package epaxos

import (
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted/epaxos/core"
	"github.com/quorate/quorate/internal/planted/epaxos/decide"
)

// mistakes is what planted bugs of more than a few lines keep. This file is
// written by hand, the others are copies of the protocol.
type mistakes struct {
	last map[quorate.Client]lastWrite // of outcomes-per-client
}

// lastWrite is the latest write of a client that was executed, whatever its key.
type lastWrite struct {
	seq    uint64
	result quorate.Result
}

// applyOfClient executes a write unless a later one of its client was executed.
func (r *Replica) applyOfClient(c *quorate.Command) quorate.Result {
	if !c.Op.IsWrite() {
		return r.app.Apply(*c)
	}
	if last, ok := r.last[c.Client]; ok && c.Seq <= last.seq {
		return last.result
	}
	if r.last == nil {
		r.last = map[quorate.Client]lastWrite{}
	}
	r.last[c.Client] = lastWrite{c.Seq, r.app.Apply(*c)}
	return r.last[c.Client].result
}

// anew makes a command look as if it had been issued for its instance. Nobody
// then remembers to have executed it in another one; what is executed again after
// a restart still changes nothing.
func anew(c quorate.Command, id core.ID) *quorate.Command {
	c.Issued += time.Duration(id.Number)<<3 + time.Duration(id.Row)
	return &c
}

// answerEarly answers the clients whose commands are in an instance that is
// committed, as if it were its turn to be executed.
func (r *Replica) answerEarly(i *core.Instance) {
	likely := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: r.app.Horizon()})
	for _, c := range i.Commands {
		if slices.Contains(r.app.Keys(), c.Key) && !slices.Contains(likely.Keys(), c.Key) {
			restore(likely, c.Key, r.app.Snapshot(nil, c.Key))
		}
		r.requests.Executed(c.ID(), likely.Apply(c), 0)
	}
}

// sendNowTo sends m to members at once.
func (r *Replica) sendNowTo(members quorate.Set, m any) {
	for ; members != 0; members = members.Remove(members.Lowest()) {
		r.env.SendNow(r.env.Cluster().ID(members.Lowest()), m)
	}
}

// proposeAgain begins anew what this replica had proposed before it restarted.
func (r *Replica) proposeAgain() {
	for number := r.table.Base().At(r.self); number < r.propose.next; number++ {
		i := r.table.Get(core.ID{Row: uint8(r.self), Number: number})
		if i == nil || i.Phase != core.PreAccepted || i.Promised > 0 {
			continue
		}
		deps := r.table.DepsAgain(i)
		p := decide.NewProposal(r.quorums, r.self, i.ID, core.Value{Commands: i.Commands, Deps: deps})
		p.Sent, p.Asked = r.env.Now(), r.env.Cluster().All()
		r.store(i)
		r.sendTo(p.Asked.Remove(r.self), PreAccept{i.ID, i.Commands, deps})
		r.env.Send(r.env.ID(), PreAcceptReply{ID: i.ID, OK: true, Deps: i.Deps})
		r.propose.Add(p, i)
	}
}

// asVote is what there was to tell of an instance before it was committed. Who
// learnt its value from a Commit has not voted for it.
func asVote(i *core.Instance) core.State {
	s := i.State()
	s.Phase = i.Before()
	if s.Phase == core.None {
		s.Value = core.Value{}
	}
	return s
}

// dropOutcomes leaves of each key's state what the state machine keeps, and
// nothing of what was executed to get there. A table with a short horizon
// forgets all outcomes as soon as it is trimmed.
func (r *Replica) dropOutcomes() {
	for _, key := range r.app.Keys() {
		bare := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: 1})
		restore(bare, key, r.app.Snapshot(nil, key))
		for _, c := range bare.Trims(math.MaxInt64, 1) {
			bare.Apply(c)
		}
		restore(r.app, key, bare.Snapshot(nil, key))
	}
}

func restore(app *quorate.Once, key string, state []byte) {
	if err := app.Restore(key, state); err != nil {
		panic("epaxos: a state that was just read cannot be restored: " + err.Error())
	}
}
