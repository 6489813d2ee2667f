package protocols_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
)

func TestEveryProtocolStarts(t *testing.T) {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range protocols.Names() {
		t.Run(name, func(t *testing.T) {
			build, err := protocols.New(name, protocols.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
			if err != nil {
				t.Fatal(err)
			}
			r, err := build(n, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{}))
			if err != nil {
				t.Fatal(err)
			}
			if err := n.Start(0, nil); err != nil {
				t.Fatal(err)
			}
			if r.Report().Role == "" {
				t.Error("a started replica has no role")
			}
		})
	}
}

func TestNamesAreInOrder(t *testing.T) {
	if names := protocols.Names(); !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("Names() = %v, want each once, in order", names)
	}
}

func TestForwards(t *testing.T) {
	for name, want := range map[string]bool{"epaxos": true, "paxos": true, "primary": true, "trex": false, "wpaxos": true} {
		if got := protocols.Forwards(name); got != want {
			t.Errorf("Forwards(%q) = %v", name, got)
		}
	}
}

// TestReads asks a member that is alone in every mode: it refuses those that are not
// offered, and none of the others as unsupported.
func TestReads(t *testing.T) {
	cluster, err := quorate.Grid(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range protocols.Names() {
		for _, mode := range quorate.ReadModes() {
			if got := unsupported(t, cluster, name, mode); got == slices.Contains(protocols.Reads(name), mode) {
				t.Errorf("%s: read mode %v is unsupported: %v", name, mode, got)
			}
		}
	}
}

// unsupported reports whether a member refuses a read as one that it does not offer.
func unsupported(t *testing.T, cluster *quorate.Cluster, name string, mode quorate.ReadMode) (found bool) {
	t.Helper()
	var opts protocols.Options
	if slices.Contains(protocols.Reads(name), quorate.ReadLease) {
		opts.Lease = time.Second
	}
	build, err := protocols.New(name, opts)
	if err != nil {
		t.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster, Init: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := build(n, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})); err != nil {
		t.Fatal(err)
	}
	if err := n.Start(time.Hour, nil); err != nil {
		t.Fatal(err)
	}
	read := quorate.Request{Command: quorate.Command{Client: 1, Seq: 1, Issued: time.Hour, Op: quorate.OpGet, Key: "k"}, Read: mode, Timeout: time.Second}
	if err := n.Receive(time.Hour, quorate.Route(1), read); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		send := func(e quorate.Envelope) {
			if m, ok := e.Msg.(quorate.Reply); ok && m.Reason == quorate.ReasonUnsupported {
				found = true
			}
		}
		n.Tick(time.Hour)
		for b := n.Flush(send); !b.Empty(); b = n.Flush(send) {
			n.Synced(b, send)
		}
	}
	return found
}

func TestUnknownProtocol(t *testing.T) {
	_, err := protocols.New("raft", protocols.Options{})
	if !errors.Is(err, protocols.ErrUnknown) || !strings.Contains(err.Error(), strings.Join(protocols.Names(), ", ")) {
		t.Errorf("error %v, want ErrUnknown and all names", err)
	}
}

func TestOptionsReachTheProtocol(t *testing.T) {
	for _, test := range []struct {
		name string
		opts protocols.Options
		ok   bool
	}{
		{"paxos", protocols.Options{Thrifty: true, Window: 4, Batch: 16}, true},
		{"paxos", protocols.Options{Window: -1}, false},
		{"paxos", protocols.Options{Requests: quorate.RequestsConfig{MaxKey: -1}}, false},
		{"primary", protocols.Options{}, true},
		{"trex", protocols.Options{Window: 4, Batch: 16}, true},
		{"trex", protocols.Options{Window: -1}, false},
		{"trex", protocols.Options{Thrifty: true}, false},
		{"primary", protocols.Options{Thrifty: true}, false},
		{"wpaxos", protocols.Options{Thrifty: true, Window: 4, Batch: 16, Policy: "immediate"}, true},
		{"wpaxos", protocols.Options{Policy: "majority"}, false},
		{"wpaxos", protocols.Options{Lease: time.Second}, false},
		{"paxos", protocols.Options{Policy: "immediate"}, false},
		{"trex", protocols.Options{Policy: "immediate"}, false},
		{"epaxos", protocols.Options{Policy: "immediate"}, false},
		{"primary", protocols.Options{Policy: "immediate"}, false},
	} {
		if _, err := protocols.New(test.name, test.opts); (err == nil) != test.ok {
			t.Errorf("New(%s, %+v): error %v", test.name, test.opts, err)
		}
	}
}
