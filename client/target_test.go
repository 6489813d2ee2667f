package client_test

import (
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

func done(leader quorate.ID) quorate.Reply {
	return quorate.Reply{Status: quorate.Done, OK: true, Leader: leader}
}

func notLeader(hint quorate.ID) quorate.Reply {
	return quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonNotLeader, Leader: hint}
}

func TestRetriesKeepNumberAndIssued(t *testing.T) {
	r := newRig(t, client.Config{AttemptTimeout: time.Second})
	start := r.now
	r.put(10 * time.Second)
	r.put(10 * time.Second)
	r.s.Cancel(&client.Call{}) // not of this session
	r.wait()
	r.refuse(quorate.ReasonStopping)
	for i, want := range []struct {
		seq     uint64
		timeout time.Duration
	}{{1, 10 * time.Second}, {2, 10 * time.Second}, {1, 9 * time.Second}, {2, 9 * time.Second}, {2, 9 * time.Second}} {
		if i >= len(r.sends) {
			t.Fatalf("%d requests, want more", len(r.sends))
		}
		q := r.sends[i].Request
		if q.Command.Client != me || q.Command.Seq != want.seq || q.Command.Issued != start || q.Timeout != want.timeout {
			t.Errorf("request %d: %v seq %d issued %v timeout %v; want seq %d issued %v timeout %v", i,
				q.Command.Client, q.Command.Seq, q.Command.Issued, q.Timeout, want.seq, start, want.timeout)
		}
	}
}

func TestHints(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(0)
	r.wantTarget(nodeA)
	r.answer(notLeader(nodeC))
	r.wantTarget(nodeC)
	r.answer(done(nodeC))
	r.put(0)
	r.wantTarget(nodeC) // remembered
	r.answer(done(nodeB))
	r.put(0)
	r.wantTarget(nodeB) // a forwarded call teaches, too
	r.answer(quorate.Reply{Status: quorate.Done})
	r.put(0)
	r.wantTarget(nodeB) // a reply without a hint forgets nothing
	r.answer(done(node(9)))
	r.put(0)
	r.wantTarget(nodeB) // a stranger
	r.lost(nodeB)
	if r.s.Leader() != 0 {
		t.Errorf("the lost leader %v is remembered", r.s.Leader())
	}
	r.wantTarget(nodeA)
}

// Rule: two replicas that name each other get a bounded number of requests,
// and the third one is asked in the end.
func TestHintLoop(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(time.Hour)
	asked := map[quorate.ID]int{}
	for range 50 {
		to := r.last().To
		asked[to]++
		sent := len(r.sends)
		switch to {
		case nodeA:
			r.answer(notLeader(nodeB))
		case nodeB:
			r.answer(notLeader(nodeA))
		}
		if len(r.sends) == sent {
			break
		}
	}
	if got := asked[nodeA] + asked[nodeB]; got != 4 {
		t.Errorf("%d requests before the first pause, want 4: one, and one for each node", got)
	}
}

// Rule: a hint back to the node that just kept silent is not followed.
func TestStaleHint(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(time.Hour)
	r.answer(done(nodeA))
	r.put(time.Hour)
	r.wantTarget(nodeA)
	r.lost(nodeA)
	r.wantTarget(nodeB)
	r.answer(notLeader(nodeA))
	r.wantTarget(nodeC)
	r.answer(notLeader(nodeA))
	r.wantTarget(nodeA) // its turn
}

// Rule: a pause renews the right to go elsewhere at once, and a hint back to
// the node that failed before it is followed.
func TestPauseBeginsAnew(t *testing.T) {
	for _, fail := range []struct {
		name string
		how  func(r *rig, c *client.Call)
	}{
		{"lost", func(r *rig, c *client.Call) { r.lost(r.last().To) }},
		{"unsent", func(r *rig, c *client.Call) {
			r.s.Unsent(r.now, r.last().To, c.ID().Seq)
			r.drain()
		}},
	} {
		t.Run(fail.name, func(t *testing.T) {
			r := newRig(t, client.Config{})
			c := r.put(time.Hour)
			for round := range 3 {
				for range 4 {
					fail.how(r, c)
				}
				if want := 4 * (round + 1); len(r.sends) != want {
					t.Fatalf("%d requests by pause %d, want %d", len(r.sends), round+1, want)
				}
				if round < 2 {
					r.wait()
				}
			}
			failed := r.last().To
			r.wait()
			if r.last().To == failed {
				t.Fatal("the node that failed is asked again at once")
			}
			r.answer(notLeader(failed))
			r.wantTarget(failed)
			fail.how(r, c)
			r.answer(notLeader(failed))
			if r.last().To == failed {
				t.Error("a hint back to the node that just failed was followed")
			}
		})
	}
}

// Rule: time spent waiting counts as a pause.
func TestTimeoutBeginsAnew(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(time.Hour)
	for range 3 {
		r.refuse(quorate.ReasonStopping)
	}
	r.wait()
	for range 3 {
		r.refuse(quorate.ReasonStopping)
	}
	if len(r.sends) != 8 {
		t.Errorf("%d requests, want 8", len(r.sends))
	}
}

func TestLocalReadsGoToTheNearest(t *testing.T) {
	r := newRig(t, client.Config{Return: time.Minute})
	get := client.Op{Kind: quorate.OpGet, Key: "k", Read: quorate.ReadLocal}
	r.put(0)
	r.answer(done(nodeC))
	r.start(get, 0)
	r.wantTarget(nodeA)
	if r.last().Request.Read != quorate.ReadLocal {
		t.Error("the read mode was not sent")
	}
	r.lost(nodeA)
	r.wantTarget(nodeB)
	r.answer(done(0))
	r.start(get, 0)
	r.wantTarget(nodeB) // stays away
	r.answer(done(0))
	r.now += time.Minute
	r.start(get, 0)
	r.wantTarget(nodeA) // for a while
	r.refuse(quorate.ReasonOverloaded)
	r.wait()
	r.wantTarget(nodeB) // another replica may have room
}

func TestNearestIgnoresTheLeader(t *testing.T) {
	r := newRig(t, client.Config{Nearest: true})
	r.put(0)
	r.answer(done(nodeC))
	r.put(0)
	r.wantTarget(nodeA)
	r.answer(notLeader(nodeC))
	r.wantTarget(nodeC)
	r.answer(done(nodeC))
	r.put(0)
	r.wantTarget(nodeA)
}

func TestLostConnectionRetriesAtOnceElsewhere(t *testing.T) {
	r := newRig(t, client.Config{})
	for range 10 {
		r.put(time.Hour)
	}
	r.lost(nodeB)
	if len(r.sends) != 10 {
		t.Fatalf("a stranger's connection caused %d retries", len(r.sends)-10)
	}
	r.lost(nodeA)
	if len(r.sends) != 20 {
		t.Fatalf("%d requests, want 20", len(r.sends))
	}
	for i, send := range r.sends[10:] {
		if send.To != nodeC || send.Request.Command.Seq != uint64(i+1) { // nodeB's connection has just broken, too
			t.Errorf("retry %d went to %v with seq %d", i, send.To, send.Request.Command.Seq)
		}
	}
	if s := r.s.Stats(); s.Lost != 10 || s.Retries != 10 || s.Attempts != 20 || s.Calls != 10 {
		t.Errorf("stats %+v", s)
	}
}

// Rule: a node without room is asked again, after a pause.
func TestFullLinkPauses(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(time.Hour)
	r.answer(done(nodeB))
	c := r.put(time.Hour)
	r.s.Full(r.now, nodeA, c.ID().Seq) // not where the attempt is
	r.s.Full(r.now, nodeB, c.ID().Seq)
	r.drain()
	if len(r.sends) != 2 || r.s.Leader() != nodeB {
		t.Fatalf("%d requests, leader %v; want a pause and no other leader", len(r.sends), r.s.Leader())
	}
	r.wait()
	r.wantTarget(nodeB)
	r.s.Full(r.now, nodeB, c.ID().Seq)
	r.s.Cancel(c)
	r.drain()
	r.wantEnd(c, quorate.NotExecuted, client.EndCancelled)
	if c.Outcome.Reason != quorate.ReasonOverloaded {
		t.Errorf("reason %v", c.Outcome.Reason)
	}
}

func TestAllConnectionsDown(t *testing.T) {
	r := newRig(t, client.Config{})
	c := r.put(time.Hour)
	for range 4 {
		r.s.Unsent(r.now, r.last().To, c.ID().Seq)
		r.drain()
	}
	if len(r.sends) != 4 {
		t.Fatalf("%d requests without a pause, want 4", len(r.sends))
	}
	r.s.Unsent(r.now, nodeA, c.ID().Seq) // pausing: nothing is under way
	r.s.Cancel(c)
	r.drain()
	r.wantEnd(c, quorate.NotExecuted, client.EndCancelled)
}

func TestBackoff(t *testing.T) {
	const lo, hi = 10 * time.Millisecond, 65 * time.Millisecond
	r := newRig(t, client.Config{BackoffMin: lo, BackoffMax: hi})
	r.put(time.Hour)
	var pauses []time.Duration
	for i := range 20 {
		r.refuse([]quorate.Reason{quorate.ReasonNoLeader, quorate.ReasonOverloaded}[i%2])
		pauses = append(pauses, r.wait())
	}
	want := lo
	for i, got := range pauses {
		if got < want/2 || got > want {
			t.Errorf("pause %d took %v, want %v to %v", i, got, want/2, want)
		}
		want = min(2*want, hi)
	}
	if slices.Max(pauses[5:]) == slices.Min(pauses[5:]) {
		t.Error("the pauses have no jitter")
	}
}

func TestNoLeaderRotates(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(time.Hour)
	var asked []quorate.ID
	for range 6 {
		asked = append(asked, r.last().To)
		r.refuse(quorate.ReasonNoLeader)
		r.wait()
	}
	if want := []quorate.ID{nodeA, nodeB, nodeC, nodeA, nodeB, nodeC}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

func TestOverloadedLeaderIsAskedAgain(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(time.Hour)
	r.answer(done(nodeB))
	r.put(time.Hour)
	r.answer(quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonOverloaded, Leader: nodeB})
	if len(r.sends) != 2 {
		t.Fatal("no pause")
	}
	r.wait()
	r.wantTarget(nodeB)
}

func TestAttemptTimeoutDoubles(t *testing.T) {
	r := newRig(t, client.Config{AttemptTimeout: time.Second})
	r.put(time.Hour)
	for i, want := range []time.Duration{1, 2, 4, 8, 8, 8} {
		if got := r.wait(); got != want*time.Second {
			t.Errorf("attempt %d waited %v, want %v", i+1, got, want*time.Second)
		}
		r.wantTarget([]quorate.ID{nodeB, nodeC, nodeA}[i%3])
	}
	if got := r.s.Stats().Timeouts; got != 6 {
		t.Errorf("%d timeouts counted", got)
	}
}

// Rule: a replica whose clock differs is not the last word; all of them are.
func TestClockRefusedEverywhere(t *testing.T) {
	r := newRig(t, client.Config{})
	c := r.put(time.Hour)
	for _, id := range []quorate.ID{nodeA, nodeB, nodeC} {
		r.wantTarget(id)
		r.refuse(quorate.ReasonClock)
	}
	r.wantEnd(c, quorate.NotExecuted, client.EndAnswered)
}

func TestCallsCanBeUsedAgain(t *testing.T) {
	r := newRig(t, client.Config{})
	c := r.put(time.Minute)
	r.wait()
	r.answer(done(0))
	c.Op.Key = "other"
	r.s.Start(r.now, c)
	r.drain()
	if c.ID().Seq != 2 || c.Outcome.Attempts != 1 || c.Outcome.Status != 0 {
		t.Errorf("the second use starts as seq %d with %+v", c.ID().Seq, c.Outcome)
	}
	r.refuse(quorate.ReasonInvalid)
	r.wantEnd(c, quorate.NotExecuted, client.EndAnswered) // untainted by the first use
}
