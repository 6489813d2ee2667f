package planted

const (
	epaxosReplica  = "epaxos/replica.go"
	epaxosPropose  = "epaxos/propose.go"
	epaxosVote     = "epaxos/vote.go"
	epaxosRecover  = "epaxos/recover.go"
	epaxosAcceptor = "epaxos/core/acceptor.go"
	epaxosProposal = "epaxos/decide/proposal.go"
	epaxosRecovery = "epaxos/decide/recovery.go"
)

// epaxosVotes are mistakes with quorums, votes and ballots that every protocol of
// this kind can make.
func epaxosVotes() []Bug {
	return []Bug{
		{Row: "1", Name: "small-phase1",
			Doc: "a recovery goes on with n-f-1 promises instead of n-f",
			Patches: []Patch{{epaxosRecovery, "		if r.heard.Len() >= r.quorums.Slow() {\n",
				`		if r.heard.Len() >= r.quorums.Slow() || r.quorums.Bug == "small-phase1" && r.heard.Len() >= max(r.quorums.Slow()-1, 1) {
`}}},
		{Row: "2", Name: "small-phase2",
			Doc: "n-f-1 votes for an accepted value decide instead of n-f",
			Patches: []Patch{
				{epaxosProposal, "	if p.votes.Len() < p.quorums.Slow() {\n", `	if p.votes.Len() < p.quorums.Slow() && (p.quorums.Bug != "small-phase2" || p.votes.Len() < max(p.quorums.Slow()-1, 1)) {
`},
				{epaxosRecovery, "	if r.votes.Len() < r.quorums.Slow() {\n", `	if r.votes.Len() < r.quorums.Slow() && (r.quorums.Bug != "small-phase2" || r.votes.Len() < max(r.quorums.Slow()-1, 1)) {
`},
			}},
		{Row: "F1", Name: "small-fast",
			Doc: "n-e-1 members that know the same decide on the fast path instead of n-e",
			Patches: []Patch{{epaxosProposal, "	case p.same.Len() >= p.quorums.Fast():\n",
				`	case p.same.Len() >= p.quorums.Fast() || p.quorums.Bug == "small-fast" && p.same.Len() >= max(p.quorums.Fast()-1, 1):
`}}},
		{Row: "3", Name: "count-duplicates",
			Doc: "votes are counted by messages instead of members: an AcceptReply that comes twice counts twice",
			Patches: []Patch{
				before(epaxosProposal, "	p.votes = p.votes.Add(member)\n", `	if p.quorums.Bug == "count-duplicates" {
		member = another(p.votes) // whoever it is from, it is one more
	}
`),
				before(epaxosRecovery, "	r.votes = r.votes.Add(member)\n", `	if r.quorums.Bug == "count-duplicates" {
		member = another(r.votes) // whoever it is from, it is one more
	}
`),
			}},
		{Row: "4", Name: "vote-before-sync",
			Doc: "a member sends its vote without waiting for the accepted value to be on disk",
			Patches: []Patch{before(epaxosVote, "		r.env.Send(from, AcceptReply{Ballot: m.Ballot, ID: m.ID, OK: true,", `		if r.bug == "vote-before-sync" {
			r.env.SendNow(from, AcceptReply{Ballot: m.Ballot, ID: m.ID, OK: true, Promised: i.Promised})
			break
		}
`)}},
		{Row: "5", Name: "promise-before-sync",
			Doc: "a member sends its promise without waiting for it to be on disk",
			Patches: []Patch{{epaxosRecover, `	r.env.Send(from, reply)
	r.changed()
}

func (r *Replica) onRecoverReply(`, `	if r.bug == "promise-before-sync" {
		r.env.SendNow(from, reply)
		return
	}
	r.env.Send(from, reply)
	r.changed()
}

func (r *Replica) onRecoverReply(`}}},
		{Row: "6", Name: "accept-below-promise",
			Doc: "a member accepts under a ballot that lies below its promise; the promise stays",
			Patches: []Patch{
				{epaxosAcceptor, "	case b < i.Promised:\n", "	case b < i.Promised && t.Bug != \"accept-below-promise\":\n"},
				before(epaxosAcceptor, "	i.Promised, i.Voted, i.Phase = b, b, Accepted\n", `	if t.Bug == "accept-below-promise" && b < i.Promised {
		i.Voted, i.Phase = b, Accepted
		return Stored
	}
`),
			}},
	}
}

// epaxosPromises are mistakes in what promises tell, and in what is made of them.
func epaxosPromises() []Bug {
	return []Bug{
		{Row: "7", Name: "ignore-accepted",
			Doc:     "a recovery ignores the accepted values in the promises",
			Patches: []Patch{{epaxosRecovery, "		if s.Phase == core.Accepted && (best", `		if s.Phase == core.Accepted && r.quorums.Bug != "ignore-accepted" && (best`}}},
		{Row: "8", Name: "lowest-ballot",
			Doc: "a recovery adopts the value accepted under the lowest ballot instead of the highest",
			Patches: []Patch{{epaxosRecovery, "|| s.Voted > best.Voted) {\n",
				`|| s.Voted > best.Voted && r.quorums.Bug != "lowest-ballot" || r.quorums.Bug == "lowest-ballot" && s.Voted < best.Voted) {
`}}},
		{Row: "9", Name: "report-chosen-only",
			Doc: "a promise does not tell what its sender has pre-accepted or accepted, only that an instance is committed",
			Patches: []Patch{{epaxosRecover, "		reply.OK, reply.State = true, i.State()\n", `		reply.OK, reply.State = true, i.State()
		if r.bug == "report-chosen-only" {
			reply.State = core.State{}
		}
`}}},
		{Row: "10", Name: "shared-ballot",
			Doc: "ballots do not contain who recovers: two members may use the same one, and receivers cannot tell",
			Patches: []Patch{
				after(epaxosRecover, "	b := max(i.Promised, o.Heard).Next(r.env.ID())\n", `	if r.bug == "shared-ballot" {
		b = max(i.Promised, o.Heard).Next(0)
	}
`),
				{epaxosRecover, "m Recover) {\n	if m.Ballot.Owner() != from {\n", "m Recover) {\n	if m.Ballot.Owner() != from && r.bug != \"shared-ballot\" {\n"},
				{epaxosRecover, "m Validate) {\n	if m.Ballot.Owner() != from {\n", "m Validate) {\n	if m.Ballot.Owner() != from && r.bug != \"shared-ballot\" {\n"},
				before(epaxosVote, "	return b.Owner() == member\n", "	if r.bug == \"shared-ballot\" {\n		return true\n	}\n"),
			}},
		{Row: "11", Name: "count-old-votes", Rare: true,
			Doc: "who recovers counts votes under an older ballot of its own",
			Patches: []Patch{before(epaxosVote, "	if c := r.recovery(m.ID, m.Ballot, m.OK, m.Promised); c != nil {\n		r.advance(c, c.Accepted(", `	if r.bug == "count-old-votes" && m.OK && m.Ballot.Owner() == r.env.ID() && r.recoveries.Get(m.ID) != nil {
		m.Ballot = r.recoveries.Get(m.ID).Ballot
	}
`)}},
	}
}
