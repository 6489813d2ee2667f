package server_test

import (
	"time"

	"github.com/quorate/quorate"
)

// The toy protocol of these tests is a primary copy without fault tolerance:
// the lowest member orders all commands and executes what every member has on
// disk. While a member is away, nothing is executed.

type copyOrder struct {
	Number  uint64
	Command quorate.Command
}

type copied struct{ Number uint64 }

type copyRecord struct {
	Number  uint64
	Command quorate.Command
}

func (r copyRecord) RecordKey() quorate.RecordKey { return quorate.RecordKey{Number: r.Number} }

type toy struct {
	env      quorate.Env
	app      *quorate.Once
	log      map[uint64]quorate.Command
	acks     map[uint64]quorate.Set
	clients  map[quorate.CommandID]quorate.ID
	next     uint64
	executed uint64
	again    *quorate.Timer
}

func newToy(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	t := &toy{
		env: n, app: app, log: map[uint64]quorate.Command{}, acks: map[uint64]quorate.Set{},
		clients: map[quorate.CommandID]quorate.ID{}, next: 1,
	}
	t.again = n.NewTimer("again", t.retransmit)
	quorate.Register(n, t.onRequest)
	quorate.Register(n, t.onOrder)
	quorate.Register(n, t.onCopied)
	quorate.Recover(n, func(r copyRecord) {
		t.log[r.Number] = r.Command
		t.next = max(t.next, r.Number+1)
	})
	n.OnStart(t.retransmit)
	return t, nil
}

func (t *toy) primary() quorate.ID { return t.env.Cluster().ID(0) }

func (t *toy) Report() quorate.Report {
	role := "copy"
	if t.env.ID() == t.primary() {
		role = "primary"
	}
	return quorate.Report{Role: role, Leader: t.primary(), Executed: quorate.Slot(t.executed), Retained: len(t.log)}
}

func (t *toy) onRequest(from quorate.ID, r quorate.Request) {
	if t.env.ID() != t.primary() {
		t.env.SendNow(from, quorate.Reply{
			Client: r.Command.Client, Seq: r.Command.Seq, Attempt: r.Attempt,
			Status: quorate.NotExecuted, Reason: quorate.ReasonNotLeader, Leader: t.primary(),
		})
		return
	}
	_, again := t.clients[r.Command.ID()]
	t.clients[r.Command.ID()] = from
	if again {
		return
	}
	t.env.Broadcast(copyOrder{t.next, r.Command})
	t.next++
	t.arm()
}

func (t *toy) onOrder(from quorate.ID, o copyOrder) {
	t.log[o.Number] = o.Command
	t.env.Persist(copyRecord(o))
	t.env.Send(from, copied{o.Number})
}

func (t *toy) onCopied(from quorate.ID, c copied) {
	t.acks[c.Number] = t.acks[c.Number].Add(t.env.Cluster().Index(from))
	for t.acks[t.executed+1] == t.env.Cluster().All() {
		t.executed++
		t.execute(t.log[t.executed])
	}
}

func (t *toy) execute(c quorate.Command) {
	res := t.app.Apply(c)
	if from, ok := t.clients[c.ID()]; ok {
		t.env.Send(from, quorate.Reply{
			Client: c.Client, Seq: c.Seq, Status: quorate.Done,
			OK: res.OK, Version: res.Version, Value: res.Value, Leader: t.primary(),
		})
		delete(t.clients, c.ID())
	}
}

// retransmit sends the orders that are not acknowledged by all; after a start
// that is all of them.
func (t *toy) retransmit() {
	if t.env.ID() != t.primary() {
		return
	}
	for n := t.executed + 1; n < t.next; n++ {
		if c, ok := t.log[n]; ok {
			t.env.Broadcast(copyOrder{n, c})
		}
	}
	t.arm()
}

func (t *toy) arm() {
	if t.executed+1 < t.next {
		t.again.Reset(20 * time.Millisecond)
	}
}

// single is a protocol of one member: it persists a command, and answers.
type single struct {
	app  *quorate.Once
	next uint64
}

func newSingle(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	s := &single{app: app}
	quorate.Recover(n, func(r copyRecord) {
		s.next = r.Number
		app.Apply(r.Command)
	})
	quorate.Register(n, func(from quorate.ID, r quorate.Request) {
		s.next++
		n.Persist(copyRecord{s.next, r.Command})
		res := app.Apply(r.Command)
		n.Send(from, quorate.Reply{
			Client: r.Command.Client, Seq: r.Command.Seq, Status: quorate.Done, OK: res.OK, Version: res.Version, Value: res.Value,
		})
	})
	return s, nil
}

func (s *single) Report() quorate.Report { return quorate.Report{Executed: quorate.Slot(s.next)} }
