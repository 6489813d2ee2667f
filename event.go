package quorate

// Event is one thing that a node did, for metrics, invariants and pictures.
type Event interface{ event() }

// Became says that the replica has another role now, named as in [Report].
type Became struct {
	Log  string
	Role string
}

// Probed says what became of a probe under Ballot: Won if the others would elect
// this node, Lost if not, Pending if it ended before enough of them had answered.
type Probed struct {
	Log     string
	Ballot  Ballot
	Verdict Outcome
}

// Stood says that this node tries a ballot: it asks the others for their promises.
type Stood struct {
	Log    string
	Ballot Ballot
	Cause  Cause `text:"omitzero"`
}

// Elected says that this node won phase 1 and leads. Log names the log where a
// protocol has many, it is empty where there is one.
type Elected struct {
	Log    string
	Ballot Ballot
	Cause  Cause `text:"omitzero"`
}

// Cause is why a node takes a log, where there are many and each has an owner.
type Cause uint8

// The causes.
const (
	CauseNone   Cause = iota // there is one log, or it is not told
	CauseNew                 // nobody owned it
	CauseAsked               // it is asked for here, and the policy is to take what is
	CauseHinted              // its owner hinted
	CauseSilent              // its owner is not heard of, or answers nothing
	CauseOwn                 // it was this node's already: before a restart, or it was tried in vain
)

var causeNames = [...]string{"none", "new", "asked", "hinted", "silent", "own"}

// String returns the cause in lower case.
func (c Cause) String() string { return causeNames[min(int(c), len(causeNames)-1)] }

// Promised says that this node knows of a higher ballot of another than Before, which
// is zero if it knew none: others took a log, or try to.
type Promised struct {
	Log            string
	Ballot, Before Ballot
}

// GaveUp says that this node tries a ballot no longer, since too few have promised.
type GaveUp struct {
	Log    string
	Ballot Ballot
}

// Asked says that this node, which owns a log, was asked for it by somebody in the
// zone with the given index, once for each request.
type Asked struct {
	Log  string
	Zone int
}

// SteppedDown says that this node no longer leads under Ballot; By is the
// higher ballot that ended it, zero if the node gave up by itself.
type SteppedDown struct {
	Log        string
	Ballot, By Ballot
	// Owned says that it owned the log, where one steps down from what one only tried, too.
	Owned bool `text:"omitzero"`
}

// Hinted says that this node, which owns a log, told another that it should take it.
type Hinted struct {
	Log    string
	Ballot Ballot // the owner's
	To     ID
}

// Retransmitted says that this node sent the values of so many slots again: to
// members that had not answered, or that asked for what they missed. Wider says
// that this time it asks all, since the few that it had asked did not answer.
type Retransmitted struct {
	Log   string
	Slots int
	Wider bool
}

// Chosen says that this node learnt the value of a slot; Path tells how, where a
// protocol has more ways than one.
type Chosen struct {
	Log      string
	Slot     Slot
	Ballot   Ballot
	Commands []Command
	Path     Path
}

// Path is how a node came to know what is chosen.
type Path uint8

// The paths.
const (
	PathNone      Path = iota // others told it, or there is one way only
	PathFast                  // it decided its own proposal in one round trip
	PathSlow                  // it decided its own proposal, and that took more
	PathRecovered             // it decided in the place of another
)

var pathNames = [...]string{"none", "fast", "slow", "recovered"}

// String returns the path in lower case.
func (p Path) String() string { return pathNames[min(int(p), len(pathNames)-1)] }

// Recovering says that this node decides a slot in the place of the member to
// which it belongs, and what it needs for that now.
type Recovering struct {
	Log    string
	Slot   Slot
	Ballot Ballot
	Stage  Stage
}

// Stage is what a recovery needs next. It may end at any.
type Stage uint8

// The stages.
const (
	StagePromises   Stage = iota // promises, and what was voted for
	StageValidation              // to know what speaks against the owner's proposal
	StageOthers                  // that others are decided first
	StageVotes                   // votes
)

var stageNames = [...]string{"promises", "validation", "others", "votes"}

// String returns the stage in lower case.
func (s Stage) String() string { return stageNames[min(int(s), len(stageNames)-1)] }

// Displaced says that something else was chosen in the slot in which this node had
// proposed commands, so many of which it proposes anew.
type Displaced struct {
	Log      string
	Slot     Slot
	Commands int
}

// Component says that the slots of the next Size events of type Executed wait for
// each other in a circle, and are executed together. A slot that does not has no
// such event.
type Component struct{ Size int }

// Executed says that this node applied the value of a slot.
type Executed struct {
	Log      string
	Slot     Slot
	Commands []Command
	Results  []Result
}

// Installed says that this node replaced its state by a snapshot that covers
// the slots below Upto.
type Installed struct {
	Log  string
	Upto Slot
}

// LeaseRead says that this node answered a read from its own state and asked
// nobody, since it held a lease.
type LeaseRead struct{}

// TimerFired says that the timer with the given name ran.
type TimerFired struct{ Name string }

func (Became) event()        {}
func (Probed) event()        {}
func (Stood) event()         {}
func (Elected) event()       {}
func (Promised) event()      {}
func (GaveUp) event()        {}
func (Asked) event()         {}
func (SteppedDown) event()   {}
func (Hinted) event()        {}
func (Retransmitted) event() {}
func (Chosen) event()        {}
func (Recovering) event()    {}
func (Displaced) event()     {}
func (Component) event()     {}
func (Executed) event()      {}
func (Installed) event()     {}
func (LeaseRead) event()     {}
func (TimerFired) event()    {}
