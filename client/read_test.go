package client_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// Rule: a mode that any replica serves goes to the nearest, the others to the leader.
func TestReadModesHaveTheirTargets(t *testing.T) {
	for _, mode := range quorate.ReadModes() {
		r := newRig(t, client.Config{})
		r.put(0)
		r.answer(done(nodeC))
		r.start(client.Op{Kind: quorate.OpGet, Key: "k", Read: mode}, 0)
		want := nodeC
		if mode.Spread() {
			want = nodeA
		}
		r.wantTarget(want)
	}
}

// Rule: a follower read is not for the leader, and who refuses it leads.
func TestFollowerReadsAvoidTheLeader(t *testing.T) {
	r := newRig(t, client.Config{})
	get := client.Op{Kind: quorate.OpGet, Key: "k", Read: quorate.ReadFollower}
	r.start(get, 0)
	r.wantTarget(nodeA)
	r.refuse(quorate.ReasonNotFollower)
	r.wantTarget(nodeB)
	if r.s.Leader() != nodeA {
		t.Errorf("leader %v", r.s.Leader())
	}
	r.refuse(quorate.ReasonNotFollower) // it leads by now
	r.wantTarget(nodeA)
	r.answer(done(nodeB))
	r.start(get, 0)
	r.wantTarget(nodeA)
	r.answer(done(nodeA))
	r.start(get, 0)
	r.wantTarget(nodeB)

	alone := newRig(t, client.Config{Nodes: []quorate.ID{nodeA}})
	call := alone.start(get, 0)
	alone.refuse(quorate.ReasonNotFollower)
	alone.wantEnd(call, quorate.NotExecuted, client.EndAnswered)
}

// Rule: a timeline read tells the replica the highest index that the session has had
// when the read begins, or what it is told to go on from.
func TestTimelineReadsTellWhatWasSeen(t *testing.T) {
	r := newRig(t, client.Config{})
	get := client.Op{Kind: quorate.OpGet, Key: "k", Read: quorate.ReadTimeline}
	index := func(upto quorate.Slot) {
		reply := done(0)
		reply.Index = upto
		r.answer(reply)
	}
	seen := func(want quorate.Slot) {
		t.Helper()
		if got := r.last().Request.Seen; got != want {
			t.Errorf("the request tells %v, want %v", got, want)
		}
	}
	r.start(get, 0)
	seen(0)
	index(5)
	r.put(0)
	seen(0) // of timeline reads only
	index(7)
	r.start(get, 0)
	seen(7)
	index(6)
	get.Seen = 9
	r.start(get, 0)
	seen(9)
	r.lost(nodeA)
	seen(9)
	get.Seen = 3
	r.start(get, 0)
	seen(7)
	call := r.start(client.Op{Kind: quorate.OpGet, Key: "k", Seen: 3}, 0)
	r.wantEnd(call, quorate.NotExecuted, client.EndInvalid)
}
