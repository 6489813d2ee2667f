package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate"
)

// Engine is a cluster of this project's, under a load of small commands that all go
// through logs.
type Engine struct {
	Protocol     string // one of Protocols
	Zones, Nodes int    // zones, and members in each; zero is one
	Quorum       int    // of phase 2, with the leader; zero is the protocol's own
	Thrifty      bool   // members beyond a quorum are not asked
	// Conflicts is the share of commands that meet another one on their key, which of
	// EPaxos takes them a second round trip.
	Conflicts float64
	Batch     int // commands in a round, at most; zero is the protocol's own
	Key       int // bytes of a key; zero is 6
	Value     int // bytes of a value
	// Forwarded is the share of requests that come to a member that passes them on, and
	// passes the answer back.
	Forwarded float64
	// Reads is the share of reads, which bring no value.
	Reads float64
}

// Protocols are those that [Engine] knows.
func Protocols() []string { return []string{"epaxos", "paxos", "primary", "trex", "wpaxos"} }

// Turns is what a member does for a round: for the round itself, and for each command
// in it.
type Turns struct{ Fixed, Each Work }

// Of is what it does for a round of so many commands.
func (t Turns) Of(commands float64) Work { return t.Fixed.Plus(t.Each.Times(commands)) }

func (t Turns) plus(u Turns) Turns    { return Turns{t.Fixed.Plus(u.Fixed), t.Each.Plus(u.Each)} }
func (t Turns) times(x float64) Turns { return Turns{t.Fixed.Times(x), t.Each.Times(x)} }

// Plan is who does what in an [Engine].
type Plan struct {
	Leaders int   // members that share the commands alike
	Busiest Turns // of a leader for a round of its own, and its part in those of others
	All     Turns // of all members and the client, for a round
	Voter   Turns // of a member that votes, for a round
	Votes   int   // that must come, of those Asked
	Asked   int
	Second  float64 // share of rounds with a second round trip
	Slow    int     // votes that it takes there
	Batch   int     // commands in a round, at most
}

// Bytes of messages beside keys and values, as the codec has them, about.
const (
	frame    = 16 // a message
	envelope = 36 // a command in it
	answer   = 24 // a client's reply
)

func (e Engine) members() int { return max(e.Zones, 1) * max(e.Nodes, 1) }

// Validate reports what no cluster is.
func (e Engine) Validate() error {
	n := e.members()
	switch {
	case !slices.Contains(Protocols(), e.Protocol):
		return fmt.Errorf("model: protocol %q: want one of %s", e.Protocol, strings.Join(Protocols(), ", "))
	case e.Zones < 0 || e.Nodes < 0 || n > 64:
		return fmt.Errorf("model: %d zones of %d members: want 1 to 64 in all", e.Zones, e.Nodes)
	case e.Quorum < 0 || e.Quorum > n:
		return fmt.Errorf("model: a quorum of %d of %d members", e.Quorum, n)
	case !(e.Conflicts >= 0 && e.Conflicts <= 1) || !(e.Reads >= 0 && e.Reads <= 1) || !(e.Forwarded >= 0 && e.Forwarded <= 1):
		return fmt.Errorf("model: a share of %v conflicts, %v reads and %v forwarded: want 0 to 1", e.Conflicts, e.Reads, e.Forwarded)
	case e.Batch < 0 || e.Key < 0 || e.Value < 0:
		return fmt.Errorf("model: batches of %d, keys of %d and values of %d bytes: want 0 or more", e.Batch, e.Key, e.Value)
	}
	return nil
}

// Plan counts the messages of a round.
func (e Engine) Plan() Plan {
	switch e.Protocol {
	case "epaxos":
		return e.leaderless()
	case "wpaxos":
		return e.owners()
	}
	return e.leader()
}

// sizes are of a command in a message, and of a reply.
func (e Engine) sizes() (command, reply float64) {
	key := float64(cmp.Or(e.Key, 6))
	return envelope + key + float64(e.Value)*(1-e.Reads), answer + float64(e.Value)*e.Reads
}

// client is what a client and a member do for a command: a request, its execution, and
// the answer.
func (e Engine) client() (member, caller Turns) {
	command, reply := e.sizes()
	member.Each = Work{In: 1, Out: 1, Commands: 1, Bytes: 2*frame + 2*command + reply}
	caller.Each = Work{Clients: 1}
	return member, caller
}

// forwarder is what a member does that passes requests and answers on, for a command of
// all.
func (e Engine) forwarder() Turns {
	command, reply := e.sizes()
	return Turns{Each: Work{In: 2, Out: 2, Bytes: 4*frame + 2*command + 2*reply}}.times(e.Forwarded)
}

// broadcast is a message to so many members, with the commands of a round or without.
func (e Engine) broadcast(to float64, commands bool) Turns {
	if to <= 0 {
		return Turns{}
	}
	t := Turns{Fixed: Work{Out: 1, Copies: to - 1, Bytes: to * frame}}
	if commands {
		size, _ := e.sizes()
		t.Each.Bytes = to * size
	}
	return t
}

// voter is the part of a member that is asked so often, with a vote for each, and
// told of the outcome in another message or with what comes next.
func (e Engine) voter(asked, told float64) Turns {
	size, _ := e.sizes()
	return Turns{
		Fixed: Work{In: asked + told, Out: asked, Bytes: (2*asked + told) * frame, Turns: 1, Records: 1},
		Each:  Work{Commands: 1, Bytes: 2 * size},
	}
}

// votes is what comes back to who asked.
func votes(n float64) Turns { return Turns{Fixed: Work{In: n, Bytes: n * frame}} }

// leader is a protocol whose leader proposes all: paxos, trex and primary. That a
// round is chosen travels with the next one.
func (e Engine) leader() Plan {
	n := e.members()
	q := cmp.Or(e.Quorum, majority(n))
	p := Plan{Leaders: 1, Votes: q - 1, Asked: n - 1, Batch: cmp.Or(e.Batch, 512)}
	if e.Thrifty {
		p.Asked = q - 1
	}
	asked := float64(p.Asked)
	member, caller := e.client()
	p.Busiest = member.plus(e.broadcast(asked, true)).plus(votes(asked))
	p.Busiest.Fixed.Turns = 2 // when requests come, and when votes do
	p.Busiest.Fixed.Records = 1
	p.Voter = e.voter(1, 0)
	p.All = p.Busiest.plus(caller).plus(e.forwarder()).plus(p.Voter.times(asked))
	// Those that are not asked are told, and execute all the same.
	p.All = p.All.plus(e.voter(0, 1).times(float64(n-1) - asked))
	return p
}

// leaderless is EPaxos: every member proposes what its clients ask for, and tells all
// others what it has decided.
func (e Engine) leaderless() Plan {
	n := e.members()
	faults, missing := quorate.EPaxosFaults(n)
	p := Plan{Leaders: n, Votes: cmp.Or(e.Quorum, max(n-missing, 1)) - 1, Asked: n - 1, Second: e.Conflicts, Slow: n - faults - 1, Batch: cmp.Or(e.Batch, 64)}
	if e.Thrifty {
		p.Asked = p.Votes
	}
	asked, others := float64(p.Asked), float64(n-1)
	member, caller := e.client()
	own := member.plus(e.broadcast(asked, true)).plus(votes(asked)).plus(e.broadcast(others, false))
	own = own.plus(e.broadcast(asked, false).times(p.Second)).plus(votes(asked).times(p.Second))
	own.Fixed.Turns, own.Fixed.Records = 2+p.Second, 1
	share := 0.0
	if others > 0 {
		share = asked / others
	}
	p.Voter = e.voter(share*(1+p.Second), 1)
	p.Voter.Fixed.Turns = 2
	p.Busiest = own.plus(p.Voter.times(others))
	p.All = own.plus(caller).plus(p.Voter.times(others))
	return p
}

// owners is WPaxos at rest: every member owns as many keys as any other, in its zone
// are the votes, and all others are told.
func (e Engine) owners() Plan {
	zones, nodes := max(e.Zones, 1), max(e.Nodes, 1)
	n := zones * nodes
	q := cmp.Or(e.Quorum, zoneQuorum(nodes))
	p := Plan{Leaders: n, Votes: q - 1, Asked: nodes - 1, Batch: cmp.Or(e.Batch, 64)}
	near, far := float64(nodes-1), float64(n-nodes)
	member, caller := e.client()
	own := member.plus(e.forwarder()).plus(e.broadcast(near, true)).plus(votes(near)).plus(e.broadcast(near, false)).plus(e.broadcast(far, true))
	own.Fixed.Turns, own.Fixed.Records = 2, 1
	p.Voter = e.voter(1, 1)
	told := e.voter(0, 1)
	rest := p.Voter.times(near).plus(told.times(far))
	p.Busiest, p.All = own.plus(rest), own.plus(rest).plus(caller)
	return p
}

// zoneQuorum is how many of a zone's members vote: all but one, of three or more.
func zoneQuorum(nodes int) int {
	if nodes < 3 {
		return nodes
	}
	return nodes - 1
}
