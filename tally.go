package quorate

// Tally counts the votes on one question, such as one prepare or one accept
// request, and derives the outcome once. It is a plain value: it allocates
// nothing and a copy is independent. The zero Tally has no members and stays
// [Pending].
//
// A member votes once. The first vote that arrives stands, whatever follows:
// an acceptor that accepted and promised a higher ballot since refuses a
// retransmission of the same request, and its acceptance still counts. If the
// refusal overtakes the acceptance, a real acceptance goes uncounted, which can
// cost a round but never safety. So yes and no stay disjoint and a final
// outcome never turns.
type Tally struct {
	quorum  Quorum
	members Set
	yes, no Set
	outcome Outcome
}

// NewTally starts a vote among members that is won by a quorum of q. It is lost
// at once if all members together are no quorum.
func NewTally(q Quorum, members Set) Tally {
	t := Tally{quorum: q, members: members}
	switch {
	case q(0):
		t.outcome = Won
	case !q(members):
		t.outcome = Lost
	}
	return t
}

// Vote counts the vote of the member with the given index, see [Cluster.Index],
// and returns the outcome so far. A repeated vote and the vote of a stranger
// change nothing; an index below zero is a stranger's.
func (t *Tally) Vote(member int, yes bool) Outcome {
	bit := Set(1) << uint(member) // 0 for an index out of range
	if bit&t.members&^(t.yes|t.no) == 0 {
		return t.outcome
	}
	if yes {
		t.yes |= bit
		if t.outcome == Pending && t.quorum(t.yes) {
			t.outcome = Won
		}
		return t.outcome
	}
	t.no |= bit
	if t.outcome == Pending && !t.quorum(t.members&^t.no) {
		t.outcome = Lost
	}
	return t.outcome
}

// Outcome returns the outcome so far.
func (t *Tally) Outcome() Outcome { return t.outcome }

// Yes returns the members that accepted, those after the outcome included.
func (t *Tally) Yes() Set { return t.yes }

// No returns the members that refused, those after the outcome included.
func (t *Tally) No() Set { return t.no }

// Silent returns the members that have not voted: whom to ask again.
func (t *Tally) Silent() Set { return t.members &^ (t.yes | t.no) }
