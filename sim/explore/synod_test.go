package explore_test

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/sim/explore"
)

// The synod: single-decree Paxos ("Paxos Made Simple", §2), with mistakes on
// request. A request makes its receiver stand, and so does its timer, once.

type prepare struct{ Ballot quorate.Ballot }

type promise struct {
	Ballot   quorate.Ballot
	OK       bool
	Accepted quorate.Ballot
	Value    []quorate.Command
}

type accept struct {
	Ballot quorate.Ballot
	Value  []quorate.Command
}

type accepted struct {
	Ballot quorate.Ballot
	OK     bool
}

// vote is the only record.
type vote struct {
	Promised, Accepted quorate.Ballot
	Value              []quorate.Command
}

func (vote) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

type synod struct {
	env    quorate.Env
	bug    string
	vote   vote
	ballot quorate.Ballot
	best   promise
	acks   map[quorate.ID]bool
	leads  bool
	chosen bool
	again  *quorate.Timer
	hidden func() int
	fuse   *int // that all nodes share
}

func newSynod(bug string) quorate.Constructor {
	fuse := 0
	return func(n *quorate.Node, _ *quorate.Once) (quorate.Replica, error) {
		s := &synod{env: n, bug: bug, fuse: &fuse}
		s.again = n.NewTimer("again", s.stand)
		quorate.Register(n, s.onRequest)
		quorate.Register(n, s.onPrepare)
		quorate.Register(n, s.onPromise)
		quorate.Register(n, s.onAccept)
		quorate.Register(n, s.onAccepted)
		quorate.Recover(n, func(v vote) { s.vote = v })
		calls := 0
		s.hidden = func() int { calls++; return calls }
		return s, nil
	}
}

func (s *synod) Report() quorate.Report { return quorate.Report{} }

func (s *synod) onRequest(_ quorate.ID, m quorate.Request) {
	s.best = promise{Value: []quorate.Command{m.Command}}
	switch s.bug {
	case "panics":
		panic("the request was too much")
	case "restless":
		s.again.Reset(0)
	}
	s.stand()
}

func (s *synod) stand() {
	if s.bug == "restless" {
		s.again.Reset(0)
		return
	}
	s.again.Reset(1)
	s.ballot = max(s.ballot, s.vote.Promised).Next(s.env.ID())
	s.acks, s.leads, s.best.Accepted = map[quorate.ID]bool{}, false, 0
	s.promise(s.ballot)
	s.env.Broadcast(prepare{s.ballot})
}

func (s *synod) onPrepare(from quorate.ID, m prepare) {
	switch {
	case s.bug == "bounces" && from != s.env.ID():
		s.env.SendNow(from, m)
	case s.bug == "hides" && from != s.env.ID() && s.hidden() > 1: // what a closure keeps decides
		return
	case s.bug == "breaks once":
		if *s.fuse++; *s.fuse == 1 {
			panic("the fuse blew")
		}
	case s.bug == "gambles" && s.env.Rand().IntN(2) == 0:
		return
	}
	ok := m.Ballot >= s.vote.Promised
	if ok {
		s.promise(m.Ballot)
	}
	reply := promise{m.Ballot, ok, s.vote.Accepted, s.vote.Value}
	if s.bug == "hurries" {
		s.env.SendNow(from, reply)
		return
	}
	s.env.Send(from, reply)
}

// promise notes it on disk, before anybody hears of the ballot.
func (s *synod) promise(b quorate.Ballot) {
	s.vote.Promised = b
	if s.bug != "forgets" {
		s.env.Persist(s.vote)
	}
}

func (s *synod) onPromise(from quorate.ID, m promise) {
	if m.Ballot != s.ballot || !m.OK || s.leads {
		return
	}
	if m.Accepted > s.best.Accepted && s.bug != "ignores" {
		s.best = m
	}
	s.acks[from] = true
	if s.leads = len(s.acks) >= s.majority("prepares alone"); s.leads {
		s.acks = map[quorate.ID]bool{}
		s.env.Observe(quorate.Elected{Ballot: s.ballot})
		s.env.Broadcast(accept{s.ballot, s.best.Value})
	}
}

func (s *synod) majority(alone string) int {
	if s.bug == alone {
		return 1
	}
	return 2
}

func (s *synod) onAccept(from quorate.ID, m accept) {
	ok := m.Ballot >= s.vote.Promised || s.bug == "yields"
	if ok {
		s.vote = vote{max(m.Ballot, s.vote.Promised), m.Ballot, m.Value}
		s.env.Persist(s.vote)
	}
	s.env.Send(from, accepted{m.Ballot, ok})
}

func (s *synod) onAccepted(from quorate.ID, m accepted) {
	if m.Ballot != s.ballot || !m.OK || !s.leads || s.chosen {
		return
	}
	s.acks[from] = true
	if s.chosen = len(s.acks) >= s.majority("accepts alone"); s.chosen {
		s.env.Observe(quorate.Chosen{Ballot: s.ballot, Commands: s.best.Value})
	}
}

// reads is what the synod's messages and records claim.
func reads(dst []quorate.Claim, m any) []quorate.Claim {
	switch m := m.(type) {
	case prepare:
		return append(dst, quorate.Claim{Kind: quorate.ClaimPrepare, Ballot: m.Ballot})
	case promise:
		if m.OK {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: m.Ballot, Final: true})
			if m.Accepted != 0 {
				dst = append(dst, quorate.Claim{Kind: quorate.ClaimReport, Ballot: m.Accepted, Commands: m.Value})
			}
		}
	case accept:
		return append(dst, quorate.Claim{Kind: quorate.ClaimPropose, Ballot: m.Ballot, Commands: m.Value})
	case accepted:
		if m.OK {
			return append(dst, quorate.Claim{Kind: quorate.ClaimVote, Ballot: m.Ballot})
		}
	case vote: // a record of a promise repeats the vote before it
		if m.Accepted != 0 && m.Accepted == m.Promised {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimVote, Ballot: m.Accepted, Commands: m.Value})
		}
		return append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: m.Promised})
	}
	return dst
}

func id(node int) quorate.ID { return quorate.ID(1<<16 | node) }

// synodWorld has two members with a request each.
func synodWorld(bug string, claims quorate.Claims) explore.Config {
	return explore.Config{
		Name: "synod",
		Subject: sim.Subject{
			Name:   "synod",
			Claims: claims,
			New:    func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return newSynod(bug), nil },
			Quorums: func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
				return quorate.MajorityQuorums(c), nil
			},
		},
		Requests: []explore.Request{{To: id(1), Command: explore.Put(1, "a")}, {To: id(2), Command: explore.Put(2, "b")}},
	}
}
