package model

import (
	"fmt"
	"strings"
)

// Rounds is a protocol as papers count it, one command a round, on n members.
type Rounds struct {
	Name    string
	Members int
	Leaders int // members that share the rounds alike
	// In and Out are the messages that a leader takes in and sends for each round of
	// its own; it also has part in those of the other leaders. A broadcast leaves
	// once, unless the program that is modelled encodes it for each member.
	In, Out float64
	// Wire counts messages in and out for the network interface.
	Wire float64
	// Votes is how many other members must have answered, of Asked.
	Votes, Asked int
	// Second is the share of the rounds that take another round trip.
	Second float64
	Heavy  bool // messages carry dependencies
}

// Service returns what a leader takes for a round, in microseconds: the t_s of the
// paper's section 3.
func (r Rounds) Service(p Params) float64 {
	factor, size := 1.0, p.Message
	if r.Heavy && p.Heavy > 0 {
		factor = p.Heavy
	}
	if r.Heavy && p.HeavyBy > 0 {
		size = p.HeavyBy
	}
	return factor*(r.In*p.In+r.Out*p.Out) + r.Wire*float64(size)*p.Byte
}

// MaxRate returns the rounds a second at which the leaders are never idle: R_max, for
// all of them together.
func (r Rounds) MaxRate(p Params) float64 {
	return float64(r.Leaders) * 1e6 * float64(max(p.Pipelines, 1)) / r.Service(p)
}

// Latency returns the mean latency of a round in milliseconds at a rate, in one data
// centre with such round trips, to clients that are trip away and back. All messages
// of a leader wait in a queue of the given kind.
func (r Rounds) Latency(rate float64, q Queue, s Spread, p Params, trips Trips, client float64) float64 {
	service := r.Service(p) / float64(max(p.Pipelines, 1))
	wait := q.Wait(rate/float64(r.Leaders)/1e6, service, s)
	vote := trips.Nth(r.Votes, r.Asked)
	// The second round trip is another one of the same kind; each meets a queue.
	return client + (1+r.Second)*(vote+wait/1e3) + r.Service(p)/1e3
}

func majority(n int) int { return n/2 + 1 }

// Paxos is multi-Paxos whose leader asks all members: t_s = 2t_o + N·t_i + 2x for
// what leaves and N·x for what comes (section 3 of the paper, with the counting of its
// program: a broadcast is once on the wire).
func Paxos(n int) Rounds {
	return Rounds{Name: "paxos", Members: n, Leaders: 1, In: float64(n), Out: 2, Wire: float64(n + 2), Votes: majority(n) - 1, Asked: n - 1}
}

// PaxiPaxos is Paxos as the paper's framework has it: a message is encoded for each
// member, and commits are messages of their own (github.com/ailidani/paxi, socket.go
// and transport.go), so that 2(N−1)+1 leave and N come.
func PaxiPaxos(n int) Rounds {
	r := Paxos(n)
	r.Name, r.Out, r.Wire = "paxi paxos", float64(2*(n-1)+1), float64(3*n-1)
	return r
}

// FPaxos is Paxos with phase-2 quorums of q members (Howard, Malkhi and Spiegelman,
// "Flexible Paxos", 2016): its leader still asks all, and waits for fewer.
func FPaxos(n, q int) Rounds {
	r := Paxos(n)
	r.Name, r.Votes = "fpaxos", q-1
	return r
}

// Thrifty is Paxos whose leader asks no more members than a quorum of q.
func Thrifty(n, q int) Rounds {
	return Rounds{Name: "thrifty", Members: n, Leaders: 1, In: float64(q), Out: 2, Wire: float64(2 * q), Votes: q - 1, Asked: q - 1}
}

// EPaxos is EPaxos under equal load of all members, of whose rounds the share c takes
// a second round trip: its own round, and its part in those of the others (as the
// paper's program counts, which sends no commits).
func EPaxos(n int, c float64) Rounds {
	others := float64(n - 1)
	in, out := 2*others*(1+c)+1, (1+c)+others*(1+c)+1
	return Rounds{Name: "epaxos", Members: n, Leaders: n, In: in, Out: out, Wire: in + out, Votes: majority(n) - 1, Asked: n - 1, Second: c, Heavy: true}
}

// Shares say what becomes of requests where objects have owners: which share is
// passed on to an owner in the same zone, which to one in another zone, and which makes
// the member that is asked take the object.
type Shares struct{ Local, Remote, Steal float64 }

// WPaxos is WPaxos on zones of so many members, with phase-2 quorums of q2 and phase-1
// quorums of q1 members, at an owner (as the paper's program counts).
func WPaxos(zones, members, q1, q2 int, s Shares) Rounds {
	in := float64(q2) + s.Local + s.Remote + s.Steal*float64(q1)
	out := 2 + s.Local + s.Remote + s.Steal
	return Rounds{Name: "wpaxos", Members: zones * members, Leaders: zones, In: in, Out: out, Wire: in + out, Votes: q2 - 1, Asked: max(members-1, q2-1)}
}

// Chain is chain replication (van Renesse and Schneider, OSDI 2004): its head takes a
// command and passes it on; its tail answers, and tells those before it.
func Chain(n int) Rounds {
	return Rounds{Name: "chain", Members: n, Leaders: 1, In: 2, Out: 1, Wire: 3, Votes: 1, Asked: 1}
}

// ABD is the register of Attiya, Bar-Noy and Dolev (JACM 1995), of many writers: two
// round trips for each operation, of any member, and a part in those of the others.
func ABD(n int) Rounds {
	others := float64(n - 1)
	in, out := 2*others+1+2*others, 3+2*others
	return Rounds{Name: "abd", Members: n, Leaders: n, In: in, Out: out, Wire: in + out, Votes: majority(n) - 1, Asked: n - 1, Second: 1}
}

// PigPaxos is Paxos whose leader asks r groups by one member of each (Charapko,
// Ailijiang and Demirbas, SIGMOD 2021): 2r+2 messages at the leader.
func PigPaxos(n, r int) Rounds {
	return Rounds{Name: "pigpaxos", Members: n, Leaders: 1, In: float64(r + 1), Out: float64(r + 1), Wire: float64(2*r + 2), Votes: r, Asked: r}
}

// Papers are the protocols that [Paper] knows.
func Papers() []string {
	return []string{"abd", "chain", "epaxos", "fpaxos", "paxi", "paxos", "pigpaxos", "thrifty", "wpaxos"}
}

// Paper returns a protocol as papers count it, with usual settings: FPaxos with a
// phase-2 quorum of two, or three from seven members on; WPaxos with votes of all but
// one of a zone, all requests local; PigPaxos with three groups.
func Paper(name string, zones, nodes int, conflicts float64) (Rounds, error) {
	n := zones * nodes
	switch name {
	case "abd":
		return ABD(n), nil
	case "chain":
		return Chain(n), nil
	case "epaxos":
		return EPaxos(n, conflicts), nil
	case "fpaxos":
		return FPaxos(n, min(n, 2+n/7)), nil
	case "paxi":
		return PaxiPaxos(n), nil
	case "paxos":
		return Paxos(n), nil
	case "pigpaxos":
		return PigPaxos(n, min(3, max(n-1, 1))), nil
	case "thrifty":
		return Thrifty(n, majority(n)), nil
	case "wpaxos":
		return WPaxos(zones, nodes, zones, zoneQuorum(nodes), Shares{}), nil
	}
	return Rounds{}, fmt.Errorf("model: %q is in no paper here: want one of %s", name, strings.Join(Papers(), ", "))
}
