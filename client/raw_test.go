package client_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

func noLongerLeader(hint quorate.ID) quorate.Reply {
	return quorate.Reply{Status: quorate.Unknown, Reason: quorate.ReasonNoLongerLeader, Leader: hint}
}

// targets returns where the requests went.
func (r *rig) targets() []quorate.ID {
	var all []quorate.ID
	for _, send := range r.sends {
		all = append(all, send.To)
	}
	return all
}

// The first node answers, and is asked next time.
func TestFirstNodeAnswers(t *testing.T) {
	r := newRig(t, client.Config{})
	c := r.put(0)
	r.answer(done(0))
	r.wantEnd(c, quorate.Done, client.EndAnswered)
	r.put(0)
	if want := []quorate.ID{nodeA, nodeA}; !slices.Equal(r.targets(), want) || c.Outcome.Attempts != 1 {
		t.Errorf("asked %v, want %v", r.targets(), want)
	}
}

// Two nodes keep silent, the third answers, and is asked first from then on.
func TestSticksWithTheNodeThatAnswered(t *testing.T) {
	for _, leader := range []quorate.ID{0, nodeC} {
		r := newRig(t, client.Config{})
		c := r.put(0)
		r.wait()
		r.wait()
		r.answer(done(leader))
		r.wantEnd(c, quorate.Done, client.EndAnswered)
		r.put(0)
		if want := []quorate.ID{nodeA, nodeB, nodeC, nodeC}; !slices.Equal(r.targets(), want) {
			t.Errorf("asked %v, want %v", r.targets(), want)
		}
	}
}

// A call of its own time has moved the session on; a late answer moves it back.
func TestSticksWithALateAnswer(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(0)
	first := r.last()
	r.wait()
	r.answerTo(first, done(0))
	r.put(0)
	r.wantTarget(nodeA)
}

// A node that does not lead sends the call to the next one, which is asked first
// from then on.
func TestNotLeaderGoesOn(t *testing.T) {
	r := newRig(t, client.Config{})
	c := r.put(0)
	r.answer(notLeader(0))
	r.wantTarget(nodeB)
	r.answer(done(0))
	r.wantEnd(c, quorate.Done, client.EndAnswered)
	r.put(0)
	r.wantTarget(nodeB)
}

// When a whole cycle of nodes said that it does not lead, the call waits for a
// while that chance makes longer or shorter.
func TestNobodyLeads(t *testing.T) {
	var pauses []time.Duration
	r := newRig(t, client.Config{BackoffMin: time.Second, BackoffMax: time.Second})
	r.put(time.Hour)
	for range 8 {
		asked := map[quorate.ID]bool{}
		for sent := 0; sent != len(r.sends) && sent < 100; { // until nothing is sent any more
			sent = len(r.sends)
			asked[r.last().To] = true
			r.answer(notLeader(0))
		}
		if len(asked) != 3 {
			t.Fatalf("asked %v before it waited, want all", asked)
		}
		pauses = append(pauses, r.wait())
	}
	if slices.Min(pauses) < time.Second/2 || slices.Max(pauses) > time.Second || slices.Min(pauses) == slices.Max(pauses) {
		t.Errorf("waited %v, want half a second to one, by chance", pauses)
	}
}

// A refusal of a node that was left is not taken for one of the node asked now.
func TestNotLeaderOfAnotherNodeIsIgnored(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(0)
	first := r.last()
	r.wait()
	r.answerTo(first, notLeader(nodeC))
	if want := []quorate.ID{nodeA, nodeB}; !slices.Equal(r.targets(), want) || r.s.Leader() != 0 {
		t.Errorf("asked %v, leader %v; want %v and none", r.targets(), r.s.Leader(), want)
	}
}

// By default a call goes on after the leader stepped down, under the same number,
// and may then be done, or unknown, but never failed.
func TestNoLongerLeaderIsRetried(t *testing.T) {
	for _, last := range []quorate.Status{quorate.Done, quorate.NotExecuted} {
		r := newRig(t, client.Config{MaxAttempts: 2})
		c := r.put(0)
		r.answer(noLongerLeader(nodeC))
		r.wantTarget(nodeC) // the hint
		if a, b := r.sends[0].Request.Command, r.sends[1].Request.Command; !a.Equal(&b) || a.ID() != b.ID() {
			t.Errorf("the retry is %+v, the first attempt was %+v", b, a)
		}
		want, end := quorate.Done, client.EndAnswered
		if last == quorate.NotExecuted {
			want, end = quorate.Unknown, client.EndAttempts
		}
		r.answer(quorate.Reply{Status: last, Reason: map[quorate.Status]quorate.Reason{quorate.NotExecuted: quorate.ReasonOverloaded}[last]})
		r.wantEnd(c, want, end)
	}
}

// A leader that stepped down and names nobody is left like one that does not lead.
func TestNoLongerLeaderWithoutHint(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(0)
	r.answer(done(nodeB))
	r.put(0)
	r.wantTarget(nodeB)
	r.answer(noLongerLeader(0))
	r.wantTarget(nodeA)
	r.answer(noLongerLeader(0))
	r.wantTarget(nodeC)
}

// A session that may ask one node only has nowhere to go when another one leads,
// but waits for a leader where none is known.
func TestTheOnlyNodeDoesNotLead(t *testing.T) {
	r := newRig(t, client.Config{Nodes: []quorate.ID{nodeA}})
	c := r.put(0)
	r.answer(notLeader(0))
	r.answer(notLeader(nodeA)) // it leads by now
	r.wait()
	r.answer(notLeader(nodeB))
	r.wantEnd(c, quorate.NotExecuted, client.EndAnswered)
	if len(r.sends) != 3 || c.Outcome.Reason != quorate.ReasonNotLeader {
		t.Errorf("%d attempts, %v", len(r.sends), c.Outcome.Reason)
	}
}

// A raw call ends with the first attempt of which it is not known what became of
// it, and goes on after others.
func TestRawOutcomes(t *testing.T) {
	for _, perCall := range []bool{false, true} {
		for _, tc := range []struct {
			name string
			met  func(r *rig)
			end  client.End // zero: it goes on
		}{
			{"no longer leader", func(r *rig) { r.answer(noLongerLeader(nodeB)) }, client.EndAnswered},
			{"unknown", func(r *rig) { r.answer(quorate.Reply{Status: quorate.Unknown, Reason: quorate.ReasonDeadline}) }, client.EndAnswered},
			{"silence", func(r *rig) { r.wait() }, client.EndSilence},
			{"lost", func(r *rig) { r.lost(r.last().To) }, client.EndLost},
			{"not leader", func(r *rig) { r.answer(notLeader(0)) }, 0},
			{"stopping", func(r *rig) { r.refuse(quorate.ReasonStopping) }, 0},
			{"unsent", func(r *rig) {
				r.s.Unsent(r.now, r.last().To, 1)
				r.drain()
			}, 0},
		} {
			r := newRig(t, client.Config{Raw: !perCall})
			c := r.start(client.Op{Kind: quorate.OpPut, Key: "k", Raw: perCall}, 0)
			tc.met(r)
			if tc.end != 0 {
				r.wantEnd(c, quorate.Unknown, tc.end)
				if len(r.sends) != 1 || c.Outcome.Node != nodeA {
					t.Errorf("%s: %d attempts, the last at %v", tc.name, len(r.sends), c.Outcome.Node)
				}
			} else if len(r.sends) != 2 || len(r.ended) != 0 {
				t.Errorf("%s: %d attempts and %d ends, want it to go on", tc.name, len(r.sends), len(r.ended))
			}
		}
	}
}

// All raw calls at a node end with its connection, not only the first.
func TestRawCallsOfALostConnection(t *testing.T) {
	r := newRig(t, client.Config{Raw: true})
	for range 3 {
		r.put(0)
	}
	r.lost(nodeA)
	if len(r.ended) != 3 || r.s.Open() != 0 {
		t.Errorf("%d of 3 calls ended", len(r.ended))
	}
}

// The attempts of a call are bounded, and a cluster that answers nothing gets them
// evenly, whoever was the leader.
func TestAttemptsAreBoundedAndSpread(t *testing.T) {
	for _, leader := range []quorate.ID{0, nodeA, nodeB, nodeC} {
		r := newRig(t, client.Config{MaxAttempts: 6})
		if leader != 0 {
			r.put(0)
			r.answer(done(leader))
			r.sends = nil
		}
		c := r.put(time.Hour)
		for range 6 {
			r.wait()
		}
		r.wantEnd(c, quorate.Unknown, client.EndAttempts)
		asked := map[quorate.ID]int{}
		for _, to := range r.targets() {
			asked[to]++
		}
		if asked[nodeA] != 2 || asked[nodeB] != 2 || asked[nodeC] != 2 || !c.Outcome.Silent {
			t.Errorf("leader %v: asked %v, want two each", leader, r.targets())
		}
	}
}

// Refused attempts count, and the last one is not followed by a pause for nothing.
func TestRefusedAttemptsCount(t *testing.T) {
	r := newRig(t, client.Config{MaxAttempts: 2})
	c := r.put(time.Hour)
	r.refuse(quorate.ReasonOverloaded)
	r.wait()
	r.refuse(quorate.ReasonOverloaded)
	r.wantEnd(c, quorate.NotExecuted, client.EndAttempts)

	c = r.put(time.Hour)
	r.wait()
	r.refuse(quorate.ReasonOverloaded)
	r.wantEnd(c, quorate.Unknown, client.EndAttempts)
	if c.Outcome.Silent {
		t.Error("the last attempt was refused, not silent")
	}
}

// Callers tell the failures apart, and the text names the node and the reason.
func TestErrorsAreToldApart(t *testing.T) {
	sentinels := []error{
		client.ErrNotExecuted, client.ErrUnknown, client.ErrTimeout, client.ErrLost, client.ErrAttempts,
		client.ErrNotLeader, client.ErrNoLongerLeader, client.ErrNotFollower, client.ErrClosed, context.DeadlineExceeded,
	}
	type answer func(l *fakeLink, to quorate.ID, r quorate.Request) error
	refused := func(status quorate.Status, reason quorate.Reason) answer {
		return func(l *fakeLink, to quorate.ID, r quorate.Request) error {
			l.answer(to, r, quorate.Reply{Status: status, Reason: reason})
			return nil
		}
	}
	silent := func(*fakeLink, quorate.ID, quorate.Request) error { return nil }
	broken := func(l *fakeLink, to quorate.ID, _ quorate.Request) error {
		l.onLost(to)
		return nil
	}
	for _, tc := range []struct {
		name   string
		cfg    client.Config
		answer answer // to every request
		is     []error
		text   []string
	}{
		{"not leader", client.Config{MaxAttempts: 1}, refused(quorate.NotExecuted, quorate.ReasonNotLeader),
			[]error{client.ErrNotExecuted, client.ErrAttempts, client.ErrNotLeader}, []string{"1.1", "not leader", "not executed"}},
		{"not follower", client.Config{MaxAttempts: 1}, refused(quorate.NotExecuted, quorate.ReasonNotFollower),
			[]error{client.ErrNotExecuted, client.ErrAttempts, client.ErrNotFollower}, []string{"1.1", "not a follower"}},
		{"no longer leader", client.Config{Raw: true}, refused(quorate.Unknown, quorate.ReasonNoLongerLeader),
			[]error{client.ErrUnknown, client.ErrNoLongerLeader}, []string{"1.1", "no longer leader", "outcome unknown"}},
		{"no longer leader, out of attempts", client.Config{MaxAttempts: 2}, refused(quorate.Unknown, quorate.ReasonNoLongerLeader),
			[]error{client.ErrUnknown, client.ErrNoLongerLeader, client.ErrAttempts}, []string{"1.2", "2 attempts", "no attempts are left"}},
		{"silence", client.Config{Raw: true}, silent, []error{client.ErrUnknown, client.ErrTimeout}, []string{"1.1", "timed out"}},
		{"silence, out of attempts", client.Config{MaxAttempts: 6}, silent,
			[]error{client.ErrUnknown, client.ErrTimeout, client.ErrAttempts}, []string{"1.3", "6 attempts", "timed out"}},
		{"lost", client.Config{Raw: true}, broken, []error{client.ErrUnknown, client.ErrLost}, []string{"1.1", "connection lost"}},
		{"time is up", client.Config{}, silent, []error{client.ErrUnknown, client.ErrTimeout}, []string{"timed out"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			if tc.cfg.MaxAttempts > 0 {
				tc.cfg.Timeout = time.Hour
			}
			c, _ := newClient(t, tc.cfg, tc.answer)
			_, err := c.Put(context.Background(), "k", nil)
			for _, s := range sentinels {
				if got, want := errors.Is(err, s), slices.Contains(tc.is, s); got != want {
					t.Errorf("%s: errors.Is(%q, %q) is %v", tc.name, err, s, got)
				}
			}
			for _, part := range tc.text {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %q does not say %q", tc.name, err, part)
				}
			}
		})
	}
}
