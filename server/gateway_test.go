package server_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

func newPaxos(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	return paxos.New(n, app, paxos.Config{})
}

func nodeOf(t *testing.T, l *server.Local, i int) *server.Node {
	t.Helper()
	n, err := l.Node(l.Cluster().ID(i))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// numbered is a client's own command, issued now.
func numbered(seq uint64, key, value string) quorate.Request {
	return quorate.Request{
		Command: quorate.Command{
			Client: 0xc1, Seq: seq, Issued: time.Duration(time.Now().UnixNano()), Op: quorate.OpPut, Key: key, Value: []byte(value),
		},
		Timeout: time.Minute,
	}
}

// Rule: whatever node a process lives with, it is served, without a socket.
func TestGateway(t *testing.T) {
	each(t, server.LocalConfig{New: newPaxos, Machine: keeping(5)}, func(t *testing.T, l *server.Local) {
		for i := range 3 {
			n := nodeOf(t, l, i)
			res, err := n.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k", Value: []byte{byte(i)}})
			if err != nil || !res.OK || res.Version != uint64(2*i+1) {
				t.Fatalf("node %v: %+v, %v", n.ID(), res, err)
			}
			c, err := n.Client(client.Config{})
			if err != nil {
				t.Fatal(err)
			}
			if res := put(t, c, "k", "x"); res.Version != uint64(2*i+2) || res.Node != n.ID() {
				t.Errorf("a client of node %v: %+v", n.ID(), res)
			}
			if err := c.Close(); err != nil || server.NodeClients(n) != 0 {
				t.Errorf("%d clients after the only one closed: %v", server.NodeClients(n), err)
			}
			if n.Leader() == 0 {
				t.Error("no leader after an answer")
			}
			all, err := n.History(t.Context(), "k")
			if err != nil || len(all) > 6 {
				t.Errorf("history %v, %v", all, err)
			}
		}
		if all, err := nodeOf(t, l, 0).History(t.Context(), "none"); err != nil || len(all) != 0 {
			t.Errorf("history of an absent key: %v, %v", all, err)
		}
	})
}

func keeping(versions int) func() quorate.StateMachine {
	return func() quorate.StateMachine { return quorate.NewKV(quorate.KVConfig{History: versions}) }
}

// Rule: a numbered command is executed once, whichever nodes its attempts go
// to, whichever of them crashes, and each attempt gets the first outcome.
func TestSubmitIsExactlyOnce(t *testing.T) {
	each(t, server.LocalConfig{New: newPaxos}, func(t *testing.T, l *server.Local) {
		request := numbered(1, "k", "first")
		submit := func(i int, r quorate.Request) quorate.Reply {
			t.Helper()
			reply, err := nodeOf(t, l, i).Submit(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			return reply
		}
		first := submit(0, request)
		if first.Status != quorate.Done || first.Version != 1 {
			t.Fatalf("first attempt: %+v", first)
		}
		if r := submit(1, numbered(2, "k", "second")); r.Version != 2 {
			t.Fatalf("second command: %+v", r)
		}
		if err := l.Stop(l.Cluster().ID(0)); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < 3; i++ {
			if r := submit(i, request); r.Status != quorate.Done || r.Version != 1 || !r.OK {
				t.Errorf("retry at node %d: %+v", i, r)
			}
		}
		late := numbered(9, "k", "late")
		late.Command.Issued -= time.Hour
		if r := submit(2, late); r.Status != quorate.NotExecuted || r.Reason != quorate.ReasonClock {
			t.Errorf("a command of an hour ago: %+v", r)
		}
	})
}

// blocked starts a node of one member whose loop waits until it is let go.
func blocked(t *testing.T) (n *server.Node, release func()) {
	n, err := server.StartNode(nodeConfig(t, journal.NewMemory()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Do(t.Context(), client.Op{Kind: quorate.OpGet, Key: "k"}); err != nil {
		t.Fatal(err)
	}
	inside, leave := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = n.Inspect(context.Background(), func(quorate.Replica, *quorate.Once) {
			close(inside)
			<-leave
		})
	})
	<-inside
	release = sync.OnceFunc(func() {
		close(leave)
		wg.Wait()
	})
	t.Cleanup(func() {
		release()
		n.Close()
	})
	return n, release
}

func failedAs(t *testing.T, err error, status quorate.Status, end client.End) {
	t.Helper()
	var call *client.Error
	if !errors.As(err, &call) || call.Outcome.Status != status || call.Outcome.End != end {
		t.Errorf("got %v, want %v, end %d", err, status, end)
	}
}

// Rule: whoever gives up has an unknown outcome, and nothing of it stays.
func TestSubmitGivesUp(t *testing.T) {
	n, release := blocked(t)
	brief, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := n.Submit(brief, numbered(1, "k", "v"))
	var call *client.Error
	if !errors.As(err, &call) || call.Outcome.Status != quorate.Unknown {
		t.Errorf("out of time: %v", err)
	}
	<-brief.Done()
	_, err = n.Submit(brief, numbered(2, "k", "v"))
	failedAs(t, err, quorate.NotExecuted, client.EndCancelled)
	short := numbered(3, "k", "v")
	short.Timeout = 10 * time.Millisecond
	_, err = n.Submit(t.Context(), short)
	failedAs(t, err, quorate.Unknown, client.EndDeadline)
	short.Timeout = -1
	if r, err := n.Submit(t.Context(), short); err != nil || r.Status != quorate.NotExecuted || r.Reason != quorate.ReasonDeadline {
		t.Errorf("without time: %+v, %v", r, err)
	}
	if open := server.Submissions(n); open != 0 {
		t.Errorf("%d submissions are remembered", open)
	}
	release()
	if r, err := n.Submit(t.Context(), numbered(4, "k", "v")); err != nil || r.Status != quorate.Done {
		t.Errorf("later: %+v, %v", r, err)
	}
}

// Rule: attempts at one command that wait at one node share its answer; one
// number for two commands is refused.
func TestSubmitTogether(t *testing.T) {
	n, release := blocked(t)
	request := numbered(1, "k", "v")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if r, err := n.Submit(t.Context(), request); err != nil || r.Status != quorate.Done || r.Version != 1 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	for server.Waiting(n) < 8 {
		runtime.Gosched()
	}
	other := request
	other.Command.Key = "another"
	if r, err := n.Submit(t.Context(), other); err != nil || r.Status != quorate.NotExecuted || r.Reason != quorate.ReasonInvalid {
		t.Errorf("one number for two commands: %+v, %v", r, err)
	}
	stolen := request
	stolen.Command.Client = server.Session(n)
	if r, err := n.Submit(t.Context(), stolen); err != nil || r.Status != quorate.NotExecuted || r.Reason != quorate.ReasonInvalid {
		t.Errorf("the gateway's own session: %+v, %v", r, err)
	}
	release()
	wg.Wait()
}

// Rule: what waits for a node that ends is unknown; what comes later was not
// executed.
func TestNodeEndsUnderItsGateway(t *testing.T) {
	g := &gate{journal.NewMemory(), make(chan struct{}, 2), make(chan bool)}
	n, err := server.StartNode(nodeConfig(t, g))
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Client(client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := n.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"})
		failedAs(t, err, quorate.Unknown, client.EndClosed)
	})
	<-g.arrived // it waits for the disk now
	wg.Go(func() {
		_, err := n.Submit(t.Context(), numbered(1, "k", "v"))
		failedAs(t, err, quorate.Unknown, client.EndClosed)
	})
	for n.Stats().Link.Received < 2 {
		runtime.Gosched()
	}
	wg.Go(n.Kill)
	g.open <- false
	wg.Wait()
	if _, err := c.Get(t.Context(), "k"); !errors.Is(err, client.ErrClosed) {
		t.Errorf("its client: %v", err)
	}
	if _, err := n.Do(t.Context(), client.Op{Kind: quorate.OpGet}); !errors.Is(err, server.ErrStopped) {
		t.Errorf("do: %v", err)
	}
	if _, err := n.Submit(t.Context(), numbered(1, "k", "v")); !errors.Is(err, server.ErrStopped) {
		t.Errorf("submit: %v", err)
	}
	if _, err := n.Client(client.Config{}); !errors.Is(err, server.ErrStopped) {
		t.Errorf("client: %v", err)
	}
	if _, err := n.History(t.Context(), "k"); !errors.Is(err, server.ErrStopped) {
		t.Errorf("history: %v", err)
	}
}

// Rule: a seat serves through the node that runs there now.
func TestSeat(t *testing.T) {
	l := startLocal(t, server.LocalConfig{New: newSingle, Nodes: 1})
	id := l.Cluster().ID(0)
	seat := server.NewSeat(id)
	check := func(there bool) {
		t.Helper()
		_, errDo := seat.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"})
		_, errSubmit := seat.Submit(t.Context(), numbered(1, "k", "v"))
		_, errHistory := seat.History(t.Context(), "k")
		for i, err := range []error{errDo, errSubmit, errHistory} {
			if there && err != nil || !there && !errors.Is(err, server.ErrStopped) {
				t.Errorf("call %d with a node there %v: %v", i, there, err)
			}
		}
		if seat.ID() != id || (seat.Node() != nil) != there || !there && seat.Leader() != 0 {
			t.Errorf("id %v, node %v", seat.ID(), seat.Node())
		}
	}
	check(false)
	seat.Take(nodeOf(t, l, 0))
	check(true)
	if err := l.Stop(id); err != nil {
		t.Fatal(err)
	}
	check(false)
	if err := l.Start(id); err != nil {
		t.Fatal(err)
	}
	seat.Take(nodeOf(t, l, 0))
	check(true)
	seat.Take(nil)
	check(false)
}

// object keeps no versions.
type object struct{ quorate.StateMachine }

func TestNoHistory(t *testing.T) {
	cfg := nodeConfig(t, journal.NewMemory())
	cfg.Machine = func() quorate.StateMachine { return object{quorate.NewKV(quorate.KVConfig{})} }
	n, err := server.StartNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, err := n.History(t.Context(), "k"); !errors.Is(err, server.ErrNoHistory) {
		t.Errorf("got %v", err)
	}
}

// deaf is a link that no client of its process can attach to.
type deaf struct{ transport.Link }

func TestLinkWithoutGateway(t *testing.T) {
	cfg := nodeConfig(t, journal.NewMemory())
	join := cfg.Join
	cfg.Join = func(n *quorate.Node) (transport.Link, error) {
		l, err := join(n)
		return deaf{l}, err
	}
	n, err := server.StartNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, err := n.Do(t.Context(), client.Op{Kind: quorate.OpGet}); err == nil {
		t.Error("do succeeded")
	}
	if _, err := n.Client(client.Config{}); err == nil {
		t.Error("a client was attached")
	}
}

// Rule: a refusal of an attempt that was given up does not answer a later one;
// that it was executed does.
func TestLateRefusal(t *testing.T) {
	n, release := blocked(t)
	request := numbered(1, "k", "v")
	first, cancel := context.WithCancel(t.Context())
	defer cancel()
	for attempt := range uint8(2) {
		var wg sync.WaitGroup
		ctx := first
		if attempt == 1 {
			ctx = t.Context()
		}
		wg.Go(func() {
			r, err := n.Submit(ctx, request)
			if attempt == 0 {
				failedAs(t, err, quorate.Unknown, client.EndCancelled)
			} else if err != nil || r.Status != quorate.Done {
				t.Errorf("%+v, %v", r, err)
			}
		})
		for server.Waiting(n) < 1 {
			runtime.Gosched()
		}
		if attempt == 1 {
			late := quorate.Reply{Client: request.Command.Client, Seq: 1, Attempt: server.Attempts(n) - 1, Status: quorate.NotExecuted}
			server.Answer(n, late)
			if server.Waiting(n) != 1 {
				t.Error("a refusal of the first attempt answered the second")
			}
			release()
		}
		cancel()
		wg.Wait()
	}
}

// Rule: while nobody leads, a request ends in time and was not executed for
// certain.
func TestNoLeader(t *testing.T) {
	each(t, server.LocalConfig{New: newPaxos}, func(t *testing.T, l *server.Local) {
		ids := l.Cluster().IDs()
		for _, id := range ids {
			if err := l.Stop(id); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Start(ids[0]); err != nil { // alone it cannot be elected
			t.Fatal(err)
		}
		n := nodeOf(t, l, 0)
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			r, err := n.Submit(ctx, numbered(1, "k", "v"))
			if err != nil || r.Status != quorate.NotExecuted || r.Reason != quorate.ReasonNoLeader {
				t.Errorf("submit: %+v, %v", r, err)
			}
		})
		_, err := n.Do(ctx, client.Op{Kind: quorate.OpPut, Key: "k"})
		var call *client.Error
		if !errors.As(err, &call) || call.Outcome.Status != quorate.NotExecuted || call.Outcome.Reason != quorate.ReasonNoLeader {
			t.Errorf("do: %v", err)
		}
		wg.Wait()
	})
}
