package admin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/cputime"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/transport"
)

// BenchmarkInstrumented tells what metrics cost a cluster under load: CPU time
// per operation, with and without.
func BenchmarkInstrumented(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(fmt.Sprintf("metrics=%v", with), func(b *testing.B) { loaded(b, with) })
	}
}

func loaded(b *testing.B, with bool) {
	hub := transport.NewHub(transport.HubConfig{})
	defer hub.Close()
	c, err := quorate.Grid(1, 3)
	if err != nil {
		b.Fatal(err)
	}
	r := &rig{t: b, hub: hub, cluster: c}
	for _, id := range c.IDs() {
		m := &member{rig: r, id: id}
		h, err := admin.New(admin.Config{Target: m})
		if err != nil {
			b.Fatal(err)
		}
		cfg := server.NodeConfig{
			ID: id, Cluster: c, Journal: journal.NewMemory().Open(), Join: hub.Join,
			New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
				return paxos.New(n, app, paxos.Config{})
			},
		}
		if with {
			cfg = h.Instrument(cfg)
		}
		n, err := server.StartNode(cfg)
		if err != nil {
			b.Fatal(err)
		}
		defer n.Close()
	}
	var clients [4]*client.Client
	for i := range clients {
		clients[i] = r.client()
		if _, err := clients[i].Put(b.Context(), "k", nil); err != nil {
			b.Fatal(err)
		}
	}
	value := make([]byte, 100)
	b.SetParallelism(32)
	before, _ := cputime.Used()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		mine := clients[time.Now().Nanosecond()%len(clients)]
		for i := 0; pb.Next(); i++ {
			if _, err := mine.Put(b.Context(), fmt.Sprint(i%1000), value); err != nil {
				b.Error(err)
				return
			}
		}
	})
	after, _ := cputime.Used()
	b.ReportMetric(float64((after-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkScrape tells what a scrape costs.
func BenchmarkScrape(b *testing.B) {
	m := newRig(b, 3, nil).members[0]
	for b.Loop() {
		if w := m.ask("/metrics"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// BenchmarkEvents tells what metrics add to a slot of 64 commands: what the
// loop does for the events of a slot and for the commit of its record.
func BenchmarkEvents(b *testing.B) {
	c, err := quorate.Grid(1, 1)
	if err != nil {
		b.Fatal(err)
	}
	h, err := admin.New(admin.Config{Target: &member{rig: &rig{cluster: c}, id: c.ID(0)}})
	if err != nil {
		b.Fatal(err)
	}
	cfg := h.Instrument(server.NodeConfig{Journal: idle{}})
	commands := make([]quorate.Command, 64)
	for i := range commands {
		commands[i].Op = quorate.OpPut
	}
	chosen, executed := quorate.Event(quorate.Chosen{Commands: commands}), quorate.Event(quorate.Executed{Commands: commands})
	for b.Loop() {
		cfg.Observer(chosen)
		cfg.Observer(executed)
		if err := cfg.Journal.Commit(nil); err != nil {
			b.Fatal(err)
		}
	}
}

// idle is a journal that costs nothing.
type idle struct{ quorate.Journal }

func (idle) Commit([]quorate.RecordOp) error { return nil }
