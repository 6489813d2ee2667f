package quorate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

func TestSendWithoutRecordsLeavesAtOnce(t *testing.T) {
	w := onWorkbench(t).started()
	w.Send(w.Cluster().ID(1), note{"a"})
	w.Send(quorate.Others, note{"b"})
	w.wantLeft("before Flush")
	if b := w.Flush(w.send); !b.Empty() {
		t.Errorf("batch of %d records, want none", len(b.Records))
	}
	w.wantLeft("Flush", "1.2 a", "others b")
}

func TestSendWaitsForSync(t *testing.T) {
	w := onWorkbench(t).started()
	peer := w.Cluster().ID(1)
	w.Send(peer, note{"before"}) // of an earlier step, but the same batch: order is kept
	w.Persist(memo{1, "x"})
	w.Send(peer, note{"promise"})
	w.SendNow(peer, note{"heartbeat"})
	b := w.Flush(w.send)
	w.wantLeft("Flush", "1.2 heartbeat")
	if texts(b.Records) != "1" {
		t.Errorf("batch holds %q, want 1", texts(b.Records))
	}
	w.Flush(w.send)
	w.wantLeft("second Flush before the sync")
	w.Synced(b, w.send)
	w.wantLeft("Synced", "1.2 before", "1.2 promise")
	w.Synced(b, w.send)
	w.wantLeft("the same batch synced twice")
}

func TestOwnMessagesTakeTheSameRoad(t *testing.T) {
	w := onWorkbench(t).started()
	w.on = func(_ quorate.ID, m note) { w.Send(w.Cluster().ID(2), note{"saw " + m.Text}) }
	w.Persist(memo{1, "x"})
	w.Broadcast(note{"vote"})
	b := w.Flush(w.send)
	if w.got != nil {
		t.Fatalf("a vote was counted before it was durable: %q", w.got)
	}
	w.Synced(b, w.send)
	w.wantLeft("Synced", "others vote")
	if !slices.Equal(w.got, []string{"1.1 vote"}) {
		t.Errorf("handled %q, want the own vote", w.got)
	}
	w.Flush(w.send)
	w.wantLeft("next Flush", "1.3 saw vote")
}

func TestOwnMessagesWithoutRecordsComeBackWithinFlush(t *testing.T) {
	w := onWorkbench(t).started()
	rounds := 0
	w.on = func(_ quorate.ID, m note) {
		if rounds++; rounds < 4 {
			w.SendNow(w.ID(), note{m.Text + "!"})
			w.Send(w.ID(), note{m.Text + "?"})
		}
	}
	w.SendNow(w.ID(), note{"a"})
	if b := w.Flush(w.send); !b.Empty() {
		t.Error("unexpected records")
	}
	w.wantLeft("messages to self never reach the network")
	if want := 7; len(w.got) != want {
		t.Errorf("handled %d own messages within Flush, want %d: %q", len(w.got), want, w.got)
	}
}

func TestOneBatchInFlight(t *testing.T) {
	w := onWorkbench(t).started()
	peer := w.Cluster().ID(1)
	w.Persist(memo{1, "x"})
	w.Send(peer, note{"one"})
	first := w.Flush(w.send)

	w.Persist(memo{2, "x"})
	w.Send(peer, note{"two"})
	w.SendNow(peer, note{"now"})
	if b := w.Flush(w.send); !b.Empty() {
		t.Fatalf("a second batch (%s) while the first is being synced", texts(b.Records))
	}
	w.wantLeft("only what need not wait", "1.2 now")
	w.Persist(memo{3, "x"})
	w.Forget(memo{}, 0, 2)

	w.Synced(first, w.send)
	w.wantLeft("first batch", "1.2 one")
	second := w.Flush(w.send)
	w.wantLeft("the second batch is not synced yet")
	if got := texts(second.Records); got != "2 3 forget[0,2)" {
		t.Errorf("second batch holds %q: what is persisted meanwhile must join it, in order", got)
	}
	w.Synced(first, w.send)
	w.wantLeft("an old batch must not release a new one")
	w.Synced(second, w.send)
	w.wantLeft("second batch", "1.2 two")
}

// A message sent while a batch is in flight may reveal what that batch holds,
// even if its own step persisted nothing.
func TestSendWaitsForTheBatchInFlight(t *testing.T) {
	w := onWorkbench(t).started()
	w.Persist(memo{1, "x"})
	b := w.Flush(w.send)
	w.Send(w.Cluster().ID(1), note{"reveals"})
	w.Flush(w.send)
	w.wantLeft("while the batch is being synced")
	w.Synced(b, w.send)
	w.Flush(w.send)
	w.wantLeft("after", "1.2 reveals")
}

// What a node's own message makes it persist holds back the answers to it, not
// what was sent before.
func TestPersistWhileOwnMessageIsHandled(t *testing.T) {
	w := onWorkbench(t).started()
	peer := w.Cluster().ID(1)
	w.on = func(quorate.ID, note) {
		w.Persist(memo{1, "x"})
		w.Send(peer, note{"answer"})
	}
	w.Send(w.ID(), note{"self"})
	w.Send(peer, note{"earlier"})
	b := w.Flush(w.send)
	w.wantLeft("Flush", "1.2 earlier")
	w.Synced(b, w.send)
	w.wantLeft("Synced", "1.2 answer")
}

func TestFailedFallsSilent(t *testing.T) {
	w := onWorkbench(t).started()
	peer := w.Cluster().ID(1)
	timer := w.NewTimer("tick", func() { t.Error("a timer of a failed node fired") })
	timer.Reset(1)
	w.Persist(memo{1, "x"})
	w.Send(peer, note{"promise"})
	b := w.Flush(w.send)
	w.SendNow(peer, note{"queued"})
	full := errors.New("disk full")
	w.Failed(b, full)

	if err := w.Err(); !errors.Is(err, quorate.ErrFailed) || !errors.Is(err, full) || !strings.Contains(err.Error(), "1.1") {
		t.Errorf("Err() = %v, want ErrFailed, the cause and the node", err)
	}
	w.Tick(2)
	if err := w.Receive(3, peer, note{"hello"}); err != nil || w.got != nil {
		t.Errorf("a failed node handled %q, error %v", w.got, err)
	}
	w.Synced(b, w.send)
	if b := w.Flush(w.send); !b.Empty() {
		t.Error("a failed node still wants to sync")
	}
	w.wantLeft("after the failure")
	if _, due := w.Deadline(); due {
		t.Error("a failed node still has a deadline")
	}
}

func TestOwnMessageWithoutHandlerPanics(t *testing.T) {
	w := onWorkbench(t).started()
	type unheard struct{}
	w.Send(w.ID(), unheard{})
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, quorate.ErrUnhandled) {
			t.Errorf("recovered %v, want ErrUnhandled", err)
		}
	}()
	w.Flush(w.send)
}

// A replica that answers its own messages for ever must not hang whoever runs it,
// nor take all memory if it answers twice.
func TestOwnMessagesWithoutEndPanic(t *testing.T) {
	for _, answers := range []int{1, 2} {
		w := onWorkbench(t).started()
		w.on = func(_ quorate.ID, m note) {
			w.got = nil
			w.Send(w.ID(), m)
			if answers == 2 {
				w.SendNow(w.ID(), m)
			}
		}
		w.Send(w.ID(), note{"again"})
		func() {
			defer func() {
				if p, _ := recover().(string); !strings.Contains(p, "node 1.1: the replica sends itself messages without end") {
					t.Errorf("%d answers: recovered %q", answers, p)
				}
			}()
			w.Flush(w.send)
		}()
	}
}

// Data of a batch must stay as it is until the batch is synced, whatever is
// persisted meanwhile.
func TestBatchDataIsStableUntilSynced(t *testing.T) {
	w := onWorkbench(t).started()
	for round := range uint64(20) {
		w.Persist(memo{round, strings.Repeat("a", int(round)*10)})
		b := w.Flush(w.send)
		before := string(b.Records[0].Data)
		w.Persist(memo{round, strings.Repeat("b", 100)})
		if w.Flush(w.send); string(b.Records[0].Data) != before {
			t.Fatalf("round %d: the batch changed while it was being synced", round)
		}
		w.Synced(b, w.send)
		w.Synced(w.Flush(w.send), w.send)
	}
}

// BenchmarkStep is an acceptor's whole step: a message in, a record, an answer
// that waits for the record.
func BenchmarkStep(b *testing.B) {
	w := onWorkbench(b)
	type accept struct {
		Ballot quorate.Ballot
		Slot   quorate.Slot
	}
	peer, answer := w.Cluster().ID(1), any(note{"accepted"})
	record := quorate.Record(memo{1, "accepted"})
	quorate.Register(w.Node, func(from quorate.ID, m accept) {
		w.Persist(record)
		w.Send(from, answer)
	})
	w.started()
	left := 0
	send := func(quorate.Envelope) { left++ }
	m := any(accept{1, 2})
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Receive(0, peer, m); err != nil {
			b.Fatal(err)
		}
		w.Synced(w.Flush(send), send)
	}
	if left == 0 {
		b.Fatal("nothing left the node")
	}
}
