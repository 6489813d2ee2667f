package epaxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
)

// livelock lets three members propose writes of one key at every step, for a number of
// rounds in which every message arrives but Commits, which take one round longer. So
// what is proposed depends on what is not known to be committed, and that on what
// was proposed after it. It returns the longest time, in rounds, that an instance
// was committed at its owner and not executed.
func livelock(t *testing.T, rounds, backlog int) (longest int) {
	w := newWorld(t, 1, 3, epaxos.Config{Batch: 1, Window: 64, Backlog: backlog, Patience: time.Minute, Retransmit: time.Minute})
	round := 0
	committed := map[quorate.Slot]int{}
	w.watch = func(h *host, e quorate.Event) {
		switch e := e.(type) {
		case quorate.Chosen:
			if h == w.hosts[0] && e.Log == h.id.String() {
				committed[e.Slot] = round
			}
		case quorate.Executed:
			if h == w.hosts[0] && e.Log == h.id.String() {
				longest = max(longest, round-committed[e.Slot])
				delete(committed, e.Slot)
			}
		}
	}
	var late []quorate.Envelope
	step := func() {
		arriving, waited := w.flying, late
		w.flying, late = nil, nil
		for _, e := range arriving {
			if _, commit := e.Msg.(epaxos.Commit); commit {
				late = append(late, e)
			} else {
				waited = append(waited, e)
			}
		}
		for _, e := range waited {
			w.flying = append(w.flying, e)
			w.deliver(len(w.flying) - 1)
		}
		w.now += time.Millisecond
		for _, h := range w.hosts {
			w.tick(h)
			w.sync(h)
		}
		round++
	}
	for seq := range uint64(rounds) {
		for i, h := range w.hosts {
			w.request(h, quorate.Command{Client: quorate.Client(i + 1), Seq: seq + 1, Issued: w.now, Op: quorate.OpPut, Key: "k"})
		}
		step()
	}
	for range 20 * rounds { // the load has stopped
		step()
	}
	if len(committed) > 0 {
		t.Errorf("backlog %d: %d instances of a member are committed and not executed", backlog, len(committed))
	}
	for i := range w.hosts {
		for seq := range uint64(rounds) {
			if r := w.replies[quorate.CommandID{Client: quorate.Client(i + 1), Seq: seq + 1}]; r.Status != quorate.Done {
				t.Fatalf("backlog %d: command %d of client %d: %+v", backlog, seq+1, i+1, r)
			}
		}
	}
	return longest
}

// Where all write one key, what is committed waits for what was proposed after it,
// for as long as there is always something new. The backlog bounds that; once the
// load stops everything is executed in any case.
func TestLivelock(t *testing.T) {
	short, long, bounded := livelock(t, 200, 4000), livelock(t, 400, 4000), livelock(t, 400, 8)
	if long < 2*short*9/10 || short < 100 {
		t.Errorf("without a bound the longest wait is %d rounds under a load of 200, %d under one of 400: this is no livelock", short, long)
	}
	if bounded > 40 {
		t.Errorf("with a backlog of 8 an instance waits for %d rounds", bounded)
	}
	t.Logf("rounds from commit to execution: %d and %d without a bound, %d with one", short, long, bounded)
}
