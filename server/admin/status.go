package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
)

// Fault is a fault in force at one node. Times are in seconds.
type Fault struct {
	Kind      string       `json:"kind"`                // as in the path that asked for it
	Name      string       `json:"name,omitempty"`      // that it was given
	To        []quorate.ID `json:"to,omitempty"`        // the peers that messages to suffer it
	Loss      float64      `json:"loss,omitempty"`      // the share of messages dropped
	Duplicate float64      `json:"duplicate,omitempty"` // the share of messages sent twice
	Reorder   float64      `json:"reorder,omitempty"`   // the share of messages that come late
	Delay     float64      `json:"delay,omitempty"`     // added to every message, or by how much they come late at most
	Jitter    float64      `json:"jitter,omitempty"`
	What      string       `json:"what,omitempty"` // is done to the clock or the disk
	Remaining float64      `json:"remaining"`      // until it ends by itself
}

// The states of a node.
const (
	StateRunning  = "running"  // it answers
	StateBusy     = "busy"     // it runs, but did not answer in time
	StateDown     = "down"     // it crashed on purpose, or has not started yet
	StateFailed   = "failed"   // it failed, and only a restart of the process will help
	StateStopping = "stopping" // it has ended in order
)

// Status is all that a node says of itself.
type Status struct {
	ID          quorate.ID        `json:"id"`
	Members     []quorate.ID      `json:"members"`
	Protocol    string            `json:"protocol"`
	Version     string            `json:"version,omitempty"`
	State       string            `json:"state"`
	Why         string            `json:"why,omitempty"` // it does not run
	Role        string            `json:"role,omitempty"`
	Leader      string            `json:"leader,omitempty"` // the leader it knows; empty if none
	Ballot      string            `json:"ballot,omitempty"` // the highest it has promised
	Committed   quorate.Slot      `json:"committed"`
	Executed    quorate.Slot      `json:"executed"`
	Retained    int               `json:"retained"`              // log entries kept
	Pending     int               `json:"pending"`               // requests admitted and not answered
	Learner     bool              `json:"learner"`               // it lost its disk and does not vote
	Admitting   string            `json:"admitting,omitempty"`   // what its admission waits for
	Incarnation string            `json:"incarnation,omitempty"` // the number of its disk
	Uptime      float64           `json:"uptime_seconds"`        // of the process
	Addresses   map[string]string `json:"addresses,omitempty"`
	Faults      []Fault           `json:"faults"`
	Objects     *Objects          `json:"objects,omitempty"` // where each key is one
}

// view is what could be found out about a node within the time for it.
type view struct {
	node  *server.Node // nil while it is down
	state string
	err   error // why it does not run, or does not answer
	server.Overview
	owned int // objects
}

// look asks the node for its report. It waits for the loop for a bounded time.
func (h *Handler) look(ctx context.Context) view {
	v := view{node: h.target.Node(), err: h.target.Failure()}
	switch {
	case v.err != nil:
		v.state = StateFailed
		return v
	case v.node == nil:
		v.state, v.err = StateDown, errors.New("it crashed on purpose, or has not started yet")
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, h.wait)
	defer cancel()
	var err error
	v.Overview, err = v.node.Overview(ctx)
	switch {
	case err == nil:
		v.state, v.owned = StateRunning, h.objects.Load().owned()
	case v.node.Err() != nil:
		v.state, v.err = StateFailed, v.node.Err()
	case errors.Is(err, server.ErrStopped):
		v.state, v.err = StateStopping, errors.New("it has been stopped")
	default:
		v.state, v.err = StateBusy, fmt.Errorf("its loop did not answer within %v", h.wait)
	}
	return v
}

// down reports whether the node is away and comes back by itself.
func (v view) down() bool { return v.state == StateDown }

func (h *Handler) status(ctx context.Context) Status {
	v := h.look(ctx)
	s := Status{
		ID: h.target.ID(), Members: h.target.Cluster().IDs(), Protocol: h.target.Protocol(), Version: h.version,
		State: v.state, Uptime: seconds(time.Since(h.target.Started())), Addresses: h.addresses, Faults: h.faults.inForce(v.down()),
	}
	if v.err != nil {
		s.Why = v.err.Error()
	}
	if v.state != StateRunning {
		return s
	}
	s.Role, s.Committed, s.Executed, s.Retained, s.Pending = v.Role, v.Committed, v.Executed, v.Retained, v.Pending
	s.Objects = h.objects.Load().status(v.Report)
	s.Learner, s.Admitting = v.Identity.Learner, v.Admitting
	if v.Identity.Incarnation != 0 {
		s.Incarnation = fmt.Sprintf("%016x", v.Identity.Incarnation)
	}
	if v.Leader != 0 {
		s.Leader = v.Leader.String()
	}
	if v.Ballot != 0 {
		s.Ballot = v.Ballot.String()
	}
	return s
}

func (h *Handler) serveStatus(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, h.status(r.Context()))
}

// seconds rounds to what a reader may want to know.
func seconds(d time.Duration) float64 { return d.Round(time.Microsecond).Seconds() }
