package server

import (
	"context"

	"github.com/quorate/quorate"
)

// Overview is what a node and its replica say of themselves.
type Overview struct {
	quorate.Report
	// Outcomes is the number of outcomes kept to recognise retries.
	Outcomes int
	// Identity is what the node shows to others; zero if it shows nothing.
	Identity quorate.Hello
	// Admitting says what an admission waits for; empty if none is under way.
	Admitting string
	// Answers counts the answers to clients since the node started, if the replica
	// does.
	Answers quorate.Answers
	// Backlog is the bytes of records that wait for the sync after the one under way.
	Backlog int
}

// Overview asks the node's loop. The role of a node that lost its disk is
// learner.
func (n *Node) Overview(ctx context.Context) (Overview, error) {
	var o Overview
	err := n.Inspect(ctx, func(r quorate.Replica, app *quorate.Once) {
		o.Report, o.Outcomes, o.Admitting = r.Report(), app.Outcomes(), n.host.Admitting()
		o.Identity, _ = n.host.Identity()
		o.Backlog = n.host.Backlog()
		if a, ok := r.(quorate.Answerer); ok {
			o.Answers = a.Answers()
		}
		if !n.host.Voter() {
			o.Role = "learner"
		}
	})
	return o, err
}
