package paxos_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/core"
)

// TestPromiseOfAVoteSurvivesTrimming: an acceptor that never saw phase 1 has
// promised the ballot by voting. The vote's record goes with the log, or is
// replaced by the chosen value that an older leader proposed; the promise stays.
func TestPromiseOfAVoteSurvivesTrimming(t *testing.T) {
	vote := func(l *lone, slot, commit quorate.Slot) quorate.Ballot {
		b := quorate.NewBallot(5, l.peer(1))
		read := quorate.Command{Client: 3, Seq: uint64(slot) + 1, Op: quorate.OpGet, Key: "k"} // no state to save first
		l.receive(l.peer(1), paxos.P2a{Ballot: b, Slot: slot, Commands: []quorate.Command{read}, Commit: commit, Trim: commit})
		return b
	}
	t.Run("trimmed", func(t *testing.T) {
		l := newLone(t, 3, paxos.Config{LogLimit: 8})
		var b quorate.Ballot
		for s := range quorate.Slot(10) {
			b = vote(l, s, s)
		}
		for range 3 { // one trim is under way at a time
			l.receive(l.peer(1), paxos.Heartbeat{Ballot: b, Round: 1, Commit: 10, Trim: 10})
			l.run(20 * time.Millisecond)
		}
		if got := l.replica.Report().Retained; got != 0 {
			t.Fatalf("%d entries kept", got)
		}
		if got := l.durablePromise(); got != b {
			t.Errorf("promised %v, on disk %v", b, got)
		}
	})
	t.Run("replaced", func(t *testing.T) {
		l := newLone(t, 3, paxos.Config{})
		b := vote(l, 0, 0)
		older := core.Entry{Ballot: quorate.NewBallot(2, l.peer(2)), Chosen: true, Commands: write(9, "y")}
		l.receive(l.peer(2), paxos.CatchupReply{Entries: []core.Entry{older}, Commit: 1})
		if got := l.durablePromise(); got != b {
			t.Errorf("promised %v, on disk %v", b, got)
		}
	})
}

// TestRepeatedAcceptIsStoredOnce: a retransmission is answered again, and writes
// nothing.
func TestRepeatedAcceptIsStoredOnce(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	m := paxos.P2a{Ballot: quorate.NewBallot(5, l.peer(1)), Slot: 3, Commands: write(1, "x")}
	l.receive(l.peer(1), m)
	if err := l.node.Receive(l.w.now, l.peer(1), m); err != nil {
		t.Fatal(err)
	}
	var votes int
	b := l.node.Flush(func(e quorate.Envelope) {
		if v, ok := e.Msg.(paxos.P2b); ok && v.OK {
			votes++
		}
	})
	if votes != 1 || !b.Empty() {
		t.Errorf("%d votes, %d records", votes, len(b.Records))
	}
}

// TestOpenSlotStopsTheLog: one slot that cannot be chosen, for instance because
// its message is too large for a link, must not let the log grow behind it until
// slots lie beyond what acceptors store: the leader would count a vote of its own
// for a value it did not keep.
func TestOpenSlotStopsTheLog(t *testing.T) {
	l := newLone(t, 3, paxos.Config{LogLimit: 40, Batch: 1})
	b := l.elect() // slot 0 stays open
	for i := range 200 {
		s := quorate.Slot(i + 1)
		for _, m := range l.receive(quorate.Route(1), quorate.Request{Command: write(uint64(i)+1, "x")[0], Timeout: time.Minute}) {
			if p, ok := m.(paxos.P2a); ok && p.Slot >= 40 {
				t.Fatalf("slot %v was proposed, %v is the first not chosen", p.Slot, l.replica.Report().Committed)
			}
		}
		l.receive(l.peer(1), paxos.P2b{Ballot: b, Slot: s, OK: true, Promised: b})
	}
	if got := l.replica.Report(); got.Committed != 0 || got.Retained != 40 {
		t.Fatalf("%+v", got)
	}
	for s := range quorate.Slot(201) { // slot 0 gets its vote: the rest follows
		l.receive(l.peer(1), paxos.P2b{Ballot: b, Slot: s, OK: true, Promised: b})
	}
	if got := l.replica.Report(); got.Committed != 201 || got.Pending != 0 {
		t.Errorf("%+v", got)
	}
}

// TestQueueForgetsTheAnswered: while nothing can be chosen, requests that ran out
// of time do not stay in memory behind those that wait.
func TestQueueForgetsTheAnswered(t *testing.T) {
	for _, mode := range []quorate.ReadMode{quorate.ReadLog, quorate.ReadIndex} {
		l := newLone(t, 3, paxos.Config{Window: 1})
		b := l.elect() // slot 0 is never chosen: it fills the window
		heap := func() uint64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		for i := range 600 {
			c := quorate.Command{Client: 3, Seq: uint64(i) + 1, Issued: l.w.now, Op: quorate.OpGet, Key: "k", Value: make([]byte, 128<<10)}
			l.receive(quorate.Route(1), quorate.Request{Command: c, Read: mode, Timeout: time.Millisecond})
			l.run(60 * time.Millisecond)
			l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, OK: true, Promised: b})
		}
		if got := l.replica.Report(); got.Role != "leader" || got.Pending > 1 {
			t.Fatalf("%+v", got)
		}
		if after := heap(); after > before+32<<20 {
			t.Errorf("%v: %d MiB of answered requests are kept", mode, (after-before)>>20)
		}
		runtime.KeepAlive(l)
	}
}

// lag makes the lone replica fetch a snapshot of slots below 100 from peer 1.
func lag(t *testing.T, l *lone) quorate.StateRequest {
	l.receive(l.peer(1), paxos.Heartbeat{Ballot: quorate.NewBallot(5, l.peer(1)), Round: 1, Commit: 100})
	only[paxos.CatchupRequest](t, l.run(20*time.Millisecond))
	return only[quorate.StateRequest](t, l.receive(l.peer(1), paxos.CatchupReply{Commit: 100, Base: 100}))
}

// TestLongTransferGoesOn: a snapshot that takes long is not given up as long as
// chunks arrive; who begins it anew every few hundred milliseconds never ends.
func TestLongTransferGoesOn(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	ask := lag(t, l)
	for i := range uint64(40) {
		l.run(50 * time.Millisecond)
		part := quorate.StatePart{Key: fmt.Sprintf("k%02d", i), Data: onlyState(t)}
		l.receive(l.peer(1), quorate.StateChunk{Serial: ask.Serial, Index: i, Upto: 100, Parts: []quorate.StatePart{part}, Last: i == 39})
	}
	if got := l.replica.Report(); got.Executed != 100 {
		t.Errorf("after a transfer of two seconds: %+v", got)
	}
}

// TestSilentTransferIsGivenUp: and then somebody else is asked.
func TestSilentTransferIsGivenUp(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	lag(t, l)
	l.sent = nil
	l.run(time.Second)
	for _, e := range l.sent {
		if _, ok := e.Msg.(paxos.CatchupRequest); ok && e.To == l.peer(2) {
			return
		}
	}
	t.Errorf("nobody else was asked: %+v", l.sent)
}

// TestMalformedStateIsRefused: no panic, nothing put in place.
func TestMalformedStateIsRefused(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	ask := lag(t, l)
	part := quorate.StatePart{Key: "k", Data: []byte{77}}
	l.receive(l.peer(1), quorate.StateChunk{Serial: ask.Serial, Upto: 100, Parts: []quorate.StatePart{part}, Last: true})
	if got := l.replica.Report(); got.Executed != 0 || len(l.app.Keys()) != 0 {
		t.Errorf("%+v, keys %v", got, l.app.Keys())
	}
}

// TestLateCatchupReply: the answer to a question of before a restart starts a
// transfer too; its sender is who is asked on.
func TestLateCatchupReply(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	ask := only[quorate.StateRequest](t, l.receive(l.peer(2), paxos.CatchupReply{Commit: 120, Base: 100}))
	only[quorate.StateRequest](t, l.run(101*time.Millisecond)) // lost, and asked for again
	l.receive(l.peer(2), quorate.StateChunk{Serial: ask.Serial, Upto: 100, Last: true})
	for _, e := range l.sent {
		if _, ok := e.Msg.(paxos.CatchupRequest); ok && e.To == l.peer(2) {
			return
		}
	}
	t.Errorf("asked on: %+v", l.sent)
}

func onlyState(t *testing.T) []byte {
	kv := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	kv.Apply(write(1, "x")[0])
	data := kv.Snapshot(nil, "k")
	if len(data) == 0 {
		t.Fatal("no state")
	}
	return data
}

// TestLongPhase1Ends: after all nodes restarted the log is read in many parts
// over a slow network. Neither the candidate nor the others lose patience as long
// as parts arrive; otherwise they depose each other for ever.
func TestLongPhase1Ends(t *testing.T) {
	w := newWorld(t, 1, 3, paxos.Config{ChunkBytes: 1}, 10*time.Second)
	w.settle(time.Second)
	for i := range 60 {
		w.request(w.hosts[0], write(uint64(i)+1, "x")[0], quorate.ReadLog)
		w.settle(time.Millisecond)
	}
	for _, h := range w.hosts {
		w.crash(h)
		w.start(h)
	}
	var queue []quorate.Envelope
	var due []time.Duration
	w.late = func(e quorate.Envelope) bool {
		queue, due = append(queue, e), append(due, w.now+30*time.Millisecond)
		return true
	}
	for end := w.now + 12*time.Second; w.now < end; w.now += time.Millisecond {
		for len(due) > 0 && due[0] <= w.now {
			w.flying = append(w.flying, queue[0])
			queue, due = queue[1:], due[1:]
			w.deliver(len(w.flying) - 1)
		}
		for _, h := range w.hosts {
			w.tick(h)
			w.sync(h)
			if h.replica.Report().Role == "leader" {
				return
			}
		}
	}
	for _, h := range w.hosts {
		t.Errorf("%v: %+v", h.id, h.replica.Report())
	}
}
