package server

import "github.com/quorate/quorate"

// Clients returns the number of clients that the cluster would close.
func (l *Local) Clients() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.clients)
}

// Submissions returns the number of commands that n's gateway waits for.
func Submissions(n *Node) int {
	g := n.doors.gateway
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open)
}

// Waiting returns the number of attempts that wait for their outcome.
func Waiting(n *Node) int {
	g := n.doors.gateway
	g.mu.Lock()
	defer g.mu.Unlock()
	waiting := 0
	for _, s := range g.open {
		waiting += s.waiting
	}
	return waiting
}

// Session returns the gateway's own session.
func Session(n *Node) quorate.Client { return n.doors.gateway.me }

// Attempts returns the number of the gateway's latest attempt.
func Attempts(n *Node) uint8 {
	g := n.doors.gateway
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.attempts
}

// Answer gives the gateway a reply.
func Answer(n *Node, r quorate.Reply) { n.doors.gateway.onReply(n.id, r) }

// NodeClients returns the number of clients that the node would close.
func NodeClients(n *Node) int {
	n.doors.mu.Lock()
	defer n.doors.mu.Unlock()
	return len(n.doors.clients)
}
