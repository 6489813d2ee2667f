package script_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/script"
)

const (
	n11 quorate.ID = 1<<16 | 1
	n12 quorate.ID = 1<<16 | 2
	n13 quorate.ID = 1<<16 | 3
)

func newWorld(t *testing.T) *script.World {
	t.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	w, err := script.NewWorld(script.Config{Cluster: cluster, New: newSynod(synodConfig{q1: 2, q2: 2})})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func putX(t *testing.T, w *script.World, to quorate.ID) {
	t.Helper()
	r := quorate.Request{Command: quorate.Command{Client: 12, Seq: 1, Op: quorate.OpPut, Key: "k", Value: []byte("X")}}
	if err := w.Request(to, r); err != nil {
		t.Fatal(err)
	}
}

func TestWorldByHand(t *testing.T) {
	w := newWorld(t)
	putX(t, w, n11)
	if got := len(w.InFlight(script.Match{From: n11, Pattern: "prepare"})); got != 2 {
		t.Errorf("%d prepares in flight, want 2", got)
	}
	if got := w.Deliver(script.Match{To: n12}, 0); got != 1 {
		t.Errorf("delivered %d, want 1: what is sent meanwhile stays", got)
	}
	if got := w.Drop(script.Match{To: n13}, 1); got != 1 {
		t.Errorf("dropped %d, want 1", got)
	}
	if w.Settle() == 0 || w.Err() != nil {
		t.Errorf("settled nothing, or %v", w.Err())
	}
	answers := w.Answers()
	if len(answers) != 1 || answers[0].From != n11 || answers[0].Reply.Status != quorate.Done {
		t.Errorf("answers are %v", answers)
	}
	if learnt := w.Learnt(""); len(learnt) != 1 || string(learnt[0][0].Value) != "X" {
		t.Errorf("learnt %v", learnt)
	}
	if got := w.Replica(n13).Report().Committed; got != 1 {
		t.Errorf("1.3 has committed %d slots, want 1", got)
	}
}

func TestWorldCrash(t *testing.T) {
	w := newWorld(t)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(w.HoldSync(n12, true))
	putX(t, w, n11)
	w.Deliver(script.Match{To: n12}, 0)
	if got := w.InFlight(script.Match{From: n12}); len(got) != 0 {
		t.Errorf("%v left before the record was synced", got)
	}
	ok(w.Sync(n12))
	if err := w.Sync(n12); !errors.Is(err, script.ErrIdleDisk) {
		t.Errorf("second sync: %v", err)
	}
	ok(w.Crash(n12))
	if w.Node(n12) != nil || w.Replica(n12) != nil {
		t.Error("a crashed node is still there")
	}
	if err := w.Crash(n12); !errors.Is(err, script.ErrDown) {
		t.Errorf("second crash: %v", err)
	}
	if err := w.Request(n12, quorate.Request{}); !errors.Is(err, script.ErrDown) {
		t.Errorf("request: %v", err)
	}
	ok(w.Restart(n12))
	if err := w.Restart(n12); !errors.Is(err, script.ErrRunning) {
		t.Errorf("second restart: %v", err)
	}
	if records, err := w.Records(n12); err != nil || len(records) != 1 {
		t.Errorf("records %v, %v", records, err)
	}
	ok(w.Crash(n12))
	ok(w.RestartEmpty(n12))
	if records, err := w.Records(n12); err != nil || len(records) != 0 {
		t.Errorf("records of an empty disk %v, %v", records, err)
	}
}

func TestWorldClocks(t *testing.T) {
	w := newWorld(t)
	putX(t, w, n11)
	if err := w.Advance(time.Second, n12); err != nil {
		t.Fatal(err)
	}
	if w.Now() != script.Epoch {
		t.Errorf("moving one clock moved the world to %v", w.Now())
	}
	w.Drop(script.Match{}, 0)
	w.Deliver(script.Match{}, 0)
	if err := w.Fire(n11, "retry"); err != nil {
		t.Fatal(err)
	}
	if got := w.Node(n11).Now(); got <= script.Epoch+100*time.Millisecond || got > script.Epoch+102*time.Millisecond {
		t.Errorf("1.1 is at %v", got-script.Epoch)
	}
	w.Deliver(script.Match{To: n12}, 0)
	if got := w.Node(n12).Now(); got != script.Epoch+time.Second {
		t.Errorf("1.2 is at %v", got-script.Epoch)
	}
}

func TestInjectForgesAMessage(t *testing.T) {
	w := newWorld(t)
	if err := w.Inject(n11, n12, prepare{Ballot: quorate.NewBallot(9, n11)}); err != nil {
		t.Fatal(err)
	}
	w.Settle()
	if got := w.Replica(n12).Report().Ballot; got != quorate.NewBallot(9, n11) {
		t.Errorf("1.2 promised %v", got)
	}
	if err := w.Inject(n11, 9<<16|9, prepare{}); err == nil {
		t.Error("a message to a stranger was taken")
	}
	if err := w.Inject(n11, n12, func() {}); err == nil {
		t.Error("a function was taken for a message")
	}
}

func TestConfigValidate(t *testing.T) {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []script.Config{{}, {Cluster: cluster}, {New: newSynod(synodConfig{})}} {
		if _, err := script.NewWorld(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}

// A Go test moves a world with the methods that the commands of scripts use.
func ExampleWorld() {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := script.NewWorld(script.Config{
		Cluster: cluster,
		New:     newSynod(synodConfig{q1: 2, q2: 2}),
		Trace:   func(l script.Line) { fmt.Println(l.Text) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	w.Isolate(cluster.ID(2))
	put := quorate.Command{Client: 0xc, Seq: 1, Op: quorate.OpPut, Key: "k", Value: []byte("X")}
	if err := w.Request(cluster.ID(0), quorate.Request{Command: put}); err != nil {
		fmt.Println(err)
		return
	}
	w.Settle()
	fmt.Println("violation:", w.Err())
	// Output:
	// 1.1>1.2 prepare{Ballot:1@1.1}
	// 1.2>1.1 promise{Ballot:1@1.1 OK Promised:1@1.1}
	//   1.1 is elected under 1@1.1
	// 1.1>1.2 accept{Ballot:1@1.1 Value:put k=X (c:1)}
	// 1.2>1.1 accepted{Ballot:1@1.1 OK Promised:1@1.1}
	//   1.1 learns slot 0 = [put k=X (c:1)] under 1@1.1
	//   1.1 executes slot 0 = [put k=X (c:1)] -> [{OK Version:1}]
	//   1.1>c reply 1: done, ok, version 1
	// 1.1>1.2 decided{Ballot:1@1.1 Value:put k=X (c:1)}
	//   1.2 learns slot 0 = [put k=X (c:1)] under 1@1.1
	//   1.2 executes slot 0 = [put k=X (c:1)] -> [{OK Version:1}]
	// violation: <nil>
}
