package paxos_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/core"
)

// lone is one replica among peers that exist only as messages.
type lone struct {
	*host
	t    *testing.T
	w    *world
	sent []quorate.Envelope
}

func newLone(t *testing.T, n int, cfg paxos.Config) *lone {
	w := newWorld(t, 1, n, cfg, 10*time.Second)
	w.cut = func(from, to quorate.ID) bool { return true }
	w.ghost = nil
	return &lone{host: w.hosts[0], t: t, w: w}
}

func (l *lone) peer(i int) quorate.ID { return l.w.cluster.ID(i) }

// receive delivers m and returns what the replica sent, its disk being fast.
func (l *lone) receive(from quorate.ID, m any) []any {
	l.t.Helper()
	if err := l.node.Receive(l.w.now, from, m); err != nil {
		l.t.Fatal(err)
	}
	return l.run(0)
}

// run moves the clock by d and returns what was sent.
func (l *lone) run(d time.Duration) []any {
	l.sent = nil
	send := func(e quorate.Envelope) { l.sent = append(l.sent, e) }
	for end := l.w.now + d; ; l.w.now = min(end, l.w.now+time.Millisecond) {
		l.node.Tick(l.w.now)
		for b := l.node.Flush(send); !b.Empty(); b = l.node.Flush(send) {
			l.syncing = &b
			l.w.store(l.host)
			l.node.Synced(b, send)
		}
		if l.w.now == end {
			break
		}
	}
	var msgs []any
	for _, e := range l.sent {
		msgs = append(msgs, e.Msg)
	}
	return msgs
}

func only[M any](t *testing.T, msgs []any) M {
	t.Helper()
	var found []M
	for _, m := range msgs {
		if x, ok := m.(M); ok {
			found = append(found, x)
		}
	}
	if len(found) != 1 {
		t.Fatalf("want one %v in %+v", reflect.TypeFor[M](), msgs)
	}
	return found[0]
}

func none[M any](t *testing.T, msgs []any) {
	t.Helper()
	for _, m := range msgs {
		if x, ok := m.(M); ok {
			t.Fatalf("unwanted %T %+v", x, x)
		}
	}
}

func write(seq uint64, v string) []quorate.Command {
	return []quorate.Command{{Client: 3, Seq: seq, Issued: time.Hour, Op: quorate.OpPut, Key: "k", Value: []byte(v)}}
}

// elect makes the lone replica leader; the peers report nothing.
func (l *lone) elect() quorate.Ballot {
	l.t.Helper()
	l.node.Tick(l.w.now)
	var p1a paxos.P1a
	for range 2000 {
		for _, m := range l.run(time.Millisecond) {
			if pv, ok := m.(paxos.PreVote); ok {
				l.sent = nil
				for i := 1; i < l.w.cluster.Size(); i++ {
					for _, m := range l.receive(l.peer(i), paxos.PreVoteReply{Ballot: pv.Ballot, OK: true}) {
						if p, ok := m.(paxos.P1a); ok {
							p1a = p
						}
					}
				}
			}
		}
		if p1a.Ballot != 0 {
			break
		}
	}
	for i := 1; i < l.w.cluster.Size(); i++ {
		l.receive(l.peer(i), paxos.P1b{Ballot: p1a.Ballot, OK: true, Promised: p1a.Ballot, Promise: core.Promise{From: p1a.From, Next: p1a.From}})
	}
	if l.replica.Report().Role != "leader" {
		l.t.Fatalf("not elected: %+v", l.replica.Report())
	}
	return p1a.Ballot
}

// TestP1aRelations: promise lower, equal, higher × what the log holds.
func TestP1aRelations(t *testing.T) {
	for _, counter := range []uint32{4, 5, 6} {
		t.Run(fmt.Sprint(counter), func(t *testing.T) {
			l := newLone(t, 3, paxos.Config{})
			old, cand := l.peer(1), l.peer(2)
			promised := quorate.NewBallot(5, old)
			l.receive(old, paxos.P2a{Ballot: promised, Slot: 0, Commands: write(1, "a")})
			l.receive(old, paxos.P2a{Ballot: promised, Slot: 1, Commands: write(2, "b"), Commit: 1})
			from := cand
			b := quorate.NewBallot(counter, cand)
			if counter == 5 {
				from, b = old, promised
			}
			r := only[paxos.P1b](t, l.receive(from, paxos.P1a{Ballot: b, From: 0}))
			if r.Ballot != b || r.OK != (b >= promised) {
				t.Fatalf("reply %+v to %v under the promise %v", r, b, promised)
			}
			if r.Promised != max(b, promised) || l.durablePromise() != max(b, promised) {
				t.Errorf("promised %v, on disk %v", r.Promised, l.durablePromise())
			}
			if !r.OK {
				return
			}
			// Committed entries are part of the promise, or the candidate would
			// use their slots again.
			e := r.Promise.Entries
			if len(e) != 2 || !e[0].Chosen || e[1].Chosen || e[1].Ballot != promised {
				t.Errorf("entries %+v", e)
			}
			again := only[paxos.P1b](t, l.receive(from, paxos.P1a{Ballot: b, From: 0}))
			if !reflect.DeepEqual(again, r) {
				t.Errorf("asked again: %+v, before: %+v", again, r)
			}
		})
	}
	t.Run("somebody else's ballot", func(t *testing.T) {
		l := newLone(t, 3, paxos.Config{})
		none[paxos.P1b](t, l.receive(l.peer(2), paxos.P1a{Ballot: quorate.NewBallot(9, l.peer(1))}))
	})
}

// TestP2aRelations: promise lower, equal, higher; the vote names the request's
// ballot whatever the promise is.
func TestP2aRelations(t *testing.T) {
	for _, counter := range []uint32{4, 5, 6} {
		t.Run(fmt.Sprint(counter), func(t *testing.T) {
			l := newLone(t, 3, paxos.Config{})
			promised := quorate.NewBallot(5, l.peer(1))
			l.receive(l.peer(1), paxos.P1a{Ballot: promised})
			b := quorate.NewBallot(counter, l.peer(1))
			r := only[paxos.P2b](t, l.receive(l.peer(1), paxos.P2a{Ballot: b, Slot: 3, Commands: write(1, "a")}))
			if r.Ballot != b || r.Slot != 3 || r.OK != (b >= promised) || r.Promised != max(b, promised) {
				t.Errorf("reply %+v", r)
			}
			if l.durableVote(3) != r.OK {
				t.Error("the disk does not say what the reply says")
			}
		})
	}
}

// TestLatePromiseChangesNothing: after the election, and for another ballot.
func TestLatePromiseChangesNothing(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	b := l.elect()
	before := l.replica.Report()
	late := paxos.P1b{Ballot: b, OK: true, Promised: b, Promise: core.Promise{Next: 9, Entries: []core.Entry{{Slot: 8, Ballot: 1 << 40, Commands: write(1, "late")}}}}
	l.receive(l.peer(2), late)
	if after := l.replica.Report(); !reflect.DeepEqual(before, after) {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// TestPromisesBelongToABallot: a candidate counts only promises of the ballot
// it stands with now.
func TestPromisesBelongToABallot(t *testing.T) {
	l := newLone(t, 5, paxos.Config{})
	var p1a []paxos.P1a
	for range 5000 {
		for _, m := range l.run(time.Millisecond) {
			switch m := m.(type) {
			case paxos.PreVote:
				for i := 1; i < 5; i++ {
					for _, m := range l.receive(l.peer(i), paxos.PreVoteReply{Ballot: m.Ballot, OK: true}) {
						if p, ok := m.(paxos.P1a); ok {
							p1a = append(p1a, p)
						}
					}
				}
			}
		}
		if len(p1a) == 2 {
			break
		}
	}
	if len(p1a) != 2 || p1a[1].Ballot <= p1a[0].Ballot {
		t.Fatalf("two candidacies: %+v", p1a)
	}
	for i := 1; i < 5; i++ {
		l.receive(l.peer(i), paxos.P1b{Ballot: p1a[0].Ballot, OK: true, Promised: p1a[0].Ballot})
	}
	if r := l.replica.Report(); r.Role != "candidate" {
		t.Errorf("elected by promises of another ballot: %+v", r)
	}
}

// TestStickiness: who hears its leader does not help to replace it, and says so
// without changing anything.
func TestStickiness(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	b := quorate.NewBallot(5, l.peer(1))
	l.receive(l.peer(1), paxos.Heartbeat{Ballot: b, Round: 1})
	ask := paxos.PreVote{Ballot: quorate.NewBallot(6, l.peer(2))}
	if r := only[paxos.PreVoteReply](t, l.receive(l.peer(2), ask)); r.OK {
		t.Error("would promise although the leader spoke just now")
	}
	l.w.now += 200 * time.Millisecond
	if r := only[paxos.PreVoteReply](t, l.receive(l.peer(2), ask)); !r.OK || r.Ballot != ask.Ballot {
		t.Errorf("the leader is silent, and still: %+v", r)
	}
	if got := l.durablePromise(); got >= ask.Ballot {
		t.Errorf("a question raised the promise to %v", got)
	}
}

// TestHeartbeatRelations: a follower answers no to a leader it has left.
func TestHeartbeatRelations(t *testing.T) {
	for _, counter := range []uint32{4, 5, 6} {
		l := newLone(t, 3, paxos.Config{})
		promised := quorate.NewBallot(5, l.peer(1))
		l.receive(l.peer(1), paxos.P1a{Ballot: promised})
		b := quorate.NewBallot(counter, l.peer(1))
		r := only[paxos.HeartbeatReply](t, l.receive(l.peer(1), paxos.Heartbeat{Ballot: b, Round: 7}))
		if r.Ballot != b || r.Round != 7 || r.OK != (b >= promised) || r.Promised != promised {
			t.Errorf("counter %d: %+v", counter, r)
		}
	}
}
