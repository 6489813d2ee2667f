// Package claims reads the messages and records of package epaxos for whoever
// watches a cluster from outside: what does each say about ballots, votes and
// dependencies? It stands apart from the replica, so that a slip in a handler
// cannot repeat itself in the reading.
package claims

import (
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
)

// Of appends what the message or the decoded record m claims. It is a
// [quorate.Claims]. Refusals claim nothing: they bind nobody.
func Of(dst []quorate.Claim, m any) []quorate.Claim {
	switch m := m.(type) {
	case epaxos.PreAccept:
		return append(dst, initial(m.ID, 0, m.Commands, m.Deps))
	case epaxos.PreAcceptReply:
		if m.OK {
			return append(dst, about(quorate.ClaimPreAccept, m.ID, 0, nil, m.Deps))
		}
	case epaxos.Accept:
		return append(dst, valued(quorate.ClaimPropose, m.ID, m.Ballot, m.Value))
	case epaxos.AcceptReply:
		if m.OK {
			return append(dst, about(quorate.ClaimVote, m.ID, m.Ballot, nil, nil))
		}
	case epaxos.Commit:
		return append(dst, valued(quorate.ClaimChosen, m.ID, 0, m.Value))
	case epaxos.Recover:
		return append(dst, about(quorate.ClaimPrepare, m.ID, m.Ballot, nil, nil))
	case epaxos.RecoverReply:
		if m.OK {
			return promise(dst, &m)
		}
	case epaxos.Validate:
		return append(dst, initial(m.ID, m.Ballot, m.Commands, m.Deps))
	case keep.Progress:
		return rows(dst, quorate.ClaimCommitted, m.Kept.Executed)
	default:
		return record(dst, m)
	}
	return dst
}

// promise reads a promise for one instance, with all that its sender has of it.
func promise(dst []quorate.Claim, m *epaxos.RecoverReply) []quorate.Claim {
	dst = append(dst, about(quorate.ClaimPromise, m.ID, m.Ballot, nil, nil))
	switch s := &m.State; s.Phase {
	case core.PreAccepted:
		dst = append(dst, initial(m.ID, 0, s.Value.Commands, s.InitDeps), about(quorate.ClaimPreAccept, m.ID, 0, nil, s.Value.Deps))
	case core.Accepted:
		dst = append(dst, valued(quorate.ClaimReport, m.ID, s.Voted, s.Value))
	case core.Committed:
		dst = append(dst, valued(quorate.ClaimChosen, m.ID, s.Voted, s.Value))
	}
	return dst
}

// record puts the promise after the vote: it was given at the same time, or later.
func record(dst []quorate.Claim, m any) []quorate.Claim {
	switch m := m.(type) {
	case epaxos.Origin:
		c := initial(m.ID, 0, m.Origin.Commands, m.Origin.InitDeps)
		c.Final = m.Origin.Initial
		return vote(append(dst, c), m.ID, &m.Vote)
	case epaxos.Vote:
		return vote(dst, m.ID, &m.Vote)
	case epaxos.Base:
		return rows(dst, quorate.ClaimTrimmed, m.Below)
	}
	return dst
}

func vote(dst []quorate.Claim, id core.ID, v *core.Vote) []quorate.Claim {
	var commands []quorate.Command
	if v.Nop {
		commands = nop()
	}
	switch v.Phase {
	case core.PreAccepted:
		dst = append(dst, about(quorate.ClaimPreAccept, id, 0, nil, v.Deps))
	case core.Accepted:
		dst = append(dst, about(quorate.ClaimVote, id, v.Voted, commands, v.Deps))
	case core.Committed:
		dst = append(dst, about(quorate.ClaimChosen, id, v.Voted, commands, v.Deps))
	}
	return append(dst, about(quorate.ClaimPromise, id, v.Promised, nil, nil))
}

func nop() []quorate.Command { return []quorate.Command{{Op: quorate.OpNop}} }

func row(r int) string { return strconv.Itoa(r) }

func about(kind quorate.ClaimKind, id core.ID, b quorate.Ballot, commands []quorate.Command, deps core.Deps) quorate.Claim {
	at := quorate.Slot(id.Number)
	return quorate.Claim{Kind: kind, Log: row(int(id.Row)), Ballot: b, Slot: at, Upto: at + 1, Commands: commands, Deps: deps}
}

func valued(kind quorate.ClaimKind, id core.ID, b quorate.Ballot, v core.Value) quorate.Claim {
	commands := v.Commands
	if v.Nop() {
		commands = nop()
	}
	return about(kind, id, b, commands, v.Deps)
}

func initial(id core.ID, b quorate.Ballot, commands []quorate.Command, deps core.Deps) quorate.Claim {
	c := about(quorate.ClaimInitial, id, b, commands, deps)
	c.Final = true
	return c
}

// rows claims something for the slots of each row below a number.
func rows(dst []quorate.Claim, kind quorate.ClaimKind, upto core.Deps) []quorate.Claim {
	for r, n := range upto {
		if n > 0 {
			dst = append(dst, quorate.Claim{Kind: kind, Log: row(r), Upto: quorate.Slot(n)})
		}
	}
	return dst
}
