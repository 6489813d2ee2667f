package trex_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex"
	wire "github.com/quorate/quorate/trex/core"
)

// restartedPromise returns what a restart would promise.
func (l *lone) restartedPromise() quorate.Ballot {
	l.t.Helper()
	l.start()
	return l.replica.Report().Ballot
}

// TestPromiseOfAVoteSurvives: an acceptor that never saw phase 1 has promised the
// ballot by voting. The vote's record goes with the log, or is replaced by the chosen
// value that an older leader proposed; the promise stays.
func TestPromiseOfAVoteSurvives(t *testing.T) {
	t.Run("trimmed", func(t *testing.T) {
		l := newLone(t, 3, trex.Config{})
		b := quorate.NewBallot(5, l.peer(1))
		l.receive(l.peer(1), wire.Accept{Ballot: b, Commands: write(1, "x")})
		ask := lag(t, l)
		l.receive(l.peer(1), quorate.StateChunk{Serial: ask.Serial, Upto: 100, Last: true})
		if got := l.replica.Report(); got.Retained > 0 {
			t.Fatalf("the vote is still there: %+v", got)
		}
		if got := l.restartedPromise(); got != b {
			t.Errorf("promised %v, after a restart %v", b, got)
		}
	})
	t.Run("replaced", func(t *testing.T) {
		l := newLone(t, 3, trex.Config{})
		b := quorate.NewBallot(5, l.peer(1))
		l.receive(l.peer(1), wire.Accept{Ballot: b, Commands: write(1, "x")})
		older := core.Entry{Ballot: quorate.NewBallot(2, l.peer(2)), Chosen: true, Commands: write(9, "y")}
		l.receive(l.peer(2), wire.RetransmitResponse{Entries: []core.Entry{older}, Committed: 1})
		if got := l.restartedPromise(); got != b {
			t.Errorf("promised %v, after a restart %v", b, got)
		}
	})
}

// TestProgressCostsNoSync: how far the log is chosen is written with something else,
// now and then, and is known after a restart.
func TestProgressCostsNoSync(t *testing.T) {
	l := newLone(t, 3, trex.Config{})
	b := quorate.NewBallot(5, l.peer(1))
	progress := 0
	for s := range quorate.Slot(300) {
		l.receive(l.peer(1), wire.Accept{Ballot: b, Slot: s, Commands: write(uint64(s)+1, "x"), Committed: min(s, 200)})
		for _, op := range l.written {
			if strings.Contains(op.Type, "Progress") {
				progress++
			}
		}
	}
	l.receive(l.peer(1), wire.Commit{Ballot: b, Seq: 1, Committed: 300})
	if len(l.written) > 0 || l.replica.Report().Executed != 300 {
		t.Errorf("a Commit makes it write %v; %+v", l.written, l.replica.Report())
	}
	if progress != 3 {
		t.Errorf("written %d times for 200 slots", progress)
	}
	l.start()
	if got := l.replica.Report(); got.Committed != 192 || got.Executed != 192 {
		t.Errorf("after a restart: %+v", got)
	}
}

// TestRepeatedAcceptIsStoredOnce: a retransmission is answered again, and writes
// nothing.
func TestRepeatedAcceptIsStoredOnce(t *testing.T) {
	l := newLone(t, 3, trex.Config{})
	m := wire.Accept{Ballot: quorate.NewBallot(5, l.peer(1)), Slot: 3, Commands: write(1, "x")}
	for i := range 2 {
		if v := only[wire.AcceptReply](t, l.receive(l.peer(1), m)); !v.OK || len(l.written) != 1-i {
			t.Errorf("time %d: %+v, %d records", i, v, len(l.written))
		}
	}
}

// TestBatches: what arrives together shares a slot, up to the limits; what is late is
// not proposed.
func TestBatches(t *testing.T) {
	for _, tc := range []struct {
		cfg   trex.Config
		slots int
	}{
		{trex.Config{}, 1}, {trex.Config{Batch: 2}, 4}, {trex.Config{BatchBytes: 1}, 7}, {trex.Config{Batch: 1, Window: 3}, 3},
	} {
		l := newLone(t, 3, tc.cfg)
		b := l.elect()
		l.vote(b, 0)
		for seq := range uint64(8) {
			c := write(seq+1, "x")[0]
			l.check(l.node.Receive(l.now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Second - time.Duration(seq/7)*(time.Second-1)}))
		}
		l.now++
		accepts := all[wire.Accept](l.run(0))
		commands := 0
		for _, m := range accepts {
			commands += len(m.Commands)
		}
		if len(accepts) != tc.slots || commands != min(7, tc.slots*max(tc.cfg.Batch, 1)) && tc.cfg.Batch > 0 || tc.cfg.Batch == 0 && commands != 7 {
			t.Errorf("%+v: %d commands in %d slots", tc.cfg, commands, len(accepts))
		}
	}
}

// TestQueueForgetsTheAnswered: while nothing can be chosen, requests that ran out
// of time do not stay in memory behind those that wait.
func TestQueueForgetsTheAnswered(t *testing.T) {
	l := newLone(t, 3, trex.Config{Window: 1})
	l.elect() // slot 0 is never chosen: it fills the window
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range 600 {
		l.put(uint64(i)+1, string(make([]byte, 128<<10)), time.Millisecond)
		l.beat(60 * time.Millisecond)
	}
	if got := l.replica.Report(); got.Role != "leader" || got.Pending > 1 {
		t.Fatalf("%+v", got)
	}
	if after := heap(); after > before+32<<20 {
		t.Errorf("%d MiB of answered requests are kept", (after-before)>>20)
	}
	runtime.KeepAlive(l)
}

// TestReplacedProposal: a leader that prepares a higher ballot goes on with its
// proposals. Where phase 1 finds another value in the slot of one, its client is told
// that nobody knows.
func TestReplacedProposal(t *testing.T) {
	for _, taken := range []bool{false, true} {
		l := newLone(t, 3, trex.Config{})
		b := l.elect()
		l.vote(b, 0)
		l.put(1, "x", time.Minute)
		other := quorate.NewBallot(7, l.peer(2))
		l.receive(l.peer(2), wire.AcceptReply{Ballot: b, Slot: 1, Reason: wire.ReasonBallot, Progress: wire.Progress{Promised: other}})
		var ask []wire.Prepare
		for range 300 {
			if ask = all[wire.Prepare](l.run(time.Millisecond)); len(ask) > 0 {
				break
			}
		}
		if len(ask) == 0 || ask[0].Ballot <= other {
			t.Fatalf("it prepares %+v", ask)
		}
		found := core.Entry{Slot: 1, Ballot: other, Commands: write(9, "y")}
		if !taken {
			found = core.Entry{Slot: 1, Ballot: b, Commands: write(1, "x")}
		}
		replies := all[quorate.Reply](l.promise(ask[0], found, 2))
		if lost := len(replies) == 1 && replies[0].Reason == quorate.ReasonNoLongerLeader && replies[0].Status == quorate.Unknown; lost != taken {
			t.Errorf("another value in its slot: %v, and it is told %+v", taken, replies)
		}
	}
}

// lag makes the replica fetch a snapshot of the slots below 100 from the first peer.
func lag(t *testing.T, l *lone) quorate.StateRequest {
	t.Helper()
	l.receive(l.peer(1), wire.Commit{Ballot: quorate.NewBallot(5, l.peer(1)), Seq: 1, Committed: 100})
	only[wire.RetransmitRequest](t, l.run(20*time.Millisecond))
	return only[quorate.StateRequest](t, l.receive(l.peer(1), wire.Behind{Oldest: 100, Committed: 100}))
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

// TestLongTransferGoesOn: a snapshot that takes long is not given up as long as
// chunks arrive; who begins it anew every few hundred milliseconds never ends.
func TestLongTransferGoesOn(t *testing.T) {
	l := newLone(t, 3, trex.Config{})
	ask := lag(t, l)
	for i := range uint64(40) {
		l.run(50 * time.Millisecond)
		part := quorate.StatePart{Key: fmt.Sprintf("k%02d", i), Data: onlyState(t)}
		l.receive(l.peer(1), quorate.StateChunk{Serial: ask.Serial, Index: i, Upto: 100, Parts: []quorate.StatePart{part}, Last: i == 39})
	}
	if got := l.replica.Report(); got.Executed != 100 {
		t.Errorf("after a transfer of two seconds: %+v", got)
	}
	l.start()
	if got := l.replica.Report(); got.Executed != 100 || got.Committed != 100 {
		t.Errorf("after a restart: %+v", got)
	}
}

// TestSilentTransferIsGivenUp: and then somebody else is asked.
func TestSilentTransferIsGivenUp(t *testing.T) {
	l := newLone(t, 3, trex.Config{})
	first := lag(t, l)
	l.run(2 * time.Second)
	asked := false
	for _, e := range l.sent {
		_, request := e.Msg.(wire.RetransmitRequest)
		asked = asked || request && e.To == l.peer(2)
	}
	if !asked {
		t.Errorf("nobody else was asked: %+v", l.sent)
	}
	next := only[quorate.StateRequest](t, l.receive(l.peer(2), wire.Behind{Oldest: 100, Committed: 100}))
	if next.Serial == first.Serial {
		t.Error("the transfer of one member goes on with another")
	}
}

// TestSnapshotEndsAnAttempt: who tries to lead, and has the last part of a snapshot
// come that it asked for before, has no business there.
func TestSnapshotEndsAnAttempt(t *testing.T) {
	l := newLone(t, 3, trex.Config{})
	ask := lag(t, l)
	chunk := quorate.StateChunk{Serial: ask.Serial, Upto: 100}
	for l.replica.Report().Role != "recoverer" {
		for _, p := range all[wire.Prepare](l.run(50 * time.Millisecond)) {
			l.receive(l.peer(2), wire.PrepareReply{Slot: p.Slot, Reason: wire.ReasonProbe})
		}
		l.receive(l.peer(1), chunk)
		chunk.Index++
	}
	chunk.Last = true
	l.receive(l.peer(1), chunk)
	if got := l.replica.Report(); got.Role != "follower" || got.Executed != 100 || got.Committed != 100 {
		t.Errorf("%+v", got)
	}
}

// TestLogWaitsForASnapshotUnderWay: the receiver goes on with the log from
// where the snapshot began. If that were trimmed meanwhile, each snapshot would
// be followed by another under load.
func TestLogWaitsForASnapshotUnderWay(t *testing.T) {
	l := newLone(t, 3, trex.Config{LogLimit: 40})
	b := l.elect()
	l.commit(b, 10)
	chunk := only[quorate.StateChunk](t, l.receive(l.peer(2), quorate.StateRequest{Serial: 7}))
	l.commit(b, 40)
	l.beat(200 * time.Millisecond)
	first := l.replica.Report().Executed - quorate.Slot(l.replica.Report().Retained)
	if first != chunk.Upto {
		t.Errorf("the log starts at %v, the snapshot at %v", first, chunk.Upto)
	}
	l.beat(3 * time.Second) // nobody asks on
	l.commit(b, 5)
	l.beat(200 * time.Millisecond)
	if got := l.replica.Report().Retained; got > 40 {
		t.Errorf("%d entries kept for a receiver that is gone", got)
	}
}

// TestForeignQuorums: quorums of another membership count the wrong members.
func TestForeignQuorums(t *testing.T) {
	other, err := quorate.Grid(1, 5)
	if err != nil {
		t.Fatal(err)
	}
	l := newLone(t, 3, trex.Config{})
	n, err := quorate.NewNode(quorate.NodeConfig{ID: l.peer(0), Cluster: l.cluster})
	l.check(err)
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	if _, err := trex.New(n, app, trex.Config{Quorums: quorate.MajorityQuorums(other)}); err == nil {
		t.Error("accepted")
	}
}

func TestConfig(t *testing.T) {
	if err := (trex.Config{}).Validate(); err != nil {
		t.Error(err)
	}
	for _, bad := range []trex.Config{
		{Batch: -1}, {BatchBytes: -1}, {LogLimit: -1}, {LogBytes: -1}, {Window: -1}, {Heartbeat: -1}, {TimeoutMin: time.Second, TimeoutMax: time.Second},
		{TimeoutMin: time.Second, Heartbeat: 600 * time.Millisecond}, {LogLimit: core.Span}, {Requests: quorate.RequestsConfig{MaxKey: -1}},
	} {
		if err := bad.Validate(); err == nil || !strings.HasPrefix(err.Error(), "trex: ") && bad.Requests.MaxKey == 0 {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
