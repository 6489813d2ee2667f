package model

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/cputime"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/wire"
)

// rig is a cluster on one thread, without a network: members take turns by hand.
type rig struct {
	codec  *wire.Codec // nil where messages travel as they are
	now    time.Duration
	places []*place
	seq    uint64
	err    error
}

// place is a member of a rig.
type place struct {
	rig     *rig
	node    *quorate.Node
	replica quorate.Replica
	journal quorate.Journal
	inbox   []letter
	work    Work // since it was cleared
	answers int
}

// letter is a message to a member.
type letter struct {
	from quorate.ID
	data []byte
	msg  any
}

// visitor is where the rig's client is.
const visitor = 1

func newRig(protocol string, members int, encoded bool) (*rig, error) {
	build, err := protocols.New(protocol, protocols.Options{})
	if err != nil {
		return nil, err
	}
	cluster, err := quorate.Grid(1, members)
	if err != nil {
		return nil, err
	}
	r := &rig{now: time.Hour}
	for i, id := range cluster.IDs() {
		p := &place{rig: r, journal: journal.NewMemory().Open()}
		p.node, err = quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster, Seed: uint64(i + 1), Observer: p.observe})
		if err != nil {
			return nil, err
		}
		app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
		if p.replica, err = build(p.node, app); err != nil {
			return nil, err
		}
		if encoded && r.codec == nil {
			if r.codec, err = wire.NewCodec(append(p.node.Messages(), reflect.TypeFor[quorate.Request](), reflect.TypeFor[quorate.Reply]())...); err != nil {
				return nil, err
			}
		}
		if err := p.node.Start(r.now, p.journal.Records()); err != nil {
			return nil, err
		}
		r.places = append(r.places, p)
	}
	return r, nil
}

func (p *place) observe(e quorate.Event) {
	if e, ok := e.(quorate.Executed); ok {
		p.work.Commands += float64(len(e.Commands))
	}
}

// post encodes a message, once for all who get it.
func (r *rig) post(from quorate.ID, m any) letter {
	if r.codec == nil {
		return letter{from: from, msg: m}
	}
	data, err := r.codec.Append(nil, m)
	if err != nil && r.err == nil {
		r.err = err
	}
	return letter{from: from, data: data}
}

// send takes a message off a member.
func (p *place) send(e quorate.Envelope) {
	r := p.rig
	l := r.post(e.From, e.Msg)
	copies := 1
	switch {
	case e.To.IsRoute():
		p.answers++
	case e.To == quorate.Others:
		copies = len(r.places) - 1
		if copies == 0 {
			return
		}
		for _, other := range r.places {
			if other != p {
				other.inbox = append(other.inbox, l)
			}
		}
	default:
		to := r.places[slices.IndexFunc(r.places, func(q *place) bool { return q.node.ID() == e.To })]
		to.inbox = append(to.inbox, l)
	}
	p.work.Out++
	p.work.Copies += float64(copies - 1)
	p.work.Bytes += float64(copies * len(l.data))
}

// turn is one of a member's loop.
func (p *place) turn() {
	r := p.rig
	for _, l := range p.inbox {
		m := l.msg
		if r.codec != nil {
			var err error
			if m, err = r.codec.Decode(l.data); err != nil && r.err == nil {
				r.err = err
			}
		}
		p.work.In++
		p.work.Bytes += float64(len(l.data))
		if err := p.node.Receive(r.now, l.from, m); err != nil && r.err == nil {
			r.err = err
		}
	}
	clear(p.inbox)
	p.inbox = p.inbox[:0]
	for range 64 {
		p.node.Tick(r.now)
		b := p.node.Flush(p.send)
		if !b.Empty() {
			p.work.Records += float64(len(b.Records))
			for _, op := range b.Records {
				p.work.Bytes += float64(len(op.Data))
			}
			if err := p.journal.Commit(b.Records); err != nil && r.err == nil {
				r.err = err
			}
			p.node.Synced(b, p.send)
			continue
		}
		if d, ok := p.node.Deadline(); !ok || d > r.now {
			return
		}
	}
}

// all lets all members take turns until nobody has anything to do.
func (r *rig) all(turn func(*place)) {
	for range 100 {
		idle := true
		for _, p := range r.places {
			if len(p.inbox) > 0 {
				idle = false
				turn(p)
			}
		}
		if idle {
			return
		}
	}
}

// leader lets time pass until a member can lead, and returns it: the first one, of
// protocols without a leader.
func (r *rig) leader() (*place, error) {
	for range 200 {
		r.now += 20 * time.Millisecond
		for _, p := range r.places {
			p.turn()
		}
		r.all((*place).turn)
		if lead := r.places[0].replica.Report().Leader; lead != 0 {
			for _, p := range r.places {
				if p.node.ID() == lead {
					return p, nil
				}
			}
		}
	}
	return r.places[0], r.err
}

// round lets a client ask for so many commands at once, and calls turn for the turns
// that follow.
func (r *rig) round(at *place, commands int, value []byte, turn func(*place)) {
	for range commands {
		r.seq++
		m := quorate.Request{Timeout: time.Hour, Attempt: 1, Command: quorate.Command{
			Client: 7, Seq: r.seq, Issued: r.now, Op: quorate.OpPut, Key: fmt.Sprint("key", r.seq%1000), Value: value,
		}}
		at.inbox = append(at.inbox, r.post(quorate.Route(visitor), m))
	}
	r.now += time.Millisecond
	r.all(turn)
}

// bareTime is how much of a processor's time a row is measured for, at least.
const bareTime = 15 * time.Millisecond

// bareRows measures members on one thread.
func bareRows(ctx context.Context, protocol, transport string) ([]Row, error) {
	if _, ok := cputime.Thread(); !ok {
		return nil, errors.New("fit: the processor time of a thread cannot be measured on this system")
	}
	var rows []Row
	for _, members := range []int{1, 3, 5} {
		for _, batch := range []int{1, 8, 64} {
			for _, size := range []int{16, 100, 1000} {
				if ctx.Err() != nil {
					return nil, fmt.Errorf("fit: %w", ctx.Err())
				}
				more, err := bareRow(protocol, transport, members, batch, size)
				if err != nil {
					return nil, fmt.Errorf("fit: %s of %d members: %w", protocol, members, err)
				}
				rows = append(rows, more...)
			}
		}
	}
	return rows, nil
}

// bareRow measures the member that leads, and one that votes.
func bareRow(protocol, transport string, members, batch, size int) ([]Row, error) {
	runtime.LockOSThread() // whose time it is that counts
	defer runtime.UnlockOSThread()
	r, err := newRig(protocol, members, transport != "chan")
	if err != nil {
		return nil, err
	}
	lead, err := r.leader()
	if err != nil {
		return nil, err
	}
	value := make([]byte, size)
	took := map[*place]time.Duration{}
	timed := func(p *place) {
		from, _ := cputime.Thread()
		p.turn()
		upto, _ := cputime.Thread()
		took[p] += upto - from // reading the clock included, under a microsecond
	}
	r.round(lead, batch, value, (*place).turn) // the first round warms up
	for _, p := range r.places {
		p.work, p.answers = Work{}, 0
	}
	rounds := 0
	for ; took[lead] < bareTime && rounds < 20_000; rounds++ {
		r.round(lead, batch, value, timed)
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case lead.answers != rounds*batch:
		return nil, fmt.Errorf("%d answers to %d commands", lead.answers, rounds*batch)
	}
	var rows []Row
	for _, p := range r.places {
		if p != lead && len(rows) > 1 || p.work.In == 0 {
			continue
		}
		role := "votes"
		if p == lead {
			role = "leads"
		}
		n := 1 / float64(rounds)
		rows = append(rows, Row{
			Name: fmt.Sprintf("one of %d %s, %d commands of %d bytes", members, role, batch, size),
			Work: p.work.Times(n), Micros: took[p].Seconds() * 1e6 * n,
		})
	}
	return rows, nil
}
