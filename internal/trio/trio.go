// Package trio is for benchmarks of protocols: three replicas that exchange messages
// directly. What they cost is the protocol itself, records encoded, without network,
// codec and disk.
package trio

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// Trio is three replicas, and what they did until now.
type Trio struct {
	Nodes    [3]*quorate.Node
	Apps     [3]*quorate.Once
	Replicas [3]quorate.Replica
	Now      time.Duration
	Replies  int
	Messages int
	Bytes    int        // of records
	Cut      quorate.ID // nothing reaches or leaves this one

	inbox []quorate.Envelope
}

// New starts three replicas with nothing on their disks.
func New(t testing.TB, build quorate.Constructor) *Trio {
	t.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	tr := &Trio{Now: time.Hour}
	for i, id := range cluster.IDs() {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: 10 * time.Millisecond})
		if tr.Replicas[i], err = build(n, app); err != nil {
			t.Fatal(err)
		}
		if err := n.Start(tr.Now, nil); err != nil {
			t.Fatal(err)
		}
		tr.Nodes[i], tr.Apps[i] = n, app
	}
	tr.Run()
	return tr
}

// Leader waits until one of them leads, and returns which.
func (tr *Trio) Leader() int {
	for {
		for i, r := range tr.Replicas {
			if r.Report().Role == "leader" {
				return i
			}
		}
		tr.Now += time.Millisecond
		tr.Run()
	}
}

// Run goes on until nobody has anything to do.
func (tr *Trio) Run() {
	for busy := true; busy; {
		busy = len(tr.inbox) > 0
		inbox := tr.inbox
		tr.inbox = nil
		tr.Messages += len(inbox)
		for i := range inbox {
			tr.deliver(&inbox[i])
		}
		for _, n := range tr.Nodes {
			n.Tick(tr.Now)
			for b := n.Flush(tr.send); !b.Empty(); b = n.Flush(tr.send) {
				busy = true
				for i := range b.Records {
					tr.Bytes += len(b.Records[i].Data)
				}
				n.Synced(b, tr.send)
			}
		}
	}
}

// Wait lets time pass until so many replies have come, or a second; it ends a benchmark
// of that many requests.
func (tr *Trio) Wait(t testing.TB, replies int) {
	t.Helper()
	for end := tr.Now + time.Second; tr.Now < end && tr.Replies < replies; tr.Now += time.Millisecond {
		tr.Run()
	}
	if tr.Replies < replies {
		t.Fatalf("%d replies to %d requests", tr.Replies, replies)
	}
}

func (tr *Trio) deliver(e *quorate.Envelope) {
	if e.From == tr.Cut || e.To == tr.Cut {
		return
	}
	for _, n := range tr.Nodes {
		if n.ID() == e.To {
			_ = n.Receive(tr.Now, e.From, e.Msg) // what it refuses is as good as lost
		}
	}
}

func (tr *Trio) send(e quorate.Envelope) {
	switch {
	case e.To == quorate.Others:
		for _, n := range tr.Nodes {
			if n.ID() != e.From {
				tr.inbox = append(tr.inbox, quorate.Envelope{From: e.From, To: n.ID(), Msg: e.Msg})
			}
		}
	case e.To.IsRoute():
		tr.Replies++
	default:
		tr.inbox = append(tr.inbox, e)
	}
}
