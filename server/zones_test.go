package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/steal"
)

// startZones runs WPaxos on three members in each of three zones. Whoever is asked
// takes the object.
func startZones(t *testing.T) *server.Local {
	t.Helper()
	c, err := quorate.Grid(3, 3)
	if err != nil {
		t.Fatal(err)
	}
	l, err := server.StartLocal(server.LocalConfig{Transport: "chan", Cluster: c, New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		return wpaxos.New(n, app, wpaxos.Config{Policy: steal.Policy{Kind: steal.Immediate}, Residence: time.Millisecond,
			Heartbeat: 20 * time.Millisecond, Suspect: 100 * time.Millisecond, Patience: 100 * time.Millisecond})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// Rule: a client reads what it wrote, and its conditions hold, at whichever zone it asks
// next: the object comes there with all that was acknowledged. Each time the member that
// answered last stops, the client goes to one of another zone by itself.
func TestSessionAcrossSteals(t *testing.T) {
	l := startZones(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	members := []quorate.ID{1<<16 | 1, 2<<16 | 1, 3<<16 | 1}
	c, err := l.Client(client.Config{Nodes: members, Timeout: 10 * time.Second, AttemptTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var asked []quorate.ID
	for version := range uint64(5) {
		value := fmt.Sprint(version)
		put, err := c.Do(ctx, client.Op{Kind: quorate.OpPutIf, Key: "k", Value: []byte(value), Version: version})
		if err != nil || !put.OK || put.Version != version+1 {
			t.Fatalf("version %d: %+v, %v", version, put, err)
		}
		asked = append(asked, put.Node)
		if err := l.Stop(put.Node); err != nil {
			t.Fatal(err)
		}
		got, err := c.Do(ctx, client.Op{Kind: quorate.OpGet, Key: "k"})
		if err != nil || string(got.Value) != value || got.Version != version+1 || got.Node.Zone() == put.Node.Zone() {
			t.Fatalf("after %q at %v: %+v at %v, %v", value, put.Node, got, got.Node, err)
		}
		if err := l.Start(put.Node); err != nil {
			t.Fatal(err)
		}
	}
	zones := map[int]bool{}
	for _, id := range asked {
		zones[id.Zone()] = true
	}
	if len(zones) < 2 {
		t.Errorf("only %v were asked", asked)
	}
}

// Rule: reads go through the log of their key, or are the member's own state, which may
// be old and says so. What there is not is refused at once, in words.
func TestReadModesOfZones(t *testing.T) {
	l := startZones(t)
	c, err := l.Client(client.Config{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Put(t.Context(), "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	for _, mode := range quorate.ReadModes() {
		got, err := c.Do(t.Context(), client.Op{Kind: quorate.OpGet, Key: "k", Read: mode})
		switch {
		case mode == quorate.ReadLog || mode == quorate.ReadLocal:
			if err != nil || got.Stale != (mode == quorate.ReadLocal) || mode == quorate.ReadLog && string(got.Value) != "v" {
				t.Errorf("%v: %+v, %v", mode, got, err)
			}
		case !errors.Is(err, client.ErrNotExecuted) || !strings.Contains(err.Error(), "unsupported read mode "+mode.String()+"; log and local work with every protocol"):
			t.Errorf("%v: %+v, %v", mode, got, err)
		}
	}
}
