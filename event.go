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
}

// Elected says that this node won phase 1 and leads. Log names the log where a
// protocol has many, it is empty where there is one.
type Elected struct {
	Log    string
	Ballot Ballot
}

// SteppedDown says that this node no longer leads under Ballot; By is the
// higher ballot that ended it, zero if the node gave up by itself.
type SteppedDown struct {
	Log        string
	Ballot, By Ballot
}

// Retransmitted says that this node sent the values of so many slots again: to
// members that had not answered, or that asked for what they missed.
type Retransmitted struct {
	Log   string
	Slots int
}

// Chosen says that this node learnt the value of a slot.
type Chosen struct {
	Log      string
	Slot     Slot
	Ballot   Ballot
	Commands []Command
}

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
func (SteppedDown) event()   {}
func (Retransmitted) event() {}
func (Chosen) event()        {}
func (Executed) event()      {}
func (Installed) event()     {}
func (LeaseRead) event()     {}
func (TimerFired) event()    {}
