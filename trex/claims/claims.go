// Package claims reads the messages and records of package trex for whoever
// watches a cluster from outside: what does each say about ballots and votes?
// It stands apart from the replica, so that a slip in a handler cannot repeat
// itself in the reading.
package claims

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/paxos/readmit"
	"github.com/quorate/quorate/trex"
	wire "github.com/quorate/quorate/trex/core"
)

// Of appends what the message or the decoded record m claims. It is a
// [quorate.Claims]. Questions, probes and refusals bind nobody: they claim at
// most how far their sender's log is chosen.
func Of(dst []quorate.Claim, m any) []quorate.Claim {
	switch m := m.(type) {
	case wire.Accept:
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimPropose, Ballot: m.Ballot, Slot: m.Slot, Commands: m.Commands})
		return leads(dst, m.Ballot, m.Committed)
	case wire.AcceptReply:
		if m.OK {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimVote, Ballot: m.Ballot, Slot: m.Slot})
		}
		return committed(dst, m.Progress.Committed)
	case wire.Commit:
		return leads(dst, m.Ballot, m.Committed)
	case wire.LeaderCheckReply:
		if m.OK {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimFollow, Ballot: m.Ballot})
		}
		return committed(dst, m.Progress.Committed)
	case wire.Prepare:
		if m.Ballot != 0 {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimPrepare, Ballot: m.Ballot, Slot: m.Slot, Upto: m.Slot + 1})
		}
	case wire.PrepareReply:
		if m.OK {
			dst = promise(dst, &m)
		}
		return committed(dst, m.Progress.Committed)
	case wire.RetransmitResponse:
		for i := range m.Entries {
			dst = chosen(dst, &m.Entries[i])
		}
		return committed(dst, m.Committed)
	case wire.Behind:
		return committed(dst, max(m.Committed, m.Oldest))
	default:
		return record(dst, m)
	}
	return dst
}

// promise reads a promise for one slot, and for all from the end of the sender's
// log on.
func promise(dst []quorate.Claim, m *wire.PrepareReply) []quorate.Claim {
	dst = append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: m.Ballot, Slot: m.Slot, Upto: m.Slot + 1})
	if e := &m.Accepted; e.Chosen {
		dst = chosen(dst, e)
	} else if e.Ballot != 0 {
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimReport, Ballot: e.Ballot, Slot: e.Slot, Commands: e.Commands})
	}
	return append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: m.Ballot, Slot: max(m.End, m.Slot+1), Final: true})
}

func record(dst []quorate.Claim, m any) []quorate.Claim {
	switch m := m.(type) {
	case trex.Accepted:
		if m.Entry.Chosen { // learnt: its ballot is that of somebody else's vote
			return chosen(dst, &m.Entry)
		}
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimVote, Ballot: m.Entry.Ballot, Slot: m.Entry.Slot, Commands: m.Entry.Commands})
	case trex.Progress:
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: m.Promised, Final: true})
		return committed(dst, m.Committed)
	case trex.Trimmed:
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimTrimmed, Upto: m.Base})
	case readmit.Known:
		return committed(dst, m.Upto)
	case readmit.Recalled:
		for i := range m.Promise.Entries {
			if e := &m.Promise.Entries[i]; e.Chosen {
				dst = chosen(dst, e)
			}
		}
		return committed(dst, m.Promise.Base)
	case quorate.StateChunk:
		return committed(dst, m.Upto) // a state consists of what was executed
	}
	return dst
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
