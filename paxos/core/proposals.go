package core

import (
	"time"

	"github.com/quorate/quorate"
)

// Proposal is one open slot of a leader: proposed, not yet chosen.
type Proposal struct {
	Slot     quorate.Slot
	Commands []quorate.Command
	Sent     time.Duration // when it was last sent
	Resent   int           // how often it was sent again; the caller's, as Sent and Asked
	Asked    quorate.Set   // the members it was sent to
	tally    quorate.Tally
	chosen   bool
}

// Voted returns the members that accepted.
func (p *Proposal) Voted() quorate.Set { return p.tally.Yes() }

// Proposals is phase 2 at a leader: the open slots of one ballot. It exists
// only after a phase-1 quorum promised that ballot.
type Proposals struct {
	ballot quorate.Ballot
	phase2 quorate.Quorum
	all    quorate.Set
	first  quorate.Slot // of open
	open   []Proposal   // consecutive slots; chosen ones leave from the front
	count  int          // open and not chosen
}

// NewProposals starts phase 2 for ballot b; next is the first slot to propose.
func NewProposals(c *quorate.Cluster, phase2 quorate.Quorum, b quorate.Ballot, next quorate.Slot) *Proposals {
	return &Proposals{ballot: b, phase2: phase2, all: c.All(), first: next}
}

// Ballot returns the ballot of all proposals.
func (p *Proposals) Ballot() quorate.Ballot { return p.ballot }

// Next returns the slot that the next proposal gets.
func (p *Proposals) Next() quorate.Slot { return p.first + quorate.Slot(len(p.open)) }

// Open returns how many slots are proposed and not chosen.
func (p *Proposals) Open() int { return p.count }

// Room bounds the open slots by number, and by their distance from the first
// one. That one slot stays open must not let the log grow behind it for ever,
// nor beyond what acceptors store: span must be below [Span].
func (p *Proposals) Room(window, span int) bool { return p.count < window && len(p.open) < span }

// Propose opens the next slot for commands.
func (p *Proposals) Propose(commands []quorate.Command, now time.Duration, asked quorate.Set) quorate.Slot {
	s := p.Next()
	p.open = append(p.open, Proposal{Slot: s, Commands: commands, Sent: now, Asked: asked,
		tally: quorate.NewTally(p.phase2, p.all)})
	p.count++
	return s
}

// Skip passes over the next slot because its value is known to be chosen.
func (p *Proposals) Skip() {
	p.open = append(p.open, Proposal{Slot: p.Next(), chosen: true})
	p.shift()
}

// Vote counts member's vote for slot s under ballot b and reports whether it
// made the slot chosen. Votes for another ballot, also an older one of the same
// leader, and votes for slots that are not open, count nothing.
func (p *Proposals) Vote(member int, b quorate.Ballot, s quorate.Slot) bool {
	if b != p.ballot || s < p.first || s >= p.Next() {
		return false
	}
	pr := &p.open[s-p.first]
	if pr.chosen || pr.tally.Vote(member, true) != quorate.Won {
		return false
	}
	pr.chosen = true
	p.count--
	p.shift()
	return true
}

// Disown forgets the votes of a member in all slots that are not chosen.
func (p *Proposals) Disown(member int) {
	for i := range p.open {
		pr := &p.open[i]
		if yes := pr.tally.Yes(); !pr.chosen && yes.Has(member) {
			pr.tally = quorate.NewTally(p.phase2, p.all)
			for yes = yes.Remove(member); yes != 0; yes = yes.Remove(yes.Lowest()) {
				pr.tally.Vote(yes.Lowest(), true)
			}
		}
	}
}

func (p *Proposals) shift() {
	n := 0
	for n < len(p.open) && p.open[n].chosen {
		p.open[n] = Proposal{}
		n++
	}
	p.first += quorate.Slot(n)
	if n == len(p.open) {
		p.open = p.open[:0] // what comes next finds room here
		return
	}
	p.open = p.open[n:]
}

// Each calls f for every proposal that is not chosen, in slot order, until f
// returns false. f may change Sent and Asked.
func (p *Proposals) Each(f func(*Proposal) bool) {
	for i := range p.open {
		if !p.open[i].chosen && !f(&p.open[i]) {
			return
		}
	}
}
