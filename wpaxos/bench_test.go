package wpaxos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos"
)

// trio is three replicas that exchange messages directly: the cost of the
// protocol itself, records encoded, without network and codec.
type trio struct {
	nodes    [3]*quorate.Node
	inbox    []quorate.Envelope
	now      time.Duration
	replies  int
	messages int
	bytes    int // of records
	apps     [3]*quorate.Once
	cut      quorate.ID // nothing reaches or leaves this one
}

func newTrio(b testing.TB, cfg wpaxos.Config) *trio {
	b.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		b.Fatal(err)
	}
	tr := &trio{now: time.Hour}
	for i, id := range cluster.IDs() {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: 10 * time.Millisecond})
		if _, err = wpaxos.New(n, app, cfg); err != nil {
			b.Fatal(err)
		}
		if err := n.Start(tr.now, nil); err != nil {
			b.Fatal(err)
		}
		tr.nodes[i], tr.apps[i] = n, app
	}
	tr.run()
	return tr
}

func (tr *trio) send(e quorate.Envelope) {
	switch {
	case e.To == quorate.Others:
		for _, n := range tr.nodes {
			if n.ID() != e.From {
				tr.inbox = append(tr.inbox, quorate.Envelope{From: e.From, To: n.ID(), Msg: e.Msg})
			}
		}
	case e.To.IsRoute():
		tr.replies++
	default:
		tr.inbox = append(tr.inbox, e)
	}
}

// run goes on until nobody has anything to do.
func (tr *trio) run() {
	for busy := true; busy; {
		busy = len(tr.inbox) > 0
		inbox := tr.inbox
		tr.inbox = nil
		tr.messages += len(inbox)
		for _, e := range inbox {
			if e.From == tr.cut || e.To == tr.cut {
				continue
			}
			for _, n := range tr.nodes {
				if n.ID() == e.To {
					_ = n.Receive(tr.now, e.From, e.Msg)
				}
			}
		}
		for _, n := range tr.nodes {
			n.Tick(tr.now)
			for b := n.Flush(tr.send); !b.Empty(); b = n.Flush(tr.send) {
				busy = true
				for _, op := range b.Records {
					tr.bytes += len(op.Data)
				}
				n.Synced(b, tr.send)
			}
		}
	}
}

// BenchmarkCommit gives the time of one command on all three replicas together. All
// ask the same replica, which owns all keys; half of the commands read.
func BenchmarkCommit(b *testing.B) {
	for _, load := range []struct{ batch, keys int }{{1, 1000}, {64, 1000}, {64, 100_000}, {64, 1}} {
		b.Run(fmt.Sprintf("batch=%d/keys=%d", load.batch, load.keys), func(b *testing.B) {
			tr := newTrio(b, wpaxos.Config{})
			keys := make([]string, load.keys)
			for i := range keys {
				keys[i] = fmt.Sprint("key", i)
			}
			value := make([]byte, 100)
			seq := uint64(0)
			ask := func(key string, read bool) {
				seq++
				c := quorate.Command{Client: 1, Seq: seq, Issued: tr.now, Op: quorate.OpPut, Key: key, Value: value}
				if read {
					c.Op, c.Value = quorate.OpGet, nil
				}
				if err := tr.nodes[0].Receive(tr.now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Minute}); err != nil {
					b.Fatal(err)
				}
				if seq%uint64(load.batch) == 0 {
					tr.now += time.Duration(load.batch) * 5 * time.Microsecond
					tr.run()
				}
			}
			for _, key := range keys { // each is owned now
				ask(key, false)
			}
			tr.run()
			tr.messages, tr.bytes = 0, 0
			first := seq
			b.ReportAllocs()
			for b.Loop() {
				h := (seq + 1) * 0x9e3779b97f4a7c15
				ask(keys[h>>32%uint64(len(keys))], h>>63 == 1)
			}
			for end := tr.now + time.Second; tr.now < end && tr.replies < int(seq); tr.now += time.Millisecond {
				tr.run()
			}
			if tr.replies < int(seq) {
				b.Fatalf("%d replies to %d requests", tr.replies, seq)
			}
			b.ReportMetric(float64(tr.messages)/float64(seq-first), "messages/op")
			b.ReportMetric(float64(tr.bytes)/float64(seq-first), "bytes/op")
		})
	}
}

// A member that was cut off while many keys were written has them all within seconds
// of its return.
func TestReturnedMemberCatchesUp(t *testing.T) {
	const keys = 5000
	tr := newTrio(t, wpaxos.Config{})
	pass := func(d time.Duration) {
		for end := tr.now + d; tr.now < end; tr.now += 10 * time.Millisecond {
			tr.run()
		}
	}
	tr.cut = tr.nodes[2].ID()
	for i := range keys {
		c := quorate.Command{Client: 1, Seq: uint64(i) + 1, Issued: tr.now, Op: quorate.OpPut, Key: fmt.Sprint("key", i), Value: []byte("v")}
		if err := tr.nodes[0].Receive(tr.now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 {
			pass(10 * time.Millisecond)
		}
	}
	pass(15 * time.Second) // those that were told of lately are told again, without it
	tr.cut = 0
	pass(2 * time.Second)
	if all, got := len(tr.apps[0].Keys()), len(tr.apps[2].Keys()); all != keys || got != keys {
		t.Errorf("of %d keys that were written the others have %d, it has %d", keys, all, got)
	}
}
