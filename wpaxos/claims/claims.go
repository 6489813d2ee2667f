// Package claims reads the messages and records of package wpaxos for whoever
// watches a cluster from outside: what does each say about the ballots and votes of
// a key? It stands apart from the replica, so that a slip in a handler cannot
// repeat itself in the reading.
package claims

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/readmit"
)

// endless is beyond all slots: what P1a asks for has an end, so that the slots count
// one by one. A thief may learn meanwhile that some are chosen, from the state in a
// promise for instance, and then needs no more promises for those.
const endless = ^quorate.Slot(0)

// Of appends what the message or the decoded record m claims. It is a
// [quorate.Claims]. Questions, hints and refusals claim nothing.
func Of(dst []quorate.Claim, m any) []quorate.Claim {
	start := len(dst)
	key := ""
	switch m := m.(type) {
	case wpaxos.P1a:
		key, dst = m.Key, append(dst, quorate.Claim{Kind: quorate.ClaimPrepare, Ballot: m.Ballot, Slot: m.From, Upto: endless})
	case wpaxos.P1b:
		if key = m.Key; m.OK {
			dst = committed(promise(dst, m.Ballot, m.Promise), m.Upto)
		}
	case wpaxos.P2a:
		key, dst = m.Key, append(dst, quorate.Claim{Kind: quorate.ClaimPropose, Ballot: m.Ballot, Slot: m.Slot, Commands: m.Commands})
		dst = leads(dst, m.Ballot, m.Commit)
	case wpaxos.P2b:
		if key = m.Key; m.OK {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimVote, Ballot: m.Ballot, Slot: m.Slot})
		}
	case wpaxos.P3:
		key, dst = m.Key, leads(chosen(dst, m.Entries), m.Ballot, m.Commit)
	case wpaxos.Parcel:
		return parcel(dst, m)
	case fetch.Beat:
		return heads(dst, m.Heads)
	case fetch.CensusReply:
		return heads(dst, m.Heads)
	case fetch.CatchupReply:
		key, dst = m.Key, committed(committed(chosen(dst, m.Entries), m.Commit), m.Upto)
	case readmit.Recalled:
		return recalled(dst, m.Keys)
	case wpaxos.Accepted:
		if key = m.Key; m.Entry.Chosen { // read of others: its ballot is that of somebody else's vote
			dst = chosen(dst, []core.Entry{m.Entry})
			break
		}
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimVote, Ballot: m.Entry.Ballot, Slot: m.Entry.Slot, Commands: m.Entry.Commands})
	case wpaxos.Promise:
		key, dst = m.Key, append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: m.Ballot, Final: true})
	case wpaxos.Trimmed:
		key, dst = m.Key, append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: m.Ballot, Final: true},
			quorate.Claim{Kind: quorate.ClaimTrimmed, Upto: m.Base})
	}
	for i := start; i < len(dst); i++ {
		dst[i].Log = key
	}
	return dst
}

// parcel reads what is in it one by one.
func parcel(dst []quorate.Claim, p wpaxos.Parcel) []quorate.Claim {
	for i := range p.P2a {
		dst = Of(dst, p.P2a[i])
	}
	for i := range p.P2b {
		dst = Of(dst, p.P2b[i])
	}
	for i := range p.P3 {
		dst = Of(dst, p.P3[i])
	}
	return dst
}

// recalled reads what a member tells of its keys: what is accepted binds nobody here,
// since its sender promises nothing.
func recalled(dst []quorate.Claim, keys []readmit.Key) []quorate.Claim {
	for _, k := range keys {
		start := len(dst)
		dst = committed(dst, k.Commit)
		for _, e := range k.Entries {
			if e.Chosen {
				dst = chosen(dst, []core.Entry{e})
			}
		}
		for i := start; i < len(dst); i++ {
			dst[i].Log = k.Key
		}
	}
	return dst
}

func heads(dst []quorate.Claim, heads []fetch.Head) []quorate.Claim {
	for _, h := range heads {
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimCommitted, Log: h.Key, Upto: h.Commit})
	}
	return dst
}

// promise reads a part of a promise. An acceptor that has trimmed its log reports
// only from its base on.
func promise(dst []quorate.Claim, b quorate.Ballot, p core.Promise) []quorate.Claim {
	dst = append(dst, quorate.Claim{Kind: quorate.ClaimPromise, Ballot: b, Slot: max(p.From, p.Base), Upto: p.Next, Final: !p.More})
	for _, e := range p.Entries {
		if !e.Chosen {
			dst = append(dst, quorate.Claim{Kind: quorate.ClaimReport, Ballot: e.Ballot, Slot: e.Slot, Commands: e.Commands})
			continue
		}
		dst = chosen(dst, []core.Entry{e})
	}
	return committed(dst, p.Base)
}

func chosen(dst []quorate.Claim, entries []core.Entry) []quorate.Claim {
	for _, e := range entries {
		dst = append(dst, quorate.Claim{Kind: quorate.ClaimChosen, Ballot: e.Ballot, Slot: e.Slot, Commands: e.Commands})
	}
	return dst
}

func committed(dst []quorate.Claim, upto quorate.Slot) []quorate.Claim {
	return append(dst, quorate.Claim{Kind: quorate.ClaimCommitted, Upto: upto})
}

func leads(dst []quorate.Claim, b quorate.Ballot, upto quorate.Slot) []quorate.Claim {
	return append(dst, quorate.Claim{Kind: quorate.ClaimCommitted, Ballot: b, Upto: upto})
}
