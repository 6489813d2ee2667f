package diagram_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/sim"
)

// A story is a made-up trace of three members and two clients: what a Paxos
// cluster could look like that loses its leader to a partition, another member
// to a crash, and its memory in the end.
type story struct {
	rng    *rand.Rand
	events []sim.TraceEvent
	id     uint64
	slot   int64
	cut    [2]time.Duration // while member 0 hears nobody and nobody hears it
	down   [2]time.Duration // while member 2 is down
}

const ms = time.Millisecond

func storyMeta() sim.TraceMeta {
	return sim.TraceMeta{
		Title: "paxos, 3 members, bug promise-not-restored", Seed: 4711, Members: []string{"1.1", "1.2", "1.3"}, Clients: 2,
		Command: "quorate sim replay --protocol paxos --bug promise-not-restored --seed 4711",
		Broken:  "agreement: slot 22 is Put k1=v31 under 1@1.1 at member 1.1, but Put k2=v34 under 2@1.2 at member 1.2",
		Hash:    0x9f3c2a7be1d04f55,
	}
}

// tell returns a story with the given number of operations, and a violation at
// its end if broken.
func tell(ops int, broken bool) []sim.TraceEvent {
	s := &story{rng: rand.New(rand.NewPCG(1, 2)), slot: 1}
	for node := range 3 {
		s.add(0, sim.TraceEvent{Kind: sim.TraceStart, Node: node, Slot: -1})
	}
	now := s.elect(90*ms, 0, "1@1.1")
	leader := 0
	for op := range ops {
		switch op % 60 {
		case 16: // the leader is cut off; its clients wait in vain
			s.cut = [2]time.Duration{now, now + 260*ms}
			s.fault(now, now+260*ms, sim.TraceEvent{Name: "partition", Text: "partition 1.1 | 1.2 1.3", Node: -1})
			s.lost(now+8*ms, op)
			now = s.elect(now+150*ms, 1, "2@1.2")
			leader = 1
		case 30:
			s.down = [2]time.Duration{now, now + 140*ms}
			s.fault(now, now+140*ms, sim.TraceEvent{Name: "crash", Text: "crash 1.3, torn", Node: 2})
			s.add(now, sim.TraceEvent{Kind: sim.TraceCrash, Node: 2, Slot: -1})
			s.add(now+140*ms, sim.TraceEvent{Kind: sim.TraceStart, Node: 2, Slot: -1})
		case 40:
			s.fault(now, now+90*ms, sim.TraceEvent{Name: "slow-disk", Text: "slow-disk 1.2 +4ms", Node: 1})
		}
		s.commit(now, leader, op)
		now += time.Duration(6+s.rng.IntN(10)) * ms
		if op%4 == 0 {
			s.heartbeat(now, leader)
		}
	}
	if broken {
		s.add(now, sim.TraceEvent{Kind: sim.TraceBroken, Node: 1, Slot: s.slot - 1, Name: "agreement", Text: strings.TrimPrefix(storyMeta().Broken, "agreement: ")})
	}
	slices.SortStableFunc(s.events, func(a, b sim.TraceEvent) int { return cmp.Compare(a.At, b.At) })
	return s.events
}

func (s *story) add(at time.Duration, e sim.TraceEvent) {
	e.At = at
	s.events = append(s.events, e)
}

func (s *story) fault(from, to time.Duration, e sim.TraceEvent) {
	s.id++
	e.ID, e.Slot, e.Kind = s.id, -1, sim.TraceFault
	s.add(from, e)
	s.add(to, sim.TraceEvent{Kind: sim.TraceHealed, ID: s.id, Node: e.Node, Name: e.Name, Slot: -1})
}

// send sends a message between members and returns when it arrives, false if never.
func (s *story) send(at time.Duration, from, to int, e sim.TraceEvent) (time.Duration, bool) {
	s.id++
	arrival := at + 700*time.Microsecond + time.Duration(s.rng.ExpFloat64()*float64(600*time.Microsecond))
	e.ID, e.Kind, e.Node, e.Peer = s.id, sim.TraceSend, from, to
	s.add(at, e)
	e.Kind, e.Node, e.Peer, e.Text = sim.TraceDeliver, to, from, ""
	within := func(span [2]time.Duration) bool { return at >= span[0] && at < span[1] }
	switch {
	case within(s.cut) && (from == 0 || to == 0):
		e.Kind, e.Text = sim.TraceDrop, "partition"
		s.add(at, e)
		return 0, false
	case within(s.down) && to == 2:
		e.Kind, e.Text = sim.TraceDrop, "1.3 is down"
		s.add(arrival, e)
		return 0, false
	case s.rng.IntN(20) == 0:
		e.Kind, e.Text = sim.TraceDrop, "loss"
		s.add(arrival, e)
		return 0, false
	case s.rng.IntN(25) == 0:
		s.add(arrival+2*ms, e) // duplicated
	}
	s.add(arrival, e)
	return arrival, true
}

func (s *story) up(node int, at time.Duration) bool {
	return node != 2 || at < s.down[0]-4*ms || at >= s.down[1]
}

func (s *story) sync(at time.Duration, node int, records string) time.Duration {
	done := at + 500*time.Microsecond + time.Duration(s.rng.IntN(900))*time.Microsecond
	s.add(at, sim.TraceEvent{Kind: sim.TraceSync, Node: node, Text: records, Slot: -1})
	s.add(done, sim.TraceEvent{Kind: sim.TraceSynced, Node: node, Text: records, Slot: -1})
	return done
}

func (s *story) observe(at time.Duration, node int, name, text string, slot int64) {
	s.add(at, sim.TraceEvent{Kind: sim.TraceEventOf, Node: node, Name: name, Text: text, Slot: slot})
}

func (s *story) elect(at time.Duration, node int, ballot string) time.Duration {
	s.add(at, sim.TraceEvent{Kind: sim.TraceTimer, Node: node, Name: "election", Slot: -1})
	won := at
	for _, phase := range []string{"PreVote", "P1"} {
		ask, answer := phase, phase+"Reply"
		if phase == "P1" {
			ask, answer = "P1a", "P1b"
		}
		from := won
		for peer := range 3 {
			if peer == node {
				continue
			}
			got, ok := s.send(from, node, peer, sim.TraceEvent{Name: ask, Text: ask + "{Ballot:" + ballot + "}", Slot: -1})
			if !ok || !s.up(peer, got) {
				continue
			}
			if phase == "P1" {
				got = s.sync(got, peer, "Promise "+ballot)
			}
			if back, ok := s.send(got, peer, node, sim.TraceEvent{Name: answer, Text: answer + "{Ballot:" + ballot + " OK}", Slot: -1}); ok {
				won = max(won, back)
			}
		}
	}
	s.observe(won, node, "Elected", "Elected{Ballot:"+ballot+"}", -1)
	return won + 3*ms
}

func (s *story) heartbeat(at time.Duration, leader int) {
	s.add(at, sim.TraceEvent{Kind: sim.TraceTimer, Node: leader, Name: "heartbeat", Slot: -1})
	for peer := range 3 {
		if peer == leader {
			continue
		}
		got, ok := s.send(at, leader, peer, sim.TraceEvent{Name: "Heartbeat", Text: fmt.Sprintf("Heartbeat commit %d", s.slot), Slot: -1})
		if ok && s.up(peer, got) {
			s.send(got, peer, leader, sim.TraceEvent{Name: "HeartbeatReply", Text: "HeartbeatReply ok", Slot: -1})
		}
	}
}

// lost is an operation at a leader that hears nobody.
func (s *story) lost(at time.Duration, op int) {
	op += 1000
	s.request(at, 0, op, fmt.Sprintf("Put k%d=v%d", op%3, op), fmt.Sprintf("k%d", op%3))
	for peer := 1; peer < 3; peer++ {
		s.send(at+2*ms, 0, peer, sim.TraceEvent{Name: "P2a", Text: "P2a", Slot: s.slot})
	}
	s.add(at+200*ms, sim.TraceEvent{Kind: sim.TraceReturn, Client: true, Node: op % 2, ID: uint64(1e6 + op), Name: "unknown", Text: "timed out", Slot: -1})
	s.observe(at+255*ms, 0, "SteppedDown", "SteppedDown{Ballot:1@1.1 By:2@1.2}", -1)
}

func (s *story) request(at time.Duration, leader, op int, text, key string) time.Duration {
	client := op % 2
	s.id++
	arrival := at + 400*time.Microsecond
	s.add(at, sim.TraceEvent{Kind: sim.TraceCall, Client: true, Node: client, ID: uint64(1e6 + op), Name: "Put", Text: text, Key: key, Slot: -1})
	s.add(at, sim.TraceEvent{Kind: sim.TraceSend, Client: true, Node: client, Peer: leader, ID: s.id, Name: "Request", Text: text, Key: key, Slot: -1})
	s.add(arrival, sim.TraceEvent{Kind: sim.TraceDeliver, Node: leader, Peer: -(client + 1), ID: s.id, Name: "Request", Key: key, Slot: -1})
	return arrival
}

// commit is an operation that the leader brings through.
func (s *story) commit(at time.Duration, leader, op int) {
	key, slot := fmt.Sprintf("k%d", op%3), s.slot
	text := fmt.Sprintf("Put %s=v%d", key, op)
	s.slot++
	got := s.request(at, leader, op, text, key)
	chosen := s.sync(got, leader, fmt.Sprintf("Accepted %d", slot))
	for peer := range 3 {
		if peer == leader {
			continue
		}
		about := sim.TraceEvent{Name: "P2a", Text: fmt.Sprintf("P2a slot %d %s", slot, text), Key: key, Slot: slot}
		got, ok := s.send(got, leader, peer, about)
		if !ok || !s.up(peer, got) {
			continue
		}
		got = s.sync(got, peer, fmt.Sprintf("Accepted %d", slot))
		about.Name, about.Text = "P2b", fmt.Sprintf("P2b slot %d ok", slot)
		if back, ok := s.send(got, peer, leader, about); ok {
			chosen = max(chosen, back)
			s.observe(got+3*ms, peer, "Executed", text, slot)
		}
	}
	s.observe(chosen, leader, "Chosen", text, slot)
	s.observe(chosen, leader, "Executed", text, slot)
	client, arrival := op%2, chosen+400*time.Microsecond
	s.id++
	s.add(chosen, sim.TraceEvent{Kind: sim.TraceSend, Node: leader, Peer: -(client + 1), ID: s.id, Name: "Reply", Text: "Reply ok", Key: key, Slot: -1})
	s.add(arrival, sim.TraceEvent{Kind: sim.TraceDeliver, Client: true, Node: client, Peer: leader, ID: s.id, Name: "Reply", Key: key, Slot: -1})
	s.add(arrival, sim.TraceEvent{Kind: sim.TraceReturn, Client: true, Node: client, ID: uint64(1e6 + op), Name: "done", Text: fmt.Sprintf("version %d", op), Slot: -1})
}
