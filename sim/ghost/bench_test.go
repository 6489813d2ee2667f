package ghost_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/claims"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/sim/ghost"
)

// BenchmarkSlot is the life of one slot among five members: the proposal, five
// votes on disk, four votes sent, a heartbeat with its answers, and what the
// members observe.
func BenchmarkSlot(b *testing.B) {
	s, leader := benchLeader(b)
	batch := []quorate.Command{{Client: 1, Seq: 1, Op: quorate.OpPut, Key: "key", Value: []byte("value")}}
	copied := []quorate.Command{{Client: 1, Seq: 1, Op: quorate.OpPut, Key: "key", Value: []byte("value")}}
	b.ReportAllocs()
	for at := quorate.Slot(0); b.Loop(); at++ {
		check(b, s.Sent(0, any(paxos.P2a{Ballot: leader, Slot: at, Commands: batch, Commit: at})))
		var rec, vote, reply any = paxos.Accepted{Entry: core.Entry{Slot: at, Ballot: leader, Commands: copied}},
			paxos.P2b{Ballot: leader, Slot: at, OK: true, Executed: at}, paxos.HeartbeatReply{Ballot: leader, OK: true, Executed: at}
		for i := range 5 {
			check(b, s.Durable(i, rec))
			if i > 0 {
				check(b, s.Sent(i, vote))
			}
		}
		check(b, s.Sent(0, any(paxos.Heartbeat{Ballot: leader, Commit: at})))
		for i := range 5 {
			if i > 0 {
				check(b, s.Sent(i, reply))
			}
			check(b, s.Chosen(i, quorate.Chosen{Slot: at, Ballot: leader, Commands: copied}))
			check(b, s.Executed(i, quorate.Executed{Slot: at, Commands: copied}))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/25, "ns/event")
}

// The parts of it, at one slot.
func BenchmarkSent(b *testing.B) {
	s, leader := benchLeader(b)
	batch := []quorate.Command{{Client: 1, Seq: 1, Op: quorate.OpPut, Key: "key", Value: []byte("value")}}
	var p2a, rec, p2b, beat, reply, request any = paxos.P2a{Ballot: leader, Commands: batch}, paxos.Accepted{Entry: core.Entry{Ballot: leader, Commands: batch}},
		paxos.P2b{Ballot: leader, OK: true}, paxos.Heartbeat{Ballot: leader}, paxos.HeartbeatReply{Ballot: leader, OK: true}, quorate.Request{}
	check(b, s.Sent(0, p2a))
	check(b, s.Durable(1, rec))
	for _, c := range []struct {
		name string
		f    func() error
	}{
		{"P2a", func() error { return s.Sent(0, p2a) }},
		{"P2b", func() error { return s.Sent(1, p2b) }},
		{"Accepted", func() error { return s.Durable(1, rec) }},
		{"Heartbeat", func() error { return s.Sent(0, beat) }},
		{"HeartbeatReply", func() error { return s.Sent(1, reply) }},
		{"Request", func() error { return s.Sent(1, request) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				check(b, c.f())
			}
		})
	}
}

// benchLeader elects the first of five members.
func benchLeader(b *testing.B) (*ghost.State, quorate.Ballot) {
	c, err := quorate.Grid(1, 5)
	if err != nil {
		b.Fatal(err)
	}
	q := quorate.MajorityQuorums(c)
	s := ghost.New(ghost.Config{Cluster: c, Phase1: q.Phase1, Phase2: q.Phase2, Claims: claims.Of})
	leader := quorate.NewBallot(1, c.ID(0))
	for i := range c.Size() {
		check(b, s.Durable(i, paxos.Promise{Ballot: leader}))
		if i > 0 {
			check(b, s.Sent(i, paxos.P1b{Ballot: leader, OK: true}))
		}
	}
	return s, leader
}

func check(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}
