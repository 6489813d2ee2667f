package script

import (
	"fmt"
	"slices"

	"github.com/quorate/quorate"
)

// Call is one command of a client with all its attempts, as the client sees it.
// Begin and End number the happenings at clients: a Call that ends before
// another begins is not concurrent with it.
type Call struct {
	Request  quorate.Request // the first attempt
	Attempts int
	Refused  int           // attempts answered as not executed
	Reply    quorate.Reply // the first that says it was executed; zero if none does
	Begin    uint64        // of the first attempt
	End      uint64        // of Reply, zero if there is none
}

// Failed reports whether the command certainly was not executed.
func (c *Call) Failed() bool { return c.End == 0 && c.Refused >= c.Attempts }

// Calls returns the history of all clients so far, in the order of Begin.
func (w *World) Calls() []Call {
	calls := make([]Call, len(w.calls))
	for i, c := range w.calls {
		calls[i] = *c
	}
	return calls
}

func (c *clients) find(id quorate.CommandID) *Call {
	i := slices.IndexFunc(c.calls, func(call *Call) bool { return call.Request.Command.ID() == id })
	if i < 0 {
		return nil
	}
	return c.calls[i]
}

func (c *clients) began(r quorate.Request) {
	call := c.find(r.Command.ID())
	if call == nil {
		c.clock++
		call = &Call{Request: r, Begin: c.clock}
		c.calls = append(c.calls, call)
	}
	call.Attempts++
}

// ended notes a reply. A write has one outcome, however often it is asked for:
// another one is an error.
func (c *clients) ended(r quorate.Reply) error {
	call := c.find(quorate.CommandID{Client: r.Client, Seq: r.Seq})
	switch {
	case call == nil:
		return fmt.Errorf("client %v never sent command %d: %s", r.Client, r.Seq, replyText(r))
	case r.Status == quorate.NotExecuted:
		call.Refused++
	case r.Status == quorate.Done && call.End == 0:
		c.clock++
		call.Reply, call.End = r, c.clock
	case r.Status == quorate.Done && call.Request.Command.Op.IsWrite() && (r.OK != call.Reply.OK || r.Version != call.Reply.Version):
		return fmt.Errorf("a second outcome of %v: first %s, then %s", call.Request.Command, replyText(call.Reply), replyText(r))
	}
	return nil
}
