package decide

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// Quorums are the numbers of members that the rules speak of: of Size members up
// to F may have failed, up to E of them on the fast path. They must be those of a
// [quorate.EPaxosQuorums].
type Quorums struct{ Size, F, E int }

// Slow returns the size of the quorums that accept and recover.
func (q Quorums) Slow() int { return q.Size - q.F }

// Fast returns the size of the quorums that decide in one round.
func (q Quorums) Fast() int { return q.Size - q.E }

// Step is what a [Proposal] or a [Recovery] asks its caller to do.
type Step uint8

// The steps.
const (
	Nothing  Step = iota
	DoCommit      // Value is final
	DoAccept      // ask all to accept Value
	DoWait        // a proposal: the fast path may still come, if not it is no use to wait long;
	// a recovery: tell all that it waits
	DoValidate // ask the members asked to validate Value
)

// Proposal is what the owner of an instance keeps until it is decided, under the
// zero ballot. It is lost with a restart and must not be begun again: the replies
// of before may have decided otherwise.
type Proposal struct {
	ID    core.ID
	Value core.Value // proposed; from the slow path on with all dependencies
	Slow  bool       // the value is no longer the one first proposed

	// The caller's.
	Requests []*quorate.Admitted // proposed anew if the value becomes a Nop
	Sent     time.Duration
	Resent   int
	Asked    quorate.Set
	Told     quorate.Set   // members that were sent the commands
	Begun    time.Duration // when it was sent, and when it took to the slow path; 0 if anything was sent again,
	Slowed   time.Duration // so that an answer does not tell the distance
	Until    time.Duration // when it waits no longer for a fast quorum; 0 if a slow one is missing, too
	Dead     bool          // a recovery took it over

	quorums Quorums
	self    int
	same    quorate.Set // members that know of no further dependencies
	others  quorate.Set // members that know some
	union   core.Deps
	votes   quorate.Set
	done    bool
}

// NewProposal returns the proposal of commands with the dependencies that the
// owner knows, of which it is the member self.
func NewProposal(q Quorums, self int, id core.ID, v core.Value) *Proposal {
	return &Proposal{ID: id, Value: v, quorums: q, self: self, union: v.Deps}
}

// Answered returns the members that answered the question under way.
func (p *Proposal) Answered() quorate.Set {
	if p.Slow {
		return p.votes
	}
	return p.same | p.others
}

// Knows returns the members that are known to have the commands.
func (p *Proposal) Knows() quorate.Set { return p.same | p.others }

// PreAccepted counts a member's answer. The owner's own counts when it is on
// disk. The value is final when a fast quorum, the owner in it, has answered with
// the very dependencies that were proposed (the paper's fast path); replies that
// only equal each other do not suffice, since then it would matter which of them
// came first.
func (p *Proposal) PreAccepted(member int, deps core.Deps) Step {
	if p.Slow || p.done || p.Answered().Has(member) {
		return Nothing
	}
	if deps.Equal(p.Value.Deps) {
		p.same = p.same.Add(member)
	} else {
		p.others = p.others.Add(member)
		p.union = p.union.Union(deps)
	}
	heard := p.Answered()
	switch {
	case !heard.Has(p.self) || heard.Len() < p.quorums.Slow():
	case p.same.Len() >= p.quorums.Fast():
		p.done = true
		return DoCommit
	case p.others != 0:
		return p.GoSlow()
	default:
		return DoWait
	}
	return Nothing
}

// GoSlow gives up the fast path: the value is accepted with all dependencies that
// a slow quorum knows. Without one it does nothing.
func (p *Proposal) GoSlow() Step {
	if heard := p.Answered(); p.Slow || p.done || !heard.Has(p.self) || heard.Len() < p.quorums.Slow() {
		return Nothing
	}
	p.Slow = true
	p.Value.Deps = p.union
	return DoAccept
}

// Disown takes back the answers of a member that lost its disk. What they were
// counted for is done.
func (p *Proposal) Disown(member int) {
	p.same, p.others, p.votes = p.same.Remove(member), p.others.Remove(member), p.votes.Remove(member)
}

// Accepted counts a vote for the value on the slow path.
func (p *Proposal) Accepted(member int) Step {
	if !p.Slow || p.done {
		return Nothing
	}
	p.votes = p.votes.Add(member)
	if p.votes.Len() < p.quorums.Slow() {
		return Nothing
	}
	p.done = true
	return DoCommit
}
