package core

import "github.com/quorate/quorate"

// check begins a round that confirms the leadership. It is sent after all that
// it shall hold for has arrived: an accept quorum that has promised nothing above
// the epoch meets every promise quorum, so nobody had anything chosen under a
// higher ballot before.
func (n *node) check() {
	if n.role != Leader {
		return
	}
	n.round++
	n.lease.Ask(n.round, n.now)
	n.out.Round = n.round
	n.rounds[n.self] = n.round
	n.checkAgain()
	n.confirm(n.round)
}

// checkAgain repeats the last round; it covers all those before.
func (n *node) checkAgain() {
	n.checkAt = n.now + n.cfg.Retransmit
	n.sendNow(quorate.Others, LeaderCheck{n.epoch, n.round})
}

// agreed reports whether an accept quorum has answered the round or a later one.
func (n *node) agreed(round uint64) bool {
	var yes quorate.Set
	for i, r := range n.rounds {
		if r >= round {
			yes = yes.Add(i)
		}
	}
	return n.cfg.Quorums.Phase2(yes)
}

// confirm looks whether an accept quorum has answered the round or a later one.
func (n *node) confirm(round uint64) {
	n.lease.Granted(n.agreed)
	if round > n.confirmed && n.agreed(round) {
		n.confirmed = round
		n.out.Confirmed = round
		if round == n.round {
			n.checkAt = never
		}
	}
}

// receive says whether this member has promised nothing above the leader's
// ballot. It promises nothing by that.
func (m LeaderCheck) receive(n *node, from int) {
	if !n.owns(from, m.Ballot) {
		return
	}
	n.see(m.Ballot)
	if m.Ballot > n.epoch && (n.role == Recoverer || n.role == Leader) {
		n.backDown(m.Ballot)
	}
	ok := m.Ballot >= n.log.Promised() && !n.learner && n.grant.To(m.Ballot, n.now)
	n.sendNow(n.cluster.ID(from), LeaderCheckReply{m.Ballot, m.Round, ok, n.progress()})
}

// receive counts an answer to a round of this epoch. A higher promise ends the
// leadership: somebody else may lead.
func (m LeaderCheckReply) receive(n *node, from int) {
	n.see(m.Progress.Promised)
	if n.role != Leader || m.Ballot != n.epoch || m.Round > n.round {
		return
	}
	n.heard[from] = n.now
	switch {
	case n.behind(from, m.Progress.Committed):
	case m.OK:
		n.rounds[from] = max(n.rounds[from], m.Round)
		n.confirm(m.Round)
	case m.Progress.Promised > n.epoch:
		n.backDown(m.Progress.Promised)
	}
}
