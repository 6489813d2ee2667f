package server_test

import (
	"context"
	"errors"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// counted is a journal that counts how often it is closed.
type counted struct {
	quorate.Journal
	closed int
}

func (c *counted) Close() error {
	c.closed++
	return c.Journal.Close()
}

func nodeConfig(t *testing.T, j quorate.Journal) server.NodeConfig {
	hub := transport.NewHub(transport.HubConfig{})
	t.Cleanup(func() { hub.Close() })
	c := grid(t, 1, 1)
	return server.NodeConfig{ID: c.ID(0), Cluster: c, New: newSingle, Journal: j, Join: hub.Join}
}

// Rule: the node closes its journal, however it ends.
func TestJournalIsClosed(t *testing.T) {
	refuse := errors.New("refused")
	cases := []struct {
		name   string
		change func(cfg *server.NodeConfig)
		end    func(n *server.Node)
	}{
		{"in order", nil, func(n *server.Node) { n.Close() }},
		{"killed", nil, (*server.Node).Kill},
		{"killed and closed", nil, func(n *server.Node) {
			n.Kill()
			n.Close()
		}},
		{"no constructor", func(cfg *server.NodeConfig) { cfg.New = nil }, nil},
		{"no network", func(cfg *server.NodeConfig) { cfg.Join = nil }, nil},
		{"not a member", func(cfg *server.NodeConfig) { cfg.ID++ }, nil},
		{"constructor refuses", func(cfg *server.NodeConfig) {
			cfg.New = func(*quorate.Node, *quorate.Once) (quorate.Replica, error) { return nil, refuse }
		}, nil},
		{"network refuses", func(cfg *server.NodeConfig) {
			cfg.Join = func(*quorate.Node) (transport.Link, error) { return nil, refuse }
		}, nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			j := &counted{Journal: journal.NewMemory()}
			cfg := nodeConfig(t, j)
			if tc.change != nil {
				tc.change(&cfg)
			}
			n, err := server.StartNode(cfg)
			if (err == nil) != (tc.end != nil) {
				t.Fatalf("start: %v", err)
			}
			if n != nil {
				tc.end(n)
				select {
				case <-n.Done():
				default:
					t.Error("the node has not ended")
				}
				if err := n.Err(); err != nil {
					t.Errorf("a node that did not fail says %v", err)
				}
			}
			if j.closed != 1 {
				t.Errorf("the journal was closed %d times", j.closed)
			}
		})
	}
}

func TestJournalIsRequired(t *testing.T) {
	if _, err := server.StartNode(nodeConfig(t, nil)); err == nil {
		t.Error("a node without a journal was started")
	}
}

func TestInspect(t *testing.T) {
	cfg := nodeConfig(t, journal.NewMemory())
	cfg.Machine = func() quorate.StateMachine { return quorate.NewKV(quorate.KVConfig{}) }
	n, err := server.StartNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	var keys []string
	err = n.Inspect(t.Context(), func(r quorate.Replica, app *quorate.Once) {
		app.Apply(quorate.Command{Client: 1, Seq: 1, Op: quorate.OpPut, Key: "k"})
		keys = app.Keys()
	})
	if err != nil || len(keys) != 1 {
		t.Errorf("keys %v, %v", keys, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	n.Kill()
	if err := n.Inspect(t.Context(), nil); !errors.Is(err, server.ErrStopped) {
		t.Errorf("inspecting a killed node: %v", err)
	}
	if err := n.Inspect(ended, nil); err == nil {
		t.Error("inspecting a killed node succeeded")
	}
}

// Rule: clients that are closed leave nothing behind.
func TestClientsComeAndGo(t *testing.T) {
	l := startLocal(t, server.LocalConfig{})
	for range 10 {
		c := attach(t, l, client.Config{})
		put(t, c, "k", "v")
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.Clients(); n != 0 {
		t.Errorf("%d clients are remembered", n)
	}
}
