package sim

import "time"

// action is what an event does.
type action uint8

const (
	actDeliver action = iota // flight ref reaches member node
	actStep                  // member node does a step
	actSynced                // the disk of member node has synced
	actRequest               // flight ref, a client's, reaches member node
	actReply                 // flight ref reaches client node
	actClient                // client node's session is due, or begins
	actLost                  // client node notices that member ref went down
	actFault                 // fault ref begins
	actHeal                  // fault ref ends
	actFlap                  // fault ref comes or goes
	actEnd                   // the faults end
	actAdmit                 // the operator of member node has it admitted
	actWatch                 // look whether the replicas have converged
	actArrive                // a call of an open loop is meant to begin
	actTake                  // the leader, member node, is taken away after election ref
)

var actionNames = [...]string{"deliver", "step", "synced", "request", "reply", "client", "lost", "fault", "heal", "flap", "end", "admit", "watch", "arrive", "take"}

func (a action) String() string { return actionNames[a] }

// event is something that is going to happen. Life guards against what belongs
// to an earlier life of a member.
type event struct {
	at   time.Duration
	seq  uint64
	ref  int32
	life uint32
	node int16
	act  action
}

// queue is a heap of events by time and, at one time, by their order of birth.
// It has four children to a parent: a third of the cache misses of a binary one.
type queue struct {
	events []event
	seq    uint64
}

func (q *queue) push(e event) {
	q.seq++
	e.seq = q.seq
	q.events = append(q.events, e)
	i := len(q.events) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !before(&e, &q.events[parent]) {
			break
		}
		q.events[i] = q.events[parent]
		i = parent
	}
	q.events[i] = e
}

func (q *queue) pop() (event, bool) {
	if len(q.events) == 0 {
		return event{}, false
	}
	first := q.events[0]
	last := len(q.events) - 1
	e := q.events[last]
	q.events = q.events[:last]
	if last == 0 {
		return first, true
	}
	i := 0
	for {
		child := 4*i + 1
		if child >= last {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, last); c++ {
			if before(&q.events[c], &q.events[least]) {
				least = c
			}
		}
		if !before(&q.events[least], &e) {
			break
		}
		q.events[i] = q.events[least]
		i = least
	}
	q.events[i] = e
	return first, true
}

func before(a, b *event) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	return a.seq < b.seq
}
