package reads_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/reads"
	"github.com/quorate/quorate/wire/wiretest"
)

func samples() []any {
	return []any{reads.StampRequest{Serial: 7}, reads.Stamp{Serial: 7, OK: true, Slot: 9}}
}

func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/wire/messages.txt", samples()...) }

func FuzzMessages(f *testing.F) { wiretest.Fuzz(f, samples()...) }

// What becomes of a read of each mode at once, at a leader, a follower, and where
// nobody leads.
func TestWhoTakesARead(t *testing.T) {
	const leads, follows, nobody = 0, 1, 2
	const now, later, passed = "now", "later", "passed on"
	for _, test := range []struct {
		mode quorate.ReadMode
		want [3]string
	}{
		{quorate.ReadLog, [3]string{passed, passed, passed}},
		{quorate.ReadIndex, [3]string{later, passed, passed}},
		{quorate.ReadLocal, [3]string{now, now, now}},
		{quorate.ReadFollower, [3]string{"not a follower", now, now}},
		{quorate.ReadTimeline, [3]string{now, now, now}},
		{quorate.ReadLease, [3]string{"unsupported", "unsupported", "unsupported"}},
		{quorate.ReadHandoff, [3]string{later, later, later}},
	} {
		for place, want := range test.want {
			t.Run(fmt.Sprintf("%v/%d", test.mode, place), func(t *testing.T) {
				r := newRig(t, nil)
				switch place {
				case leads:
					r.leader = r.ID()
				case follows:
					r.leader = r.member(2)
				case nobody:
				}
				r.executed, r.frontier = 4, 6 // the state shows more after a restart
				r.read(test.mode, 0)
				replies, _ := r.flush()
				var got string
				switch {
				case r.forwarded > 0:
					got = passed
				case len(replies) == 0:
					got = later
				case replies[0].Status == quorate.Done:
					got = now
					if replies[0].Stale == test.mode.Linearizable() || replies[0].Index != 6 {
						t.Errorf("reply %+v", replies[0])
					}
				default:
					got = replies[0].Reason.String()
				}
				if got != want {
					t.Errorf("%s, want %s", got, want)
				}
			})
		}
	}
}

// A leader answers once a round that began after the read came is confirmed, and
// what was committed or taken over then is executed.
func TestIndexReads(t *testing.T) {
	for _, mode := range []quorate.ReadMode{quorate.ReadIndex, quorate.ReadHandoff} {
		t.Run(mode.String(), func(t *testing.T) {
			r := newRig(t, nil)
			r.leader, r.round, r.confirmed, r.stamp, r.executed = r.ID(), 6, 6, 9, 8
			seq := r.read(mode, 0)
			r.nothing("an earlier round proves nothing")
			if r.round != 7 {
				t.Fatalf("round %d: want one more", r.round)
			}
			r.stamp = 20 // what comes later need not be waited for
			r.confirmed = 7
			r.reads.Serve()
			r.nothing("slot 8 is not executed")
			r.executed, r.frontier = 9, 11
			r.reads.Serve()
			r.answered(seq, 11)
		})
	}
}

// Reads that come together share a round.
func TestReadsShareARound(t *testing.T) {
	r := newRig(t, nil)
	r.leader = r.ID()
	for range 5 {
		r.read(quorate.ReadIndex, 0)
	}
	r.receive(r.member(1), reads.StampRequest{Serial: 3})
	if r.flush(); r.round != 1 {
		t.Fatalf("%d rounds", r.round)
	}
	r.confirmed = 1
	r.reads.Serve()
	if replies, messages := r.flush(); len(replies) != 5 || len(messages) != 1 || messages[0].Msg != (reads.Stamp{Serial: 3, OK: true}) {
		t.Errorf("replies %+v, messages %+v", replies, messages)
	}
}

// A leader that was deposed stamps nothing, whatever it hears later. Its own reads
// go to the next leader.
func TestDeposed(t *testing.T) {
	r := newRig(t, nil)
	r.leader = r.ID()
	index, handoff := r.read(quorate.ReadIndex, 0), r.read(quorate.ReadHandoff, 0)
	r.receive(r.member(1), reads.StampRequest{Serial: 3})
	r.flush()
	r.leader = 0
	r.reads.Deposed()
	if replies, messages := r.flush(); len(replies) > 0 || len(messages) != 1 || messages[0].Msg != (reads.Stamp{Serial: 3}) {
		t.Fatalf("replies %+v, messages %+v: want a refusal", replies, messages)
	}
	r.confirmed = 9
	r.reads.Serve()
	r.nothing("it leads no more")
	r.leader = r.member(1)
	r.requests.RouteAll()
	serial := r.question(r.member(1))
	if r.forwarded != 1 {
		t.Errorf("%d forwarded: want read %d", r.forwarded, index)
	}
	r.receive(r.member(1), reads.Stamp{Serial: serial, OK: true})
	r.answered(handoff, 0)
	r.receive(r.member(1), reads.StampRequest{Serial: 4})
	if _, messages := r.flush(); len(messages) != 1 || messages[0].Msg != (reads.Stamp{Serial: 4}) {
		t.Errorf("messages %+v: want a refusal", messages)
	}
}

// A stamp counts for the reads that had come when its question was asked. The
// others wait for the next question, which is asked then.
func TestQuestions(t *testing.T) {
	r := newRig(t, nil)
	r.leader, r.executed = r.member(1), 5
	first, second := r.read(quorate.ReadHandoff, 0), r.read(quorate.ReadHandoff, 0)
	serial := r.question(r.member(1))
	third := r.read(quorate.ReadHandoff, 0)
	r.nothing("a question is on its way")
	r.receive(r.member(2), reads.Stamp{Serial: serial + 1, OK: true}) // to another life of this member
	r.receive(r.member(2), reads.Stamp{Serial: serial - 1, OK: true})
	r.nothing("nobody asked that")
	r.receive(r.member(1), reads.Stamp{Serial: serial, OK: true, Slot: 5})
	replies, messages := r.flush()
	if len(replies) != 2 || replies[0].Seq+replies[1].Seq != first+second || len(messages) != 1 {
		t.Fatalf("replies %+v, messages %+v", replies, messages)
	}
	if got := messages[0].Msg.(reads.StampRequest).Serial; got != serial+1 {
		t.Fatalf("question %d, want %d", got, serial+1)
	}
	r.receive(r.member(1), reads.Stamp{Serial: serial, OK: true, Slot: 5}) // a copy
	r.nothing("that was the answer to an earlier question")
	r.receive(r.member(1), reads.Stamp{Serial: serial + 1, OK: true, Slot: 7})
	r.nothing("slot 6 is not executed")
	r.executed = 7
	r.reads.Serve()
	r.answered(third, 7)
}

// What is lost or refused is asked again, after a while or when somebody else
// leads. Answers that come late count all the same.
func TestQuestionsAreRepeated(t *testing.T) {
	r := newRig(t, nil)
	r.leader = r.member(1)
	seq := r.read(quorate.ReadHandoff, 0)
	first := r.question(r.member(1))
	if _, messages := r.advance(99 * time.Millisecond); len(messages) > 0 {
		t.Fatalf("messages %+v: too early", messages)
	}
	if _, messages := r.advance(time.Millisecond); len(messages) != 1 || messages[0].Msg != (reads.StampRequest{Serial: first + 1}) {
		t.Fatalf("messages %+v: want another question", messages)
	}
	r.receive(r.member(1), reads.Stamp{Serial: first + 1})
	r.nothing("whoever refused has not changed its mind yet")
	if _, messages := r.advance(100 * time.Millisecond); len(messages) != 1 {
		t.Fatalf("messages %+v: want another question", messages)
	}
	r.leader = r.member(2)
	r.requests.RouteAll()
	r.question(r.member(2))
	r.leader = 0
	if _, messages := r.advance(time.Second); len(messages) > 0 {
		t.Fatalf("messages %+v: nobody leads", messages)
	}
	r.leader = r.member(2)
	r.requests.RouteAll()
	r.question(r.member(2))
	r.receive(r.member(1), reads.Stamp{Serial: first, OK: true})
	r.answered(seq, 0)
	if replies, messages := r.advance(5 * time.Second); len(replies)+len(messages) > 0 {
		t.Errorf("replies %+v, messages %+v: nothing waits", replies, messages)
	}
}

// A replica that comes to lead while it asks stamps its reads itself. When it is
// deposed it asks whoever led before.
func TestAskerLeads(t *testing.T) {
	r := newRig(t, nil)
	r.leader = r.member(1)
	seq := r.read(quorate.ReadHandoff, 0)
	r.question(r.member(1))
	r.leader = r.ID()
	r.requests.RouteAll()
	if r.nothing("the round is not confirmed"); r.round != 1 {
		t.Fatal("no round began")
	}
	r.leader = 0
	r.reads.Deposed()
	r.leader = r.member(1)
	r.requests.RouteAll()
	r.question(r.member(1))
	r.leader = r.ID()
	r.requests.RouteAll()
	r.flush()
	r.confirmed = 2
	r.reads.Serve()
	r.answered(seq, 0)
}

// A timeline read waits for what its client has seen, or for its deadline.
func TestTimeline(t *testing.T) {
	r := newRig(t, nil)
	r.leader, r.executed = r.member(1), 3
	late, far := r.read(quorate.ReadTimeline, 4), r.read(quorate.ReadTimeline, 1<<63)
	next := r.read(quorate.ReadTimeline, 3)
	r.answered(next, 3)
	r.receive(quorate.Route(1), quorate.Request{ // its client has seen more meanwhile
		Command: quorate.Command{Client: 5, Seq: late, Op: quorate.OpGet, Key: "k"},
		Read:    quorate.ReadTimeline, Seen: 5, Timeout: 3 * time.Second,
	})
	r.executed = 4
	r.reads.Serve()
	r.nothing("slot 4 is not executed")
	r.executed = 5
	r.reads.Serve()
	r.answered(late, 5)
	replies, _ := r.advance(4 * time.Second)
	if len(replies) != 1 || replies[0].Seq != far || replies[0].Status != quorate.NotExecuted || replies[0].Reason != quorate.ReasonDeadline {
		t.Errorf("replies %+v: want that the time ran out", replies)
	}
}

// A leader with a lease need not ask; one without proves that it leads.
func TestLease(t *testing.T) {
	var r *rig
	r = newRig(t, func(c *reads.Config) { c.Leased = func() bool { return r.leased } })
	r.leader, r.stamp, r.executed, r.leased = r.ID(), 2, 1, true
	seq := r.read(quorate.ReadLease, 0)
	r.nothing("slot 1 is not executed")
	r.leased, r.executed = false, 2 // it had one when the read came
	r.reads.Serve()
	if r.answered(seq, 2); r.round != 0 {
		t.Error("it asked")
	}
	seq = r.read(quorate.ReadLease, 0)
	r.nothing("it must ask")
	r.confirmed = r.round
	r.reads.Serve()
	r.answered(seq, 2)
	r.leader, r.leased = r.member(1), true
	if r.read(quorate.ReadLease, 0); r.forwarded != 1 {
		t.Error("a lease is the leader's")
	}
}

// The queues hold what is admitted, and for a while what was answered: clients that
// ask for ever what cannot be answered do not fill the memory.
func TestQueuesAreBounded(t *testing.T) {
	for _, test := range []struct {
		name string
		mode quorate.ReadMode
		seen quorate.Slot
		lead bool
	}{
		{"asking", quorate.ReadHandoff, 0, false},
		{"checks", quorate.ReadIndex, 0, true},
		{"held", quorate.ReadTimeline, 1 << 50, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, nil)
			if test.lead {
				r.leader = r.ID()
			}
			for range 100 {
				for range 40 {
					r.read(test.mode, test.seen)
				}
				r.advance(4 * time.Second)
			}
			if n := reads.Waiting(r.reads); n > 64+2*40 || r.requests.Len() > 0 {
				t.Errorf("%d wait, %d are pending", n, r.requests.Len())
			}
		})
	}
	t.Run("questions", func(t *testing.T) {
		r := newRig(t, nil)
		r.leader = r.ID()
		for i := range uint64(1000) {
			r.receive(r.member(1), reads.StampRequest{Serial: i})
		}
		r.flush()
		r.confirmed = 1
		r.reads.Serve()
		_, messages := r.flush()
		if len(messages) != 48 || reads.Waiting(r.reads) != 0 {
			t.Errorf("%d are answered, %d wait", len(messages), reads.Waiting(r.reads))
		}
		r.receive(r.member(1), reads.StampRequest{Serial: 2000})
		if reads.Waiting(r.reads) != 1 {
			t.Error("there is no room again")
		}
	})
}
