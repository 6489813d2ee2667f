package decide

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// Recovery decides an instance in its owner's place, under a ballot that is
// promised. It is lost with a restart; another one has a higher ballot.
//
//	recoverer                members
//	    |--- Recover b -------->|   promise; tell what was voted for
//	    |<-- State -------------|
//	    |--- Validate b ------->|   only if the fast path may have been taken:
//	    |<-- Conflicts ---------|   what speaks against it
//	    |--- Waiting ---------->|   only if that is not decided yet
//	    |--- Accept b --------->|
//	    |<-- vote --------------|
//	    |--- Commit ----------->|
//
// Comments name the lines of the paper's recovery by what they say, not by number.
type Recovery struct {
	ID     core.ID
	Ballot quorate.Ballot
	Value  core.Value // to validate, accept or commit

	// The caller's.
	Sent   time.Duration
	Resent int
	Began  time.Duration
	Wait   time.Duration // for answers, before the question is repeated

	quorums   Quorums
	stage     stage
	states    []core.State    // of the members heard
	heard     quorate.Set     // that promised
	asked     quorate.Set     // the quorum on whose word the recovery goes on; the paper's Q
	same      int             // how many of them may be of a fast quorum; the paper's |R|
	validated quorate.Set     // of those asked
	conflicts []core.Conflict // that they reported; the paper's I
	votes     quorate.Set
}

type stage uint8

const (
	promising stage = iota
	validating
	waiting
	accepting
	decided
)

// NewRecovery begins a recovery under ballot b.
func NewRecovery(q Quorums, id core.ID, b quorate.Ballot) *Recovery {
	return &Recovery{ID: id, Ballot: b, quorums: q, states: make([]core.State, q.Size)}
}

// Waits reports whether the recovery waits for others to be decided, see
// [Recovery.Resolve].
func (r *Recovery) Waits() bool { return r.stage == waiting }

// Same returns how many members may have been part of a fast quorum, for a
// Waiting message.
func (r *Recovery) Same() int { return r.same }

// Conflicts returns what speaks against the proposal.
func (r *Recovery) Conflicts() []core.Conflict { return r.conflicts }

// Missing returns the members whose answer to the question under way is missing.
// While the recovery waits, a promise of those that gave none may end it.
func (r *Recovery) Missing() quorate.Set {
	all := quorate.Set(1)<<r.quorums.Size - 1
	switch r.stage {
	case promising, waiting:
		return all &^ r.heard
	case validating:
		return r.asked &^ r.validated
	case accepting:
		return all &^ r.votes
	}
	return 0
}

// Validating reports whether Missing are members to validate.
func (r *Recovery) Validating() bool { return r.stage == validating }

// Accepting reports whether Missing are members to accept.
func (r *Recovery) Accepting() bool { return r.stage == accepting }

// Promised takes a member's promise of the ballot, with its state.
func (r *Recovery) Promised(member int, s core.State) Step {
	if r.stage == decided || r.heard.Has(member) {
		return Nothing
	}
	r.heard = r.heard.Add(member)
	r.states[member] = s
	if s.Phase == core.Committed { // "if somebody has committed": that is final whoever says so, and whenever
		return r.commit(s.Value)
	}
	switch r.stage {
	case promising:
		if r.heard.Len() >= r.quorums.Slow() {
			return r.decide()
		}
	case validating, waiting:
		// "until a RecoverOK comes from outside Q": an accepted value was decided on
		// by somebody who had reason to; the owner would know of a fast commit. No
		// need to wait for the validation.
		if s.Phase == core.Accepted {
			return r.accept(s.Value)
		}
		if member == int(r.ID.Row) {
			return r.accept(core.Value{})
		}
	}
	return Nothing
}

// decide goes on with the promises of a quorum. What none of its members says can
// still be missing at most at F others.
func (r *Recovery) decide() Step {
	r.asked = r.heard
	var best *core.State // of the highest ballot
	var proposal *core.State
	for members := r.asked; members != 0; members = members.Remove(members.Lowest()) {
		s := &r.states[members.Lowest()]
		if s.Phase == core.Accepted && (best == nil || s.Voted > best.Voted) {
			best = s
		}
		if s.Phase == core.PreAccepted && s.Initial && s.Value.Deps.Equal(s.InitDeps) {
			r.same++
			proposal = s
		}
	}
	switch {
	case best != nil: // "else if somebody accepted at the highest ballot"
		return r.accept(best.Value)
	case r.asked.Has(int(r.ID.Row)): // "else if the initial coordinator is in Q"
		return r.accept(core.Value{})
	case proposal == nil || r.same < r.asked.Len()-r.quorums.E:
		// Of a fast quorum at most E members can be missing among those asked.
		return r.accept(core.Value{})
	}
	r.stage = validating
	r.Value = core.Value{Commands: proposal.Value.Commands, Deps: proposal.InitDeps}
	return DoValidate
}

// Validated takes what speaks against the proposal at a member that was asked.
func (r *Recovery) Validated(member int, found []core.Conflict) Step {
	if r.stage != validating || !r.asked.Has(member) || r.validated.Has(member) {
		return Nothing
	}
	r.validated = r.validated.Add(member)
	for _, c := range found {
		r.note(c)
	}
	if r.validated != r.asked {
		return Nothing
	}
	if len(r.conflicts) == 0 {
		return r.accept(r.Value)
	}
	for _, c := range r.conflicts {
		// "if some conflict is committed": no fast quorum can have missed it.
		// "or |R| = |Q|-e and its coordinator is not in Q": then all outside Q would
		// be of the fast quorum, that coordinator too, and its proposal would depend
		// on this instance.
		if c.Committed || r.same == r.asked.Len()-r.quorums.E && !r.asked.Has(int(c.ID.Row)) {
			return r.accept(core.Value{})
		}
	}
	r.stage = waiting
	return DoWait
}

func (r *Recovery) note(c core.Conflict) {
	for i := range r.conflicts {
		if r.conflicts[i].ID == c.ID {
			r.conflicts[i].Committed = r.conflicts[i].Committed || c.Committed
			return
		}
	}
	r.conflicts = append(r.conflicts, c)
}

// Resolve looks whether what the recovery waits for is decided; get returns what
// this replica knows of an instance.
func (r *Recovery) Resolve(get func(core.ID) *core.Instance) Step {
	if r.stage != waiting {
		return Nothing
	}
	clear := true
	for _, c := range r.conflicts {
		j := get(c.ID)
		switch {
		case j != nil && j.Phase == core.Committed:
			if !j.Nop && !j.Deps.Covers(r.ID) { // "some conflict commits, and not after this one"
				return r.accept(core.Value{})
			}
			continue // "all conflicts commit as Nop or after this one"
		case j != nil && j.Waited > r.quorums.Slow()-r.quorums.E:
			// "Waiting with k > n-f-e": those k members and j's coordinator
			// pre-accepted j without this instance. They are more than E, so
			// this one lacks a fast quorum.
			return r.accept(core.Value{})
		}
		clear = false
	}
	if clear {
		return r.accept(r.Value)
	}
	return Nothing
}

func (r *Recovery) accept(v core.Value) Step {
	r.stage, r.Value = accepting, v
	return DoAccept
}

func (r *Recovery) commit(v core.Value) Step {
	r.stage, r.Value = decided, v
	return DoCommit
}

// Accepted counts a vote for the value.
func (r *Recovery) Accepted(member int) Step {
	if r.stage != accepting {
		return Nothing
	}
	r.votes = r.votes.Add(member)
	if r.votes.Len() < r.quorums.Slow() {
		return Nothing
	}
	return r.commit(r.Value)
}
