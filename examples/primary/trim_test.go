package primary_test

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/journal"
)

// group is a cluster of bare nodes: this test is their runtime.
type group struct {
	t        *testing.T
	cluster  *quorate.Cluster
	now      time.Duration
	members  []*member
	inFlight []quorate.Envelope
	replies  int
}

type member struct {
	node    *quorate.Node
	app     *quorate.Once
	replica quorate.Replica
	journal *journal.Memory
}

func newGroup(t *testing.T) *group {
	t.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	g := &group{t: t, cluster: cluster}
	for i := range cluster.IDs() {
		g.members = append(g.members, &member{journal: journal.NewMemory()})
		g.start(i)
	}
	return g
}

// start starts a member from its journal; what it had in memory is gone.
func (g *group) start(i int) {
	g.t.Helper()
	m, err := g.members[i], error(nil)
	if m.node, err = quorate.NewNode(quorate.NodeConfig{ID: g.cluster.ID(i), Cluster: g.cluster}); err != nil {
		g.t.Fatal(err)
	}
	m.app = newApp()
	if m.replica, err = primary.New(m.node, m.app); err != nil {
		g.t.Fatal(err)
	}
	if err := m.node.Start(g.now, m.journal.Records()); err != nil {
		g.t.Fatal(err)
	}
}

// round ends a round of one node: timers, what may leave, the disk, the rest.
func (g *group) round(m *member) {
	g.t.Helper()
	m.node.Tick(g.now)
	for batch := m.node.Flush(g.send); !batch.Empty(); batch = m.node.Flush(g.send) {
		if err := m.journal.Commit(batch.Records); err != nil {
			g.t.Fatal(err)
		}
		m.node.Synced(batch, g.send)
	}
}

func (g *group) send(e quorate.Envelope) {
	switch {
	case e.To.IsRoute():
		g.replies++
	case e.To == quorate.Others:
		for _, id := range g.cluster.IDs() {
			if id != e.From {
				g.inFlight = append(g.inFlight, quorate.Envelope{From: e.From, To: id, Msg: e.Msg})
			}
		}
	default:
		g.inFlight = append(g.inFlight, e)
	}
}

// run delivers messages until there are none, then lets time pass.
func (g *group) run(d time.Duration) {
	g.t.Helper()
	for end := g.now + d; g.now < end; g.now += 10 * time.Millisecond {
		for _, m := range g.members {
			g.round(m)
		}
		for len(g.inFlight) > 0 {
			e := g.inFlight[0]
			g.inFlight = g.inFlight[1:]
			m := g.members[g.cluster.Index(e.To)]
			if err := m.node.Receive(g.now, e.From, e.Msg); err != nil {
				g.t.Fatal(err)
			}
			g.round(m)
		}
	}
}

// A log that every member has is trimmed, and a member that restarts afterwards
// has the same state as the others.
func TestTrimAndRestart(t *testing.T) {
	const writes, keys, together = 40_000, 7, 500
	g := newGroup(t)
	for seq := 1; seq <= writes; seq++ {
		put := quorate.Command{Client: 1, Seq: uint64(seq), Issued: g.now, Op: quorate.OpPut, Key: strconv.Itoa(seq % keys)}
		if err := g.members[0].node.Receive(g.now, quorate.Route(1), quorate.Request{Command: put, Timeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		if seq%together == 0 {
			g.run(10 * time.Millisecond)
		}
	}
	g.run(time.Second)
	if g.replies != writes {
		t.Errorf("%d replies to %d writes", g.replies, writes)
	}
	want := g.contents(0)
	for i, m := range g.members {
		records := 0
		for range m.journal.Records() {
			records++
		}
		if r := m.replica.Report(); r.Retained >= writes/2 || records > r.Retained+keys+1 {
			t.Errorf("member %d keeps %d slots and %d records of %d", i, r.Retained, records, writes)
		}
		g.start(i)
		g.run(time.Second)
		if r := m.replica.Report(); r.Executed != writes {
			t.Errorf("member %d after its restart: %+v, want %d executed", i, r, writes)
		}
		if got := g.contents(i); got != want {
			t.Errorf("member %d has other contents after its restart:\n%s\nwant\n%s", i, got, want)
		}
	}
}

// contents renders a member's state, outcome tables included.
func (g *group) contents(i int) string {
	var b bytes.Buffer
	for _, key := range g.members[i].app.Keys() {
		fmt.Fprintf(&b, "%s %x\n", key, g.members[i].app.Snapshot(nil, key))
	}
	return b.String()
}
