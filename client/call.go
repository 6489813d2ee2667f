package client

import (
	"time"

	"github.com/quorate/quorate"
)

// Op is what a call asks for: a command without its number.
type Op struct {
	Kind    quorate.Op // OpGet, OpPut, OpDelete, OpPutIf or OpDeleteIf
	Key     string
	Value   []byte           // of OpPut and OpPutIf; must not change until the session ends
	Version uint64           // the condition of OpPutIf and OpDeleteIf; 0 stands for an absent key
	Read    quorate.ReadMode // of OpGet
	Raw     bool             // as Config.Raw, for this call
	Seen    quorate.Slot     // of a timeline read: another session's Result.Index, if this one is to go on from there
}

func (op *Op) valid() bool {
	return (op.Kind == quorate.OpGet || op.Kind.IsWrite() && op.Read == quorate.ReadLog) && op.Read.Valid() &&
		(op.Seen == 0 || op.Read == quorate.ReadTimeline)
}

// spread reports whether any replica may be asked, and not only the leader.
func (op *Op) spread() bool { return op.Kind == quorate.OpGet && op.Read.Spread() }

// Result is what an executed command returned.
type Result struct {
	OK      bool         // Get: the key is present; PutIf, DeleteIf: the condition held; otherwise true
	Version uint64       // the key's version afterwards, as in quorate.Result
	Value   []byte       // of a Get; of a write what the state machine returned, nothing from the built-in store
	Stale   bool         // the answer of a read that is not linearizable: may be old
	Index   quorate.Slot // how many slots the answering state includes, 0 in protocols without one log
	Node    quorate.ID   // who answered
}

// End says what ended a call.
type End uint8

// The ends.
const (
	EndAnswered  End = iota + 1 // a replica's answer that is final
	EndDeadline                 // the call's time ran out
	EndCancelled                // the caller gave up, see [Session.Cancel]
	EndClosed                   // the session was closed
	EndInvalid                  // the call makes no sense; nothing was sent
	EndSilence                  // a raw call's attempt was not answered in its time
	EndLost                     // a raw call's connection broke
	EndAttempts                 // Config.MaxAttempts were made
)

// Outcome is how a call ended.
type Outcome struct {
	Status   quorate.Status // Done, NotExecuted or Unknown: see the package's doc
	Result   Result         // of Done
	End      End
	Reason   quorate.Reason // the last refusal's; ReasonNone if there was none
	Words    string         // what it said beside the reason, cut off where it was long
	Attempts int            // requests handed to the link, those it refused included
	Node     quorate.ID     // of the last attempt
	Silent   bool           // the last attempt was not answered in its time
}

// Call is one command on its way through a [Session]. The driver fills the
// exported fields above Outcome and hands it to [Session.Start]; it must leave
// the call alone until [Session.NextEnded] returns it, and may use it again then.
type Call struct {
	Op      Op
	Timeout time.Duration // from Start until the session gives up; zero is Config.Timeout
	Tag     any           // the driver's own; the session never looks at it
	Outcome Outcome       // valid once the call has ended

	cmd      quorate.Command
	seen     quorate.Slot // of a timeline read: what the session had seen when it began
	deadline time.Duration
	wake     time.Duration // when Tick must look at it
	pos      int           // in the session's heap, or where else
	prev     *Call         // among the session's open calls, in order of Seq
	next     *Call
	earlier  *Call // in the list of those to wake
	later    *Call

	target  quorate.ID // of the attempt that awaits its answer, zero while pausing
	hint    quorate.ID // where a refusal sent this call
	failed  quorate.ID // who last left it unanswered: hints back there are not followed
	tainted bool       // some attempt may have been executed, or may still be

	moves   int // attempts since the last pause that followed a refusal at once
	pauses  int
	silence int // attempts that timed out
	clocks  int // replicas whose clock disagreed
}

// ID returns the command's name: what its replies carry.
func (c *Call) ID() quorate.CommandID { return c.cmd.ID() }

// Issued returns the time of the call's start.
func (c *Call) Issued() time.Duration { return c.cmd.Issued }

// attempt numbers the attempt under way.
func (c *Call) attempt() uint8 { return uint8(c.Outcome.Attempts) }

// reset forgets an earlier use of c.
func (c *Call) reset() {
	*c = Call{Op: c.Op, Timeout: c.Timeout, Tag: c.Tag, pos: nowhere}
}

// forget keeps no keys, values and words alive of a call that has ended. Its next use
// resets the rest.
func (c *Call) forget() {
	c.Op = Op{}
	c.cmd.Key, c.cmd.Value = "", nil
	c.Outcome.Result.Value, c.Outcome.Words = nil, ""
}
