package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
)

// What became of a request's command, as its failure tells.
const (
	executedNo      = "no"      // this request did not execute it and never will
	executedYes     = "yes"     // the failure is its outcome
	executedUnknown = "unknown" // it may have been executed, or may still be
)

// failure is an answer that is not what was asked for, as JSON.
type failure struct {
	Error    string `json:"error"`
	Reason   string `json:"reason"`
	Executed string `json:"executed"`
	Version  uint64 `json:"version,omitempty"` // the key's version, where it is known
	Node     string `json:"node"`
	Leader   string `json:"leader,omitempty"`

	status   int
	leader   quorate.ID // who is behind Leader, if the refusal named one
	location string     // of a redirect
	allow    string     // of a method that is not allowed
	hangUp   bool       // the rest of the request is not worth reading
	present  bool       // Version is that of a value, not that of its absence
}

// refuse returns a failure of a request that was not passed on.
func refuse(status int, reason, format string, args ...any) *failure {
	return &failure{status: status, Reason: reason, Executed: executedNo, Error: fmt.Sprintf(format, args...)}
}

func bad(format string, args ...any) *failure {
	return refuse(http.StatusBadRequest, "invalid", format, args...)
}

// cause is how a replica's reason appears in an answer.
type cause struct {
	word   string
	status int // if nothing was executed
}

func causeOf(r quorate.Reason) cause {
	switch r {
	case quorate.ReasonOverloaded:
		return cause{"overloaded", http.StatusServiceUnavailable}
	case quorate.ReasonNoLeader:
		return cause{"no-leader", http.StatusServiceUnavailable}
	case quorate.ReasonNotLeader:
		return cause{"not-leader", http.StatusServiceUnavailable}
	case quorate.ReasonDeadline:
		return cause{"deadline", http.StatusServiceUnavailable}
	case quorate.ReasonExpired:
		return cause{"expired", http.StatusServiceUnavailable}
	case quorate.ReasonClock:
		return cause{"clock", http.StatusBadRequest}
	case quorate.ReasonTooLarge:
		return cause{"too-large", http.StatusRequestEntityTooLarge}
	case quorate.ReasonInvalid:
		return cause{"invalid", http.StatusBadRequest}
	case quorate.ReasonUnsupported:
		return cause{"unsupported", http.StatusBadRequest}
	case quorate.ReasonLearner:
		return cause{"learner", http.StatusServiceUnavailable}
	case quorate.ReasonStopping:
		return cause{"stopping", http.StatusServiceUnavailable}
	case quorate.ReasonNotFollower:
		return cause{"not-follower", http.StatusServiceUnavailable}
	case quorate.ReasonNoLongerLeader:
		return cause{"no-longer-leader", http.StatusServiceUnavailable}
	case quorate.ReasonNoQuorum:
		return cause{"no-quorum", http.StatusServiceUnavailable}
	}
	return cause{"unavailable", http.StatusServiceUnavailable}
}

// maxWords bounds what a replica says beside its reason.
const maxWords = 256

// failed turns an error of the backend into an answer.
func failed(err error) *failure {
	f := &failure{Error: err.Error(), Executed: executedNo, status: http.StatusServiceUnavailable}
	why := cause{"unavailable", f.status}
	if errors.Is(err, server.ErrStopped) {
		why.word = "crashed"
	}
	var call *client.Error
	if errors.As(err, &call) {
		why = ended(call)
		if call.Outcome.Status != quorate.NotExecuted {
			f.Executed = executedUnknown
		}
	}
	f.Reason, f.status = why.word, why.status
	if f.Executed == executedUnknown {
		f.status = http.StatusGatewayTimeout
	}
	return f
}

// ended says why a call failed.
func ended(call *client.Error) cause {
	switch {
	case errors.Is(call, server.ErrStopped), call.Outcome.End == client.EndClosed:
		return cause{"crashed", http.StatusServiceUnavailable}
	case call.Outcome.End == client.EndInvalid:
		return causeOf(quorate.ReasonInvalid)
	case call.Outcome.End == client.EndCancelled && errors.Is(call.Cause, context.Canceled):
		return cause{"cancelled", http.StatusServiceUnavailable}
	case call.Outcome.Reason != quorate.ReasonNone:
		return causeOf(call.Outcome.Reason)
	case call.Outcome.End == client.EndDeadline:
		return causeOf(quorate.ReasonDeadline)
	}
	return causeOf(call.Outcome.Reason)
}

// refused turns a reply that is not Done into an answer.
func refused(r *quorate.Request, reply *quorate.Reply) *failure {
	why := causeOf(reply.Reason)
	f := &failure{
		Error:  fmt.Sprintf("%v %q as command %d of client %v: %v: %v", r.Command.Op, r.Command.Key, r.Command.Seq, r.Command.Client, reply.Status, reply.Reason),
		Reason: why.word, Executed: executedNo, status: why.status,
	}
	if len(reply.Value) > 0 {
		f.Error += fmt.Sprintf(": %s", reply.Value[:min(len(reply.Value), maxWords)])
	}
	if reply.Status != quorate.NotExecuted {
		f.Executed, f.status = executedUnknown, http.StatusGatewayTimeout
	}
	f.leader = reply.Leader
	return f
}

// lastWords is how long a client that must hang up may go on sending.
const lastWords = 500 * time.Millisecond

// fail writes f.
func (h *Handler) fail(w http.ResponseWriter, f *failure) {
	h.count.failed(f)
	f.Node = h.cfg.Backend.ID().String()
	if leader := cmp.Or(f.leader, h.cfg.Backend.Leader()); leader != 0 {
		f.Leader = leader.String()
	}
	header := w.Header()
	if f.location != "" {
		header.Set("Location", f.location)
	}
	header.Set("Content-Type", "application/json")
	if f.allow != "" {
		header.Set("Allow", f.allow)
	}
	if f.status == http.StatusServiceUnavailable {
		header.Set("Retry-After", "1")
	}
	if f.hangUp {
		header.Set("Connection", "close")
		// What is left of the body is read for a moment, so that the client
		// sees the answer before the connection breaks.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(lastWords))
	}
	if f.Version != 0 {
		header.Set("Quorate-Version", strconv.FormatUint(f.Version, 10))
	}
	if f.present {
		header.Set("Etag", tag(f.Version))
	}
	body, err := json.Marshal(f)
	if err != nil { // a struct of strings and numbers has none
		body = nil
	}
	w.WriteHeader(f.status)
	_, _ = w.Write(append(body, '\n')) // who hung up needs no answer
}
