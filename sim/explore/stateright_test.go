package explore

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

// Stateright (https://www.stateright.rs), a model checker for actors, comes with
// a model of single-decree Paxos: three servers, and two clients that each put
// one value and then get. It has 16,668 states, says Stateright's own test. This
// is the same model for the nodes of this project; to find the same number of
// states is evidence that the explorer misses none and sees none double.
//
// Its clients are members like others. What the clients have called and got is
// part of a state there, too: that is the witness here.
const statesOfStateright = 16_668

type (
	put      struct{ Request uint64 }
	putOK    struct{ Request uint64 }
	get      struct{ Request uint64 }
	getOK    struct{ Request, Value uint64 }
	prepare  struct{ Ballot quorate.Ballot }
	prepared struct {
		Ballot, Last quorate.Ballot
		Value        uint64
	}
	accept struct {
		Ballot quorate.Ballot
		Value  uint64
	}
	accepted struct{ Ballot quorate.Ballot }
	decided  struct {
		Ballot quorate.Ballot
		Value  uint64
	}
)

// The members of that world. A value is named by the request that puts it, and
// the request by its client.
const (
	servers = 3
	clients = 2
)

type vote struct {
	ballot quorate.Ballot
	value  uint64
}

// server is a proposer, an acceptor and a learner.
type server struct {
	env      quorate.Env
	ballot   quorate.Ballot
	proposal uint64 // zero: none
	prepares map[quorate.ID]vote
	accepts  map[quorate.ID]bool
	accepted vote
	decided  bool
}

func member(i int) quorate.ID { return quorate.ID(1<<16 + 1 + i) }

func (s *server) Report() quorate.Report { return quorate.Report{} }

func (s *server) toOthers(m any) {
	for i := range servers {
		if id := member(i); id != s.env.ID() {
			s.env.Send(id, m)
		}
	}
}

func (s *server) onPut(_ quorate.ID, m put) {
	if s.decided || s.proposal != 0 {
		return
	}
	s.proposal = m.Request
	s.ballot = s.ballot.Next(s.env.ID())
	s.prepares = map[quorate.ID]vote{s.env.ID(): s.accepted}
	s.toOthers(prepare{s.ballot})
}

func (s *server) onGet(from quorate.ID, m get) {
	if s.decided {
		s.env.Send(from, getOK{m.Request, s.accepted.value})
	}
}

func (s *server) onPrepare(from quorate.ID, m prepare) {
	if !s.decided && s.ballot < m.Ballot {
		s.ballot = m.Ballot
		s.env.Send(from, prepared{m.Ballot, s.accepted.ballot, s.accepted.value})
	}
}

func (s *server) onPrepared(from quorate.ID, m prepared) {
	if s.decided || m.Ballot != s.ballot {
		return
	}
	s.prepares[from] = vote{m.Last, m.Value}
	if len(s.prepares) != 2 {
		return
	}
	var best vote
	for _, v := range s.prepares {
		if v.ballot > best.ballot {
			best = v
		}
	}
	if best.ballot != 0 {
		s.proposal = best.value
	}
	s.accepted = vote{s.ballot, s.proposal}
	s.accepts = map[quorate.ID]bool{s.env.ID(): true}
	s.toOthers(accept{s.ballot, s.proposal})
}

func (s *server) onAccept(from quorate.ID, m accept) {
	if !s.decided && s.ballot <= m.Ballot {
		s.ballot, s.accepted = m.Ballot, vote{m.Ballot, m.Value}
		s.env.Send(from, accepted{m.Ballot})
	}
}

func (s *server) onAccepted(from quorate.ID, m accepted) {
	if s.decided || m.Ballot != s.ballot {
		return
	}
	s.accepts[from] = true
	if len(s.accepts) == 2 {
		s.decided = true
		s.toOthers(decided{s.ballot, s.proposal})
		s.env.Send(member(int(s.proposal)), putOK{s.proposal})
	}
}

func (s *server) onDecided(_ quorate.ID, m decided) {
	if !s.decided {
		s.ballot, s.accepted, s.decided = m.Ballot, vote{m.Ballot, m.Value}, true
	}
}

// caller is a client: it puts, and when that is done it gets from the next server.
type caller struct {
	env      quorate.Env
	awaiting uint64
}

func (c *caller) Report() quorate.Report { return quorate.Report{} }

func (c *caller) self() int { return c.env.Cluster().Index(c.env.ID()) }

func (c *caller) start() {
	c.awaiting = uint64(c.self())
	c.env.Send(member(c.self()%servers), put{c.awaiting})
}

func (c *caller) onPutOK(_ quorate.ID, m putOK) {
	if m.Request == c.awaiting {
		c.env.Observe(quorate.Installed{Log: "put"})
		c.awaiting *= 2
		c.env.Send(member((c.self()+1)%servers), get{c.awaiting})
	}
}

func (c *caller) onGetOK(_ quorate.ID, m getOK) {
	if m.Request == c.awaiting {
		c.env.Observe(quorate.Installed{Log: "get", Upto: quorate.Slot(m.Value)})
		c.awaiting = 0
	}
}

func newServerOrCaller(n *quorate.Node, _ *quorate.Once) (quorate.Replica, error) {
	s := &server{env: n}
	c := &caller{env: n}
	if n.Cluster().Index(n.ID()) >= servers {
		n.OnStart(c.start)
		quorate.Register(n, c.onPutOK)
		quorate.Register(n, c.onGetOK)
		return c, nil
	}
	quorate.Register(n, s.onPut)
	quorate.Register(n, s.onGet)
	quorate.Register(n, s.onPrepare)
	quorate.Register(n, s.onPrepared)
	quorate.Register(n, s.onAccept)
	quorate.Register(n, s.onAccepted)
	quorate.Register(n, s.onDecided)
	return s, nil
}

// history is what the clients called and got, and for each call how many calls
// of each other client were over when it began.
type history struct {
	over [servers + clients]int
	done []string
	open map[int]string
	gets []uint64
}

func (h *history) see(member int, e effect) error {
	switch value := e.value.(type) {
	case put, get:
		before := h.over
		before[member] = 0
		h.open[member] = fmt.Sprintf("%d: %T after %v", member, value, before)
	case quorate.Installed:
		h.over[member]++
		h.done = append(h.done, fmt.Sprintf("%s = %d", h.open[member], value.Upto))
		delete(h.open, member)
		if value.Log == "get" {
			h.gets = append(h.gets, uint64(value.Upto))
		}
		for _, v := range h.gets {
			if v != h.gets[0] {
				return fmt.Errorf("clients got %d and %d", h.gets[0], v)
			}
		}
	}
	return nil
}

func (h *history) key() []byte {
	calls := slices.Sorted(maps.Values(h.open))
	return []byte(strings.Join(calls, "; ") + " | " + strings.Join(slices.Sorted(slices.Values(h.done)), "; "))
}

func TestTheModelOfStateright(t *testing.T) {
	cluster, err := quorate.Grid(1, servers+clients)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), Config{
		Cluster: cluster,
		Subject: subject(newServerOrCaller),
		witness: func(*Config) (func() witness, error) {
			return func() witness { return &history{open: map[int]string{}} }, nil
		},
	})
	if err != nil || r.Violation != nil || !r.Exhausted || r.States != statesOfStateright {
		t.Errorf("%+v, %v: want %d states and no violation", r, err, statesOfStateright)
	}
}
