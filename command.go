package quorate

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// Client identifies one client session: 64 random bits, drawn anew whenever a
// client starts, never an address and never used again.
type Client uint64

// String returns the session number in hexadecimal.
func (c Client) String() string { return strconv.FormatUint(uint64(c), 16) }

// Op is what a [Command] does.
type Op uint8

// The operations. Every write, a delete too, gives its key the next version,
// starting from 1; versions never restart. The version of an absent key counts
// as 0 in a condition.
const (
	OpNop      Op = iota // changes nothing; fills a slot
	OpGet                // reads value and version
	OpPut                // writes the value
	OpDelete             // removes the value
	OpPutIf              // Put if the key is at Command.Version, 0 for absent
	OpDeleteIf           // Delete if the key is at Command.Version
	OpTrim               // drops outcomes past the horizon on an idle key
)

var opNames = [...]string{"nop", "get", "put", "delete", "put-if", "delete-if", "trim"}

// String returns the operation's name in lower case.
func (o Op) String() string {
	if int(o) < len(opNames) {
		return opNames[o]
	}
	return fmt.Sprintf("op(%d)", uint8(o))
}

// Valid reports whether o is one of the operations above.
func (o Op) Valid() bool { return int(o) < len(opNames) }

// IsWrite reports whether o may change the state machine.
func (o Op) IsWrite() bool { return o >= OpPut && o <= OpDeleteIf }

// Command is what a client asks for and a log replicates. (Client, Seq) names
// it: a retry carries the same pair, to whichever replica.
type Command struct {
	Client  Client
	Seq     uint64
	Issued  time.Duration // the client's clock at the first attempt, since the Unix epoch; the same in every retry
	Op      Op
	Key     string // the conflict domain: commands on different keys commute
	Value   []byte
	Version uint64 // the condition of PutIf and DeleteIf
}

// CommandID names a command among all commands of all clients.
type CommandID struct {
	Client Client
	Seq    uint64
}

// ID returns the command's name.
func (c *Command) ID() CommandID { return CommandID{c.Client, c.Seq} }

// Equal reports whether c and d are the same command. An empty and a nil value
// are the same: the wire does not tell them apart.
func (c *Command) Equal(d *Command) bool {
	return c.Client == d.Client && c.Seq == d.Seq && c.Issued == d.Issued && c.Op == d.Op &&
		c.Key == d.Key && c.Version == d.Version && bytes.Equal(c.Value, d.Value)
}

// Size estimates how many bytes the command takes, in memory and on the wire.
func (c *Command) Size() int { return 64 + len(c.Key) + len(c.Value) }

// String renders the command for traces, for example "put k=v (c:5)".
func (c Command) String() string {
	name := fmt.Sprintf("(%v:%d)", c.Client, c.Seq)
	switch c.Op {
	case OpNop:
		return "nop"
	case OpPut:
		return fmt.Sprintf("put %s=%s %s", c.Key, c.Value, name)
	case OpPutIf:
		return fmt.Sprintf("put %s=%s if %d %s", c.Key, c.Value, c.Version, name)
	case OpDeleteIf:
		return fmt.Sprintf("delete %s if %d %s", c.Key, c.Version, name)
	}
	return fmt.Sprintf("%v %s %s", c.Op, c.Key, name)
}

// Result is the outcome of an executed command.
type Result struct {
	OK      bool   // Get: the key is present; PutIf, DeleteIf: the condition held; otherwise true
	Expired bool   // not executed now: the command is older than the horizon, so whether an earlier attempt executed is unknown
	Version uint64 // the key's version afterwards, 0 if it was never written; for a failed condition on a deleted key, 0
	Value   []byte // of a Get; of a write what the state machine returns, nothing from a KV
}
