package client_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// trial is one request as the naive oracle sees it: it knows what the replica
// did with it, which the session cannot.
type trial struct {
	send     client.Send
	replies  []quorate.Reply // on their way
	refused  bool            // the replica refused it for good, or it never left
	told     bool            // the session heard so before it gave the attempt up
	gaveUp   bool
	executed bool
}

// world is a cluster that executes, refuses, delays and forgets at random, and
// keeps its promise that a refused request is never executed.
type world struct {
	t       *rapid.T
	s       *client.Session
	now     time.Duration
	trials  map[uint64][]*trial // by Seq
	version map[uint64]uint64   // of the first execution, by Seq
	next    uint64
	open    []*client.Call
}

func newWorld(t *rapid.T) *world {
	cfg := client.Config{Nodes: []quorate.ID{nodeA, nodeB, nodeC}, Nearest: rapid.Bool().Draw(t, "nearest")}
	s, err := client.NewSession(me, cfg, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)))
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, s: s, now: time.Hour, trials: map[uint64][]*trial{}, version: map[uint64]uint64{}}
}

// Rule: NotExecuted is said only if no attempt was or can be executed, and
// always if the session heard every attempt refused; Done reports the first
// execution; all else is Unknown.
func TestOutcomesAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(map[string]func(*rapid.T){
			"start":   w.start,
			"execute": func(*rapid.T) { w.each(func(tr *trial) { w.execute(tr) }) },
			"refuse":  func(*rapid.T) { w.each(w.refuse) },
			"deliver": func(*rapid.T) { w.each(w.deliver) },
			"lose": func(t *rapid.T) {
				w.lose(rapid.SampledFrom([]quorate.ID{nodeA, nodeB, nodeC}).Draw(t, "node"))
			},
			"unsent": func(*rapid.T) { w.each(w.unsent) },
			"time": func(t *rapid.T) {
				w.now += time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "d"))
				w.s.Tick(w.now)
				w.drain()
			},
			"cancel": func(t *rapid.T) {
				if len(w.open) > 0 {
					w.s.Cancel(rapid.SampledFrom(w.open).Draw(t, "call"))
					w.drain()
				}
			},
			"": func(*rapid.T) {},
		})
		w.s.Close()
		w.drain()
		if len(w.open) != 0 || w.s.Open() != 0 {
			t.Fatalf("%d calls never ended", len(w.open))
		}
	})
}

func (w *world) start(t *rapid.T) {
	c := &client.Call{
		Op:      client.Op{Kind: quorate.OpPut, Key: "k"},
		Timeout: time.Duration(rapid.Int64Range(1, int64(5*time.Second)).Draw(t, "timeout")),
	}
	w.open = append(w.open, c)
	w.s.Start(w.now, c)
	w.drain()
}

// each lets f act on one of the requests sent so far.
func (w *world) each(f func(*trial)) {
	var all []*trial
	for seq := range uint64(len(w.trials)) {
		all = append(all, w.trials[seq+1]...)
	}
	if len(all) > 0 {
		f(rapid.SampledFrom(all).Draw(w.t, "trial"))
		w.drain()
	}
}

func (w *world) reply(tr *trial, r quorate.Reply) {
	r.Client, r.Seq, r.Attempt = me, tr.send.Request.Command.Seq, tr.send.Request.Attempt
	r.Leader = rapid.SampledFrom([]quorate.ID{0, nodeA, nodeB, nodeC}).Draw(w.t, "leader")
	tr.replies = append(tr.replies, r)
}

func (w *world) execute(tr *trial) {
	if tr.refused {
		return
	}
	tr.executed = true
	seq := tr.send.Request.Command.Seq
	if w.version[seq] == 0 {
		w.next++
		w.version[seq] = w.next
	}
	w.reply(tr, quorate.Reply{Status: quorate.Done, OK: true, Version: w.version[seq]}) // again and again: duplicates
}

func (w *world) refuse(tr *trial) {
	if tr.executed || tr.refused {
		return
	}
	status := rapid.SampledFrom([]quorate.Status{quorate.NotExecuted, quorate.NotExecuted, quorate.Unknown}).Draw(w.t, "status")
	tr.refused = status == quorate.NotExecuted
	reason := quorate.Reason(rapid.IntRange(0, int(quorate.ReasonStopping)+1).Draw(w.t, "reason"))
	if reason == quorate.ReasonExpired {
		reason = quorate.ReasonNone // TestOutcomeIsThatOfAllAttempts has it
	}
	for range rapid.IntRange(1, 2).Draw(w.t, "copies") {
		w.reply(tr, quorate.Reply{Status: status, Reason: reason})
	}
}

func (w *world) unsent(tr *trial) {
	if tr.executed || tr.refused || tr.gaveUp || len(tr.replies) > 0 || w.latest(tr) != tr {
		return
	}
	tr.refused, tr.told = true, true
	w.s.Unsent(w.now, tr.send.To, tr.send.Request.Command.Seq)
}

func (w *world) deliver(tr *trial) {
	if len(tr.replies) == 0 {
		return
	}
	r := tr.replies[0]
	tr.replies = tr.replies[1:]
	if r.Status == quorate.NotExecuted && !tr.gaveUp {
		tr.told = true
	}
	tr.gaveUp = tr.gaveUp || r.Status == quorate.Unknown
	w.s.Reply(w.now, tr.send.To, r)
}

func (w *world) lose(node quorate.ID) {
	for _, trials := range w.trials {
		for _, tr := range trials {
			tr.gaveUp = tr.gaveUp || tr.send.To == node && !tr.told
		}
	}
	w.s.Lost(w.now, node)
	w.drain()
}

func (w *world) latest(tr *trial) *trial {
	all := w.trials[tr.send.Request.Command.Seq]
	return all[len(all)-1]
}

func (w *world) drain() {
	for send, ok := w.s.NextSend(); ok; send, ok = w.s.NextSend() {
		seq := send.Request.Command.Seq
		for _, earlier := range w.trials[seq] {
			earlier.gaveUp = !earlier.told
		}
		w.trials[seq] = append(w.trials[seq], &trial{send: send})
	}
	for c := w.s.NextEnded(); c != nil; c = w.s.NextEnded() {
		w.check(c)
		w.open = slices.DeleteFunc(w.open, func(o *client.Call) bool { return o == c })
	}
}

func (w *world) check(c *client.Call) {
	trials := w.trials[c.ID().Seq]
	told, executable := true, false
	for _, tr := range trials {
		told = told && tr.told
		executable = executable || !tr.refused
	}
	var wrong string
	switch got := c.Outcome; {
	case got.Status == quorate.Done && (w.version[c.ID().Seq] == 0 || got.Result.Version != w.version[c.ID().Seq]):
		wrong = fmt.Sprintf("done at version %d, executed at %d", got.Result.Version, w.version[c.ID().Seq])
	case got.Status == quorate.NotExecuted && executable:
		wrong = "not executed, but an attempt may be"
	case got.Status == quorate.Unknown && told:
		wrong = "unknown, though every attempt was refused"
	case got.Attempts != len(trials):
		wrong = fmt.Sprintf("%d attempts counted, %d seen", got.Attempts, len(trials))
	}
	if wrong != "" {
		w.t.Fatalf("call %d: %s", c.ID().Seq, wrong)
	}
}
