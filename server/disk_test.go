package server_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/server"
)

// gate is a journal whose commits wait until they are let through.
type gate struct {
	quorate.Journal
	arrived chan struct{}
	open    chan bool // false: the power failed before the write
}

func (g *gate) Immediate() bool { return false }

func (g *gate) Commit(ops []quorate.RecordOp) error {
	g.arrived <- struct{}{}
	if !<-g.open {
		return errors.New("power failure")
	}
	return g.Journal.Commit(ops)
}

// Rule: a crash while a batch is being synced lets nothing leave that waits
// for it, whether the batch reached the disk or not; the node starts again from
// what did, and the command is executed once.
func TestCrashInTheMiddleOfASync(t *testing.T) {
	for _, reached := range []bool{true, false} {
		t.Run(fmt.Sprintf("reached the disk %v", reached), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { crashInSync(t, reached) })
		})
	}
}

func crashInSync(t *testing.T, reached bool) {
	medium := journal.NewMemory()
	g := &gate{medium.Open(), make(chan struct{}), make(chan bool)}
	lives := []quorate.Journal{g}
	l := startLocal(t, server.LocalConfig{New: newSingle, Nodes: 1, Journal: func(quorate.ID) (quorate.Journal, error) {
		life := lives[0]
		lives = lives[1:]
		return life, nil
	}})
	id, c := l.Cluster().ID(0), attach(t, l, patient)
	result := make(chan client.Result, 1)
	go func() {
		res, err := c.Put(t.Context(), "k", nil)
		if err != nil {
			t.Error(err)
		}
		result <- res
	}()
	<-g.arrived
	stopped := make(chan error, 1)
	go func() { stopped <- l.Stop(id) }()
	synctest.Wait() // the node is dead, its disk still at work
	g.open <- reached
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	if done := c.Stats().Done; done != 0 {
		t.Error("the crashed node answered its client")
	}
	if got := medium.Stats().Records; (got == 1) != reached {
		t.Errorf("%d records on the disk", got)
	}
	lives = []quorate.Journal{medium.Open()}
	if err := l.Start(id); err != nil {
		t.Fatal(err)
	}
	if res := <-result; res.Version != 1 {
		t.Errorf("version %d after the restart", res.Version)
	}
}

// Rule: a node whose disk fails leaves the network, says why, and can start
// again.
func TestDiskFails(t *testing.T) {
	medium := journal.NewMemory()
	l, err := server.StartLocal(server.LocalConfig{New: newToy, Nodes: 1, Journal: func(quorate.ID) (quorate.Journal, error) {
		return medium.Open(), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	id, c := l.Cluster().ID(0), attach(t, l, patient)
	put(t, c, "k", "1")
	n, err := l.Node(id)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	medium.FailNext(full)
	result := make(chan error, 1)
	go func() {
		_, err := c.Put(t.Context(), "k", []byte("2"))
		result <- err
	}()
	<-n.Done()
	if err := n.Err(); !errors.Is(err, full) || !errors.Is(err, quorate.ErrFailed) {
		t.Errorf("the node failed because of %v", err)
	}
	if _, err := l.Report(t.Context(), id); !errors.Is(err, full) || !errors.Is(err, server.ErrStopped) {
		t.Errorf("its report: %v", err)
	}
	if err := l.Start(id); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
	medium.FailNext(full)
	go c.Put(t.Context(), "k", nil)
	n, err = l.Node(id)
	if err != nil {
		t.Fatal(err)
	}
	<-n.Done()
	if err := l.Close(); !errors.Is(err, full) {
		t.Errorf("closing a cluster with a failed node: %v", err)
	}
}
