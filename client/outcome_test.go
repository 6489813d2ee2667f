package client_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// fate is what becomes of one attempt.
type fate struct {
	name    string
	apply   func(r *rig, c *client.Call)
	pauses  bool           // the next attempt comes after a pause
	unknown bool           // the attempt may have been executed
	final   quorate.Status // ends the call unless it is zero; NotExecuted if the earlier attempts allow it
}

func fates() []fate {
	refuse := func(name string, reason quorate.Reason, final quorate.Status) fate {
		pauses := reason == quorate.ReasonOverloaded || reason == quorate.ReasonNoLeader
		return fate{name: name, pauses: pauses, final: final, apply: func(r *rig, _ *client.Call) { r.refuse(reason) }}
	}
	return []fate{
		refuse("overloaded", quorate.ReasonOverloaded, 0),
		refuse("no leader", quorate.ReasonNoLeader, 0),
		refuse("not leader", quorate.ReasonNotLeader, 0),
		refuse("stopping", quorate.ReasonStopping, 0),
		refuse("too large", quorate.ReasonTooLarge, quorate.NotExecuted),
		refuse("expired", quorate.ReasonExpired, quorate.Unknown),
		{name: "unsent", apply: func(r *rig, c *client.Call) {
			r.s.Unsent(r.now, r.last().To, c.ID().Seq)
			r.drain()
		}},
		{name: "unknown", unknown: true, apply: func(r *rig, _ *client.Call) {
			r.answer(quorate.Reply{Status: quorate.Unknown, Reason: quorate.ReasonStopping})
		}},
		{name: "lost", unknown: true, apply: func(r *rig, _ *client.Call) { r.lost(r.last().To) }},
		{name: "timeout", unknown: true, apply: func(r *rig, _ *client.Call) { r.wait() }},
		{name: "done", final: quorate.Done, apply: func(r *rig, _ *client.Call) {
			r.answer(quorate.Reply{Status: quorate.Done, OK: true, Version: 7})
		}},
	}
}

// Rule: a call definitely failed only if every attempt did. All fates of up to
// three attempts, then the deadline.
func TestOutcomeIsThatOfAllAttempts(t *testing.T) {
	all := fates()
	var walk func(prefix []fate)
	walk = func(prefix []fate) {
		for _, pending := range []bool{false, true} {
			checkFates(t, prefix, pending)
		}
		if len(prefix) == 3 || len(prefix) > 0 && prefix[len(prefix)-1].final != 0 {
			return
		}
		for _, f := range all {
			walk(append(prefix[:len(prefix):len(prefix)], f))
		}
	}
	walk(nil)
}

// checkFates plays the fates, then ends the call by its deadline: with an
// attempt pending, or else while it pauses after a last refusal.
func checkFates(t *testing.T, prefix []fate, pending bool) {
	t.Helper()
	var names []string
	r := newRig(t, client.Config{AttemptTimeout: time.Second, BackoffMin: time.Second, BackoffMax: time.Second})
	c := r.put(time.Hour)
	want := quorate.NotExecuted
	for _, f := range prefix {
		names = append(names, f.name)
		f.apply(r, c)
		if f.unknown {
			want = quorate.Unknown
		}
		if f.final == quorate.Done || f.final == quorate.Unknown {
			want = f.final
		}
		if f.final != 0 {
			break
		}
		if f.pauses {
			r.wait()
		}
	}
	end := client.EndAnswered
	if len(prefix) == 0 || prefix[len(prefix)-1].final == 0 {
		end = client.EndDeadline
		if pending {
			want = quorate.Unknown
			names = append(names, "pending")
		} else {
			r.refuse(quorate.ReasonOverloaded)
			names = append(names, "refused")
		}
		r.now += 2 * time.Hour
		r.s.Tick(r.now)
		r.drain()
	}
	if len(r.ended) != 1 || c.Outcome.Status != want || c.Outcome.End != end {
		t.Errorf("%s: ended %d times as %v (end %d), want %v (end %d)",
			strings.Join(names, ", "), len(r.ended), c.Outcome.Status, c.Outcome.End, want, end)
	}
}

func TestSilenceIsNotForgotten(t *testing.T) {
	r := newRig(t, client.Config{})
	c := r.put(time.Minute)
	first := r.last()
	r.wait()
	r.answerTo(first, quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonOverloaded}) // too late
	r.refuse(quorate.ReasonInvalid)
	r.wantEnd(c, quorate.Unknown, client.EndAnswered)
}

func TestLateDoneCounts(t *testing.T) {
	r := newRig(t, client.Config{})
	c := r.put(time.Minute)
	first := r.last()
	r.wait()
	r.wantTarget(nodeB)
	r.answerTo(first, quorate.Reply{Status: quorate.Done, OK: true, Version: 3})
	r.wantEnd(c, quorate.Done, client.EndAnswered)
	if res := c.Outcome.Result; res.Version != 3 || !res.OK || res.Node != nodeA {
		t.Errorf("result %+v, want version 3 from %v", res, nodeA)
	}
	r.answer(quorate.Reply{Status: quorate.Done, OK: true, Version: 3}) // the second attempt's
	if r.s.Stats().Stray != 1 || len(r.ended) != 1 {
		t.Errorf("a duplicate reply ended %d calls, stray %d", len(r.ended), r.s.Stats().Stray)
	}
}

// Rule: a refusal answers one attempt. A second copy of it, or a late one, does
// not stand for a later attempt at the same node.
func TestRefusalOfAnEarlierAttemptIsStray(t *testing.T) {
	r := newRig(t, client.Config{Nodes: []quorate.ID{nodeA}})
	c := r.put(time.Minute)
	first := r.last()
	r.refuse(quorate.ReasonOverloaded)
	r.wait() // the pause
	r.wantTarget(nodeA)
	r.answerTo(first, quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonInvalid})
	if len(r.ended) != 0 {
		t.Fatalf("ended as %+v by a copy of the first attempt's refusal", c.Outcome)
	}
	r.refuse(quorate.ReasonInvalid)
	r.wantEnd(c, quorate.NotExecuted, client.EndAnswered)
}

// Rule: a reply to an attempt that was given up does not stand for the one
// under way.
func TestRefusalByAnotherNodeIsStray(t *testing.T) {
	r := newRig(t, client.Config{})
	c := r.put(time.Minute)
	first := r.last()
	r.refuse(quorate.ReasonStopping)
	r.wantTarget(nodeB)
	r.answerTo(first, quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonInvalid})
	if len(r.ended) != 0 || len(r.sends) != 2 {
		t.Fatalf("a stray refusal ended %d calls and caused %d sends", len(r.ended), len(r.sends)-2)
	}
	r.s.Cancel(c)
	r.drain()
	r.wantEnd(c, quorate.Unknown, client.EndCancelled)
}

func TestStrangersRepliesAreIgnored(t *testing.T) {
	r := newRig(t, client.Config{})
	r.put(time.Minute)
	for _, reply := range []quorate.Reply{
		{Client: me + 1, Seq: 1, Status: quorate.Done},
		{Client: me, Seq: 2, Status: quorate.Done},
		{Client: me, Seq: 1, Status: 0},
		{Client: me, Seq: 1, Status: 99},
	} {
		r.s.Reply(r.now, nodeA, reply)
		r.drain()
	}
	if len(r.ended) != 0 || len(r.sends) != 1 || r.s.Stats().Stray != 4 {
		t.Errorf("%d calls ended, %d sends, %d stray; want 0, 1, 4", len(r.ended), len(r.sends), r.s.Stats().Stray)
	}
}

func TestNothingIsSentForNonsense(t *testing.T) {
	for i, op := range []client.Op{
		{}, {Kind: quorate.OpTrim, Key: "k"}, {Kind: 200}, {Kind: quorate.OpGet, Read: 9},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := newRig(t, client.Config{})
			r.wantEnd(r.start(op, 0), quorate.NotExecuted, client.EndInvalid)
			if len(r.sends) != 0 {
				t.Error("a request was sent")
			}
		})
	}
}

func TestClosedSession(t *testing.T) {
	r := newRig(t, client.Config{})
	pending, refused := r.put(0), r.put(0)
	r.refuse(quorate.ReasonOverloaded)
	r.s.Close()
	r.drain()
	if got := pending.Outcome; got.Status != quorate.Unknown || got.End != client.EndClosed {
		t.Errorf("an unanswered call ended %v (end %d)", got.Status, got.End)
	}
	if got := refused.Outcome; got.Status != quorate.NotExecuted || got.End != client.EndClosed {
		t.Errorf("a refused call ended %v (end %d)", got.Status, got.End)
	}
	sent := len(r.sends)
	r.wantEnd(r.put(0), quorate.NotExecuted, client.EndClosed)
	if len(r.sends) != sent || r.s.Open() != 0 {
		t.Error("a closed session sent a request or kept a call")
	}
}

func TestTimeIsOverBeforeTheStart(t *testing.T) {
	r := newRig(t, client.Config{})
	r.wantEnd(r.put(-1), quorate.NotExecuted, client.EndDeadline)
	if len(r.sends) != 0 {
		t.Error("a request was sent")
	}
}
