package core

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/graph"
)

// Phase is how far an instance has come at one replica.
type Phase uint8

// The phases. They only go up, though an accepted value may be replaced by that
// of a higher ballot.
const (
	None        Phase = iota // nothing was voted for, though something may be promised
	PreAccepted              // the owner's proposal is stored, with dependencies of this replica
	Accepted                 // a value was accepted
	Committed                // the value is final
)

var phaseNames = [...]string{"none", "pre-accepted", "accepted", "committed"}

// String returns the phase in lower case.
func (p Phase) String() string { return phaseNames[min(int(p), len(phaseNames)-1)] }

// Instance is what one replica knows of an instance. Callers read it, and change
// it through [Table].
//
// It has two ballots. A single one, as in the original protocol, makes a vote
// look newer than it is once something higher was promised, and replaces a chosen
// value by an older one (Sutra, "On the correctness of Egalitarian Paxos", 2019).
type Instance struct {
	ID       ID
	Promised quorate.Ballot // the replica takes part in nothing below; the paper's bal
	Voted    quorate.Ballot // the ballot of the value; the paper's abal
	Phase    Phase
	// Commands are the owner's; nil while they are not known. They stay when a Nop
	// is accepted: no instance ever gets other commands.
	Commands []quorate.Command
	// Initial says that InitDeps are known: the dependencies that the owner
	// proposed. The paper's initDep.
	Initial  bool
	InitDeps Deps
	Nop      bool // the value is a Nop
	Deps     Deps // of the value

	// Waited is the most that a Waiting message said of this instance, see
	// decide.Recovery; it is not durable.
	Waited int
	// Since is when its replica heard of the instance, for package open; it is not
	// durable.
	Since time.Duration

	node    graph.Node[*Instance]
	touches []access
	again   bool // scratch of Install: it is to be ordered anew
	news    bool // the origin changed since it was last taken
	apart   bool // the vote may have been written alone
}

// Origin is the part of an instance's durable state that its owner made.
type Origin struct {
	Commands []quorate.Command
	Initial  bool
	InitDeps Deps
}

// Vote is the part of an instance's durable state that its replica made.
type Vote struct {
	Promised, Voted quorate.Ballot
	Phase           Phase
	Nop             bool
	Deps            Deps
}

// News is called when the instance changed and is to be persisted. It returns the
// owner's part, and what to write: the origin, with the vote, if the owner's part
// changed since the last call; the vote alone if it is only that, or was once. What was
// written of it alone counts more than what stands with an origin.
func (i *Instance) News() (o Origin, origin, vote bool) {
	origin, i.news = i.news, false
	i.apart = i.apart || !origin
	return Origin{i.Commands, i.Initial, i.InitDeps}, origin, i.apart
}

// Vote returns the replica's part.
func (i *Instance) Vote() Vote {
	return Vote{Promised: i.Promised, Voted: i.Voted, Phase: i.Phase, Nop: i.Nop, Deps: i.Deps}
}

// Size returns about how many bytes a message with the value has.
func (i *Instance) Size() int {
	size := 64
	for at := range i.Commands {
		size += i.Commands[at].Size()
	}
	return size
}

// Node returns the instance's place in the execution graph.
func (i *Instance) Node() *graph.Node[*Instance] { return &i.node }

// Known reports whether it is known with what the instance interferes.
func (i *Instance) Known() bool { return len(i.Commands) > 0 || i.Phase == Committed }

// Value returns what was voted for or committed.
func (i *Instance) Value() Value {
	if i.Nop {
		return Value{}
	}
	return Value{Commands: i.Commands, Deps: i.Deps}
}

// Whole returns a value that a message may have left the commands out of; false if
// they are not known here.
func (i *Instance) Whole(v Value) (Value, bool) {
	if v.Short {
		v.Commands, v.Short = i.Commands, false
		return v, len(v.Commands) > 0
	}
	return v, true
}

// State is what a replica tells of an instance in a recovery.
type State struct {
	Phase    Phase
	Voted    quorate.Ballot
	Value    Value
	Initial  bool
	InitDeps Deps
}

// State returns what to tell.
func (i *Instance) State() State {
	s := State{Phase: i.Phase, Voted: i.Voted, Initial: i.Initial, InitDeps: i.InitDeps}
	if i.Phase != None {
		s.Value = i.Value()
	}
	return s
}
