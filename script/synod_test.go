package script_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/script"
)

// The synod is Paxos for one value: the smallest protocol that has elections,
// votes, records and timers, to try scripts on. It can be broken on request.

type prepare struct{ Ballot quorate.Ballot }

type promise struct {
	Ballot   quorate.Ballot
	OK       bool
	Promised quorate.Ballot
	Accepted quorate.Ballot
	Value    quorate.Command
}

type accept struct {
	Ballot quorate.Ballot
	Value  quorate.Command
}

type accepted struct {
	Ballot   quorate.Ballot
	OK       bool
	Promised quorate.Ballot
}

type decided struct {
	Ballot quorate.Ballot
	Value  quorate.Command
}

// vote is the acceptor's only record.
type vote struct {
	Promised, Accepted quorate.Ballot
	Value              quorate.Command
}

func (vote) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

type synodConfig struct {
	q1, q2 int
	broken string // what is wrong with it, "" if nothing
	rejoin bool   // the disk was lost: learn only
}

type synod struct {
	env    quorate.Env
	cfg    synodConfig
	vote   vote
	ballot quorate.Ballot // of this proposer's attempt
	leads  bool           // won phase 1
	acks   quorate.Set
	best   promise
	mine   quorate.Command
	route  quorate.ID
	chosen *decided
	retry  *quorate.Timer
	late   uint64 // counts wrong outcomes
}

func newSynod(cfg synodConfig) quorate.Constructor {
	return func(n *quorate.Node, _ *quorate.Once) (quorate.Replica, error) {
		s := &synod{env: n, cfg: cfg}
		s.retry = n.NewTimer("retry", s.prepare)
		quorate.Register(n, s.onRequest)
		quorate.Register(n, s.onPrepare)
		quorate.Register(n, s.onPromise)
		quorate.Register(n, s.onAccept)
		quorate.Register(n, s.onAccepted)
		quorate.Register(n, s.onDecided)
		quorate.Register(n, func(quorate.ID, quorate.Reply) {})
		quorate.Recover(n, func(v vote) { s.vote = v })
		return s, nil
	}
}

func (s *synod) Report() quorate.Report {
	r := quorate.Report{Role: "acceptor", Ballot: s.vote.Promised}
	if s.chosen != nil {
		r.Committed, r.Executed = 1, 1
	}
	return r
}

func (s *synod) onRequest(from quorate.ID, m quorate.Request) {
	if s.chosen != nil {
		s.env.Send(from, quorate.Reply{Client: m.Command.Client, Seq: m.Command.Seq, Status: quorate.NotExecuted, Leader: s.chosen.Ballot.Owner()})
		return
	}
	s.mine, s.route = m.Command, from
	switch s.cfg.broken {
	case "panic":
		panic("two values in one slot")
	case "misroute":
		s.env.Send(from, quorate.Reply{Client: m.Command.Client + 1})
	case "two outcomes":
		s.late++
		s.env.Send(from, quorate.Reply{Client: m.Command.Client, Seq: m.Command.Seq, Status: quorate.Done, OK: true, Version: s.late})
		return
	case "unasked":
		s.env.Send(from, quorate.Reply{Client: m.Command.Client, Seq: m.Command.Seq + 1, Status: quorate.Done})
	case "spin":
		s.retry.Reset(0)
		return
	case "flood":
		s.env.SendNow(quorate.Others, decided{Value: m.Command})
		return
	}
	s.prepare()
}

func (s *synod) prepare() {
	if s.cfg.broken == "spin" {
		s.retry.Reset(0)
		return
	}
	s.ballot = max(s.ballot, s.vote.Promised).Next(s.env.ID())
	s.leads, s.acks, s.best = false, 0, promise{Value: s.mine}
	s.env.Broadcast(prepare{s.ballot})
	s.retry.Reset(100*time.Millisecond + time.Duration(s.env.Rand().IntN(1000))*time.Microsecond)
}

func (s *synod) onPrepare(from quorate.ID, m prepare) {
	if s.cfg.rejoin {
		return
	}
	ok := m.Ballot >= s.vote.Promised
	if ok {
		s.vote.Promised = m.Ballot
		s.env.Persist(s.vote)
	}
	s.env.Send(from, promise{m.Ballot, ok, s.vote.Promised, s.vote.Accepted, s.vote.Value})
}

func (s *synod) onPromise(from quorate.ID, m promise) {
	if m.Ballot != s.ballot || !m.OK || s.leads {
		return // late, or refused
	}
	if m.Accepted > s.best.Accepted {
		s.best = m
	}
	s.acks = s.acks.Add(s.env.Cluster().Index(from))
	if s.acks.Len() == s.cfg.q1 {
		s.leads, s.acks = true, 0
		s.env.Observe(quorate.Elected{Ballot: s.ballot})
		s.env.Broadcast(accept{s.ballot, s.best.Value})
	}
}

func (s *synod) onAccept(from quorate.ID, m accept) {
	if s.cfg.rejoin {
		return
	}
	ok := m.Ballot >= s.vote.Promised || s.cfg.broken == "promise"
	if ok {
		s.vote = vote{max(m.Ballot, s.vote.Promised), m.Ballot, m.Value}
		s.env.Persist(s.vote)
	}
	s.env.Send(from, accepted{m.Ballot, ok, s.vote.Promised})
}

func (s *synod) onAccepted(from quorate.ID, m accepted) {
	if m.Ballot != s.ballot || !s.leads || !m.OK {
		return
	}
	if s.cfg.broken == "change sent" {
		s.best.Value.Value[0] = '?' // shared with the accept on its way to others
	}
	s.acks = s.acks.Add(s.env.Cluster().Index(from))
	if s.acks.Len() == s.cfg.q2 {
		s.env.Broadcast(decided{s.ballot, s.best.Value})
		s.retry.Stop()
	}
}

func (s *synod) onDecided(from quorate.ID, m decided) {
	if s.cfg.broken == "flood" {
		s.env.SendNow(from, m)
		return
	}
	if s.cfg.broken == "change received" {
		m.Value.Value[0] = '?'
	}
	if s.chosen != nil {
		return
	}
	s.chosen = &m
	s.retry.Stop()
	s.env.Observe(quorate.Chosen{Ballot: m.Ballot, Commands: []quorate.Command{m.Value}})
	version := uint64(1)
	if s.cfg.broken == "results" {
		version = uint64(s.env.ID().Node())
	}
	s.env.Observe(quorate.Executed{Commands: []quorate.Command{m.Value}, Results: []quorate.Result{{OK: true, Version: version}}})
	if s.route == 0 {
		return
	}
	reply := quorate.Reply{Client: s.mine.Client, Seq: s.mine.Seq, Status: quorate.NotExecuted, Leader: from}
	if m.Value.ID() == s.mine.ID() {
		reply = quorate.Reply{Client: s.mine.Client, Seq: s.mine.Seq, Status: quorate.Done, OK: true, Version: 1}
	}
	s.env.Send(s.route, reply)
}

// buildSynod reads quorum=count:q1,q2 and broken=… .
func buildSynod(o *script.Options) (script.Config, error) {
	cluster, err := o.Cluster()
	if err != nil {
		return script.Config{}, err
	}
	majority := cluster.Size()/2 + 1
	cfg := synodConfig{q1: majority, q2: majority, broken: strings.ReplaceAll(o.Text("broken", ""), "-", " ")}
	if q := o.Text("quorum", ""); q != "" {
		a, b, _ := strings.Cut(strings.TrimPrefix(q, "count:"), ",")
		var errA, errB error
		cfg.q1, errA = strconv.Atoi(a)
		cfg.q2, errB = strconv.Atoi(b)
		if errA != nil || errB != nil {
			return script.Config{}, fmt.Errorf("quorum=%s: want count:q1,q2", q)
		}
	}
	rejoin := cfg
	rejoin.rejoin = true
	var check func(*script.World) error
	if cfg.broken == "history" {
		check = func(w *script.World) error { return fmt.Errorf("the history has %d calls", len(w.Calls())) }
	}
	return script.Config{
		Cluster: cluster,
		Seed:    uint64(o.Int("seed", 0)),
		Check:   check,
		New:     newSynod(cfg),
		Rejoin:  newSynod(rejoin),
		Views: map[string]script.View{"chosen": func(r quorate.Replica, _ *quorate.Once, _ []string) (string, error) {
			if s := r.(*synod); s.chosen != nil {
				return script.Text(*s.chosen), nil
			}
			return "nothing", nil
		}},
	}, nil
}
