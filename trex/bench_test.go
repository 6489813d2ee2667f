package trex_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex"
)

// trio is three replicas that exchange messages directly: the cost of the
// protocol itself, records encoded, without network and codec.
type trio struct {
	nodes   [3]*quorate.Node
	inbox   []quorate.Envelope
	now     time.Duration
	replies int
	leader  int
}

func newTrio(b *testing.B) *trio {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		b.Fatal(err)
	}
	tr := &trio{now: time.Hour}
	var replicas [3]*trex.Replica
	for i, id := range cluster.IDs() {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: 10 * time.Millisecond})
		if replicas[i], err = trex.New(n, app, trex.Config{}); err != nil {
			b.Fatal(err)
		}
		if err := n.Start(tr.now, nil); err != nil {
			b.Fatal(err)
		}
		tr.nodes[i] = n
	}
	for replicas[tr.leader].Report().Role != "leader" {
		tr.now += time.Millisecond
		tr.run()
		for i := range replicas {
			if replicas[i].Report().Role == "leader" {
				tr.leader = i
			}
		}
	}
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
		for _, e := range inbox {
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
				n.Synced(b, tr.send)
			}
		}
	}
}

// BenchmarkCommit gives the time of one command on all three replicas together.
func BenchmarkCommit(b *testing.B) {
	for _, batch := range []int{1, 64} {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			tr := newTrio(b)
			keys := make([]string, 1000)
			for i := range keys {
				keys[i] = fmt.Sprint("key", i)
			}
			value := make([]byte, 100)
			seq := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				if seq++; seq%64 == 0 {
					tr.now += 20 * time.Microsecond
				}
				c := quorate.Command{Client: 1, Seq: seq, Issued: tr.now, Op: quorate.OpPut, Key: keys[seq%1000], Value: value}
				_ = tr.nodes[tr.leader].Receive(tr.now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Second})
				if seq%uint64(batch) == 0 {
					tr.run()
				}
			}
			tr.run()
			if tr.replies < int(seq) {
				b.Fatalf("%d replies to %d requests", tr.replies, seq)
			}
		})
	}
}
