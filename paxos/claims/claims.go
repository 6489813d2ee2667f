// Package claims reads the messages and records of package paxos for whoever
// watches a cluster from outside: what does each say about ballots and votes?
// It stands apart from the replica, so that a slip in a handler cannot repeat
// itself in the reading.
package claims

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/paxos/readmit"
)

// Of appends what the message or the decoded record m claims. It is a
// [quorate.Claims]. Questions, probes and refusals claim nothing: they bind
// nobody.
func Of(dst []quorate.Claim, m any) []quorate.Claim {
	switch m := m.(type) {
	case paxos.P2a:
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimPropose, Ballot: m.Ballot, Slot: m.Slot, Commands: m.Commands})
		return leads(dst, m.Ballot, m.Commit)
	case paxos.P2b:
		if m.OK {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimVote, Ballot: m.Ballot, Slot: m.Slot})
			dst = committed(dst, m.Executed)
		}
	case paxos.P3:
		return leads(dst, m.Ballot, m.Commit)
	case paxos.Heartbeat:
		return leads(dst, m.Ballot, m.Commit)
	case paxos.HeartbeatReply:
		if m.OK {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimFollow, Ballot: m.Ballot})
			dst = committed(dst, m.Executed)
		}
	case paxos.P1a:
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimPrepare, Ballot: m.Ballot, Slot: m.From})
	case paxos.P1b:
		if m.OK {
			return promise(dst, m.Ballot, m.Promise)
		}
	case paxos.CatchupReply:
		for i := range m.Entries {
			dst = chosen(dst, &m.Entries[i])
		}
		dst = committed(dst, m.Commit)
	case readmit.Recalled:
		for i := range m.Promise.Entries {
			if e := &m.Promise.Entries[i]; e.Chosen {
				dst = chosen(dst, e)
			}
		}
		dst = committed(dst, m.Promise.Base)
	case quorate.StateChunk:
		dst = committed(dst, m.Upto) // a state consists of what was executed
	default:
		return record(dst, m)
	}
	return dst
}

func record(dst []quorate.Claim, rec any) []quorate.Claim {
	switch rec := rec.(type) {
	case paxos.Accepted:
		if rec.Entry.Chosen { // learnt: its ballot is that of somebody else's vote
			return chosen(dst, &rec.Entry)
		}
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimVote, Ballot: rec.Entry.Ballot, Slot: rec.Entry.Slot, Commands: rec.Entry.Commands})
	case paxos.Promise:
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: rec.Ballot, Final: true})
	case readmit.Known:
		dst = committed(dst, rec.Upto)
	case paxos.Trimmed:
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimTrimmed, Upto: rec.Base})
	}
	return dst
}

// promise reads a part of a promise. An acceptor that has trimmed its log
// reports only from its base on.
func promise(dst []quorate.Claim, b quorate.Ballot, p core.Promise) []quorate.Claim {
	dst = append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: b, Slot: max(p.From, p.Base), Upto: p.Next, Final: !p.More})
	for i := range p.Entries {
		if e := &p.Entries[i]; e.Chosen {
			dst = chosen(dst, e)
		} else {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimReport, Ballot: e.Ballot, Slot: e.Slot, Commands: e.Commands})
		}
	}
	return committed(dst, p.Base)
}

func chosen(dst []quorate.Claim, e *core.Entry) []quorate.Claim {
	return append(dst, quorate.Claim{Kind: quorate.ClaimChosen, Ballot: e.Ballot, Slot: e.Slot, Commands: e.Commands})
}

func committed(dst []quorate.Claim, upto quorate.Slot) []quorate.Claim {
	return append(dst, quorate.Claim{Kind: quorate.ClaimCommitted, Upto: upto})
}

func leads(dst []quorate.Claim, b quorate.Ballot, upto quorate.Slot) []quorate.Claim {
	return append(dst, quorate.Claim{Kind: quorate.ClaimCommitted, Ballot: b, Upto: upto})
}
