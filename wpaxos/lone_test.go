package wpaxos_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/near"
)

// lone is node 1.1 of 3x3 by itself: what it is told, what it sends, and when.
type lone struct {
	t       *testing.T
	node    *quorate.Node
	app     *quorate.Once
	replica *wpaxos.Replica
	cfg     wpaxos.Config
	now     time.Duration
	disk    map[string]quorate.RecordOp
	held    *quorate.Batch
	sent    []quorate.Envelope
}

func newLone(t *testing.T, cfg wpaxos.Config) *lone {
	t.Helper()
	l := &lone{t: t, cfg: cfg, now: time.Hour, disk: map[string]quorate.RecordOp{}}
	l.start()
	return l
}

// start begins anew with what is on the disk.
func (l *lone) start() {
	l.t.Helper()
	cluster, err := quorate.Grid(3, 3)
	if err != nil {
		l.t.Fatal(err)
	}
	if l.node, err = quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster}); err != nil {
		l.t.Fatal(err)
	}
	l.app = quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	if l.replica, err = wpaxos.New(l.node, l.app, l.cfg); err != nil {
		l.t.Fatal(err)
	}
	if err := l.node.Start(l.now, l.records()); err != nil {
		l.t.Fatal(err)
	}
	l.held, l.sent = nil, nil
	l.flush()
}

func (l *lone) records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(l.disk)) {
			if !yield(l.disk[key], nil) {
				return
			}
		}
	}
}

// flush sends what may leave without a sync.
func (l *lone) flush() {
	if b := l.node.Flush(func(e quorate.Envelope) { l.sent = append(l.sent, e) }); !b.Empty() {
		l.held = &b
	}
}

// sync completes the batch at the disk, and those that follow from it.
func (l *lone) sync() {
	for l.held != nil {
		b := *l.held
		l.held = nil
		for _, op := range b.Records {
			if !op.Forget {
				op.Data = slices.Clone(op.Data)
				l.disk[fmt.Sprint(op.Type, op.Key)] = op
				continue
			}
			for name, old := range l.disk {
				if old.Type == op.Type && old.Key.Scope == op.Key.Scope && old.Key.Number >= op.Key.Number && old.Key.Number < op.To {
					delete(l.disk, name)
				}
			}
		}
		l.node.Synced(b, func(e quorate.Envelope) { l.sent = append(l.sent, e) })
		l.node.Tick(l.now)
		l.flush()
	}
}

// run lets time pass in small steps, with a quick disk.
func (l *lone) run(d time.Duration) {
	for end := l.now + d; l.now < end; l.now = min(end, l.now+5*time.Millisecond) {
		l.node.Tick(l.now)
		l.flush()
		l.sync()
	}
}

// hear delivers a message to the network's edge: what need not wait for the disk has
// left afterwards.
func (l *lone) hear(from quorate.ID, m any) {
	l.t.Helper()
	if err := l.node.Receive(l.now, from, m); err != nil {
		l.t.Fatal(err)
	}
	l.node.Tick(l.now)
	l.flush()
}

// told is hear, and what was sent when all is on disk.
func (l *lone) told(from quorate.ID, m any) string {
	l.t.Helper()
	l.hear(from, m)
	l.sync()
	return l.take()
}

// take returns what was sent since it was called last, but for signs of life
// and what follows from them.
func (l *lone) take() string {
	var lines []string
	for _, e := range l.sent {
		switch e.Msg.(type) {
		case fetch.Beat, fetch.Census, near.Ping, near.Pong:
		default:
			to := e.To.String()
			if e.To.IsRoute() {
				to = "client"
			}
			for _, m := range unpacked(e.Msg) {
				lines = append(lines, fmt.Sprintf("%s %s", to, brief(m)))
			}
		}
	}
	l.sent = nil
	return strings.Join(lines, ", ")
}

// unpacked returns what is in a parcel, or what is none.
func unpacked(m any) (out []any) {
	p, ok := m.(wpaxos.Parcel)
	if !ok {
		return []any{m}
	}
	for _, m := range p.P2a {
		out = append(out, m)
	}
	for _, m := range p.P2b {
		out = append(out, m)
	}
	for _, m := range p.P3 {
		out = append(out, m)
	}
	return out
}

// brief renders what matters of a message.
func brief(m any) string {
	switch m := m.(type) {
	case wpaxos.P1a:
		return fmt.Sprintf("P1a %v from %v", m.Ballot, m.From)
	case wpaxos.P1b:
		if !m.OK {
			return fmt.Sprintf("P1b no %v", m.Promised)
		}
		text := fmt.Sprintf("P1b yes %v", m.Ballot)
		if m.Upto > 0 {
			text += fmt.Sprintf(" state %v", m.Upto)
		}
		for _, e := range m.Promise.Entries {
			text += fmt.Sprintf(" %v", e.Slot)
			if e.Chosen {
				text += "!"
			}
		}
		return text
	case wpaxos.P2a:
		return fmt.Sprintf("P2a %v slot %v", m.Ballot, m.Slot)
	case wpaxos.P2b:
		if !m.OK {
			return fmt.Sprintf("P2b no %v", m.Promised)
		}
		return fmt.Sprintf("P2b yes %v slot %v", m.Ballot, m.Slot)
	case wpaxos.P3:
		return fmt.Sprintf("P3 %v+%d", m.Commit, len(m.Entries))
	case quorate.Request:
		return fmt.Sprintf("Request %d", m.Command.Seq)
	case quorate.Reply:
		return fmt.Sprintf("Reply %v", m.Status)
	case fetch.CatchupRequest:
		return fmt.Sprintf("CatchupRequest %v", m.From)
	}
	name := fmt.Sprintf("%T", m)
	return name[strings.Index(name, ".")+1:]
}

func id(zone, node int) quorate.ID { return quorate.ID(zone<<16 | node) }

func ballot(counter uint32, zone, node int) quorate.Ballot {
	return quorate.NewBallot(counter, id(zone, node))
}

func command(seq uint64) quorate.Command {
	return quorate.Command{Client: 7, Seq: seq, Issued: time.Hour, Op: quorate.OpPut, Key: "k", Value: fmt.Append(nil, seq)}
}

func commands(seq uint64) []quorate.Command { return []quorate.Command{command(seq)} }

func accept(b quorate.Ballot, s quorate.Slot, commit quorate.Slot) wpaxos.P2a {
	return wpaxos.P2a{Key: "k", Ballot: b, Slot: s, Commands: commands(uint64(s) + 1), Commit: commit}
}

func request(seq uint64) quorate.Request {
	return quorate.Request{Command: command(seq), Timeout: time.Minute}
}

// promised has all members promise a ballot and report nothing, and returns what is
// sent.
func (l *lone) promised(b quorate.Ballot) string {
	l.t.Helper()
	var sent []string
	for zone := 1; zone <= 3; zone++ {
		for node := 1; node <= 3; node++ {
			if zone+node > 2 {
				if got := l.told(id(zone, node), wpaxos.P1b{Key: "k", Ballot: b, OK: true, Promised: b}); got != "" {
					sent = append(sent, got)
				}
			}
		}
	}
	return strings.Join(sent, "; ")
}

// own makes 1.1 the owner of k under 1@1.1, with nothing in its log.
func (l *lone) own() {
	l.t.Helper()
	l.told(quorate.Route(1), request(1))
	l.promised(ballot(1, 1, 1))
	l.told(id(1, 2), wpaxos.P2b{Key: "k", Ballot: ballot(1, 1, 1), Slot: 0, OK: true, Promised: ballot(1, 1, 1)})
	l.take()
}
