package trex_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex"
	wire "github.com/quorate/quorate/trex/core"
)

// lone is one replica among peers that exist only as messages. Its disk is fast.
type lone struct {
	t       *testing.T
	cluster *quorate.Cluster
	cfg     trex.Config
	now     time.Duration
	disk    *journal.Memory
	node    *quorate.Node
	replica *trex.Replica
	sent    []quorate.Envelope
	written []quorate.RecordOp // by the last step
}

func newLone(t *testing.T, n int, cfg trex.Config) *lone {
	cluster, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	l := &lone{t: t, cluster: cluster, cfg: cfg, now: time.Hour, disk: journal.NewMemory()}
	l.start()
	return l
}

// start begins a life with what is on disk.
func (l *lone) start() {
	l.t.Helper()
	n, err := quorate.NewNode(quorate.NodeConfig{ID: l.cluster.ID(0), Cluster: l.cluster, Seed: 1})
	l.check(err)
	l.replica, err = trex.New(n, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{}), l.cfg)
	l.check(err)
	l.node = n
	l.check(n.Start(l.now, l.disk.Records()))
	l.run(0)
}

func (l *lone) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lone) peer(i int) quorate.ID { return l.cluster.ID(i) }

// receive delivers m and returns what the replica sent.
func (l *lone) receive(from quorate.ID, m any) []any {
	l.t.Helper()
	l.check(l.node.Receive(l.now, from, m))
	return l.run(0)
}

// run moves the clock by d and returns what was sent.
func (l *lone) run(d time.Duration) []any {
	l.t.Helper()
	l.sent, l.written = nil, nil
	send := func(e quorate.Envelope) { l.sent = append(l.sent, e) }
	for end := l.now + d; ; l.now = min(end, l.now+time.Millisecond) {
		l.node.Tick(l.now)
		for b := l.node.Flush(send); !b.Empty(); b = l.node.Flush(send) {
			for _, op := range b.Records {
				op.Data = append([]byte(nil), op.Data...)
				l.written = append(l.written, op)
			}
			l.check(l.disk.Commit(b.Records))
			l.node.Synced(b, send)
		}
		if l.now == end {
			break
		}
	}
	var msgs []any
	for _, e := range l.sent {
		msgs = append(msgs, e.Msg)
	}
	return msgs
}

func all[M any](msgs []any) []M {
	var found []M
	for _, m := range msgs {
		if x, ok := m.(M); ok {
			found = append(found, x)
		}
	}
	return found
}

func only[M any](t *testing.T, msgs []any) M {
	t.Helper()
	found := all[M](msgs)
	if len(found) != 1 {
		t.Fatalf("want one %v in %+v", reflect.TypeFor[M](), msgs)
	}
	return found[0]
}

func write(seq uint64, v string) []quorate.Command {
	return []quorate.Command{{Client: 3, Seq: seq, Issued: time.Hour, Op: quorate.OpPut, Key: "k", Value: []byte(v)}}
}

// put is a client's request.
func (l *lone) put(seq uint64, value string, timeout time.Duration) []any {
	l.t.Helper()
	c := write(seq, value)[0]
	c.Issued = l.now
	return l.receive(quorate.Route(1), quorate.Request{Command: c, Timeout: timeout})
}

// elect makes the replica leader; the peers report nothing.
func (l *lone) elect() quorate.Ballot {
	l.t.Helper()
	probe := wire.Prepare{}
	for range 2000 {
		if p := all[wire.Prepare](l.run(time.Millisecond)); len(p) > 0 {
			probe = p[0]
			break
		}
	}
	ask := only[wire.Prepare](l.t, l.receive(l.peer(1), wire.PrepareReply{Slot: probe.Slot, Reason: wire.ReasonProbe}))
	l.promise(ask, core.Entry{}, ask.Slot)
	if l.replica.Report().Role != "leader" {
		l.t.Fatalf("not elected: %+v", l.replica.Report())
	}
	return ask.Ballot
}

// promise is what the first peer answers to a Prepare.
func (l *lone) promise(m wire.Prepare, accepted core.Entry, end quorate.Slot) []any {
	l.t.Helper()
	return l.receive(l.peer(1), wire.PrepareReply{Ballot: m.Ballot, Slot: m.Slot, OK: true, Progress: wire.Progress{Promised: m.Ballot}, Accepted: accepted, End: end})
}

// vote is what the first peer answers to an Accept.
func (l *lone) vote(b quorate.Ballot, s quorate.Slot) []any {
	l.t.Helper()
	return l.receive(l.peer(1), wire.AcceptReply{Ballot: b, Slot: s, OK: true, Progress: wire.Progress{Promised: b}})
}

// commit makes a leader have n commands chosen, and those before.
func (l *lone) commit(b quorate.Ballot, n int) {
	l.t.Helper()
	for range n {
		seq := uint64(l.replica.Report().Known) + 1
		l.put(seq, "v", time.Second)
		for s := l.replica.Report().Committed; s < l.replica.Report().Known; s++ {
			l.vote(b, s)
		}
	}
}

// beat lets d pass with a follower that answers.
func (l *lone) beat(d time.Duration) {
	l.t.Helper()
	for range d / (10 * time.Millisecond) {
		for _, c := range all[wire.LeaderCheck](l.run(10 * time.Millisecond)) {
			l.receive(l.peer(1), wire.LeaderCheckReply{Ballot: c.Ballot, Round: c.Round, OK: true, Progress: wire.Progress{Promised: c.Ballot}})
		}
	}
}
