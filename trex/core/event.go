package core

import (
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

// Kind is what happened in an [Event].
type Kind uint8

// The kinds.
const (
	Started    Kind = iota + 1 // the log is what was on disk
	Received                   // Message came From a member, this one included
	Timeout                    // [Effects.Deadline] may have passed; too early does no harm
	Proposed                   // a client's Commands for the next slot; only while [State.Room]
	Checked                    // confirm the leadership: the answer is [Effects.Confirmed]
	Installed                  // a snapshot covers the slots below Upto
	Missed                     // From knows the slots below Upto to be chosen: catch up with it
	Readmitted                 // it takes the place of one that lost its disk, and knows no lease that one granted
	Disowned                   // what From said in an earlier incarnation counts no more
)

// Event is one step's input. Time and chance come with it.
type Event struct {
	Kind Kind
	Now  time.Duration // this member's clock
	Draw float64       // a random number in [0, 1)

	// What this member may do now.
	Learner bool // it lost its disk: it promises, accepts and proposes nothing

	From     quorate.ID        // of Received, Missed and Disowned
	Message  Message           // of Received
	Commands []quorate.Command // of Proposed; not changed afterwards
	Upto     quorate.Slot      // of Installed and Missed
}

// Effects is what a step wants done, in this order: persist, observe and
// execute, send and answer. The slices are good until the next step.
type Effects struct {
	Promise quorate.Ballot // to persist as the highest promise, unless zero
	Store   []paxos.Entry  // to persist, each in place of its slot's earlier entry
	Sends   []Send

	From, To quorate.Slot // the slots that became known chosen, [From, To): see [State.Log]

	Slot  quorate.Slot // where Proposed put its commands
	Taken bool         // it did; if not, they went nowhere

	Elected quorate.Ballot // this member leads under it now, unless zero
	// SteppedDown is the ballot that it no longer leads under, unless zero; if
	// Elected is set, too, that came later. Rounds begun before are void: what
	// waited for them begins anew, with the barrier and the log of then.
	SteppedDown quorate.Ballot
	By          quorate.Ballot // the higher ballot that ended it, zero if it gave up
	// Abdicated says that all open proposals are out of this member's hands:
	// whether they are chosen is unknown, and it will not say. A leader that
	// prepares a higher ballot steps down without abdicating: its proposals go on.
	Abdicated bool
	Replaced  []quorate.Slot // open proposals whose slots get other values; theirs may be chosen never

	Round     uint64 // of Checked: confirmed once Confirmed is no less
	Confirmed uint64 // rounds up to here are confirmed, unless zero

	Behind quorate.ID   // ask this member for a snapshot, unless zero: the log there starts
	Oldest quorate.Slot // at Oldest, beyond what is known chosen here

	Deadline time.Duration // when the next Timeout is due at the latest
}

// Send is a message that leaves, to a member, to [quorate.Others], or to this
// member itself. Unless Now it waits until all that was persisted is on disk;
// the messages to itself do, so that its own votes count no sooner.
type Send struct {
	To      quorate.ID
	Now     bool
	Message any // by value
}
