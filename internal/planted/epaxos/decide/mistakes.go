package decide

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted/epaxos/core"
)

// mistakes is what planted bugs of more than a few lines keep. This file is
// written by hand, the others are copies of the protocol.
type mistakes struct {
	answers map[int]core.Deps // of equal-to-each-other: but for the owner's
}

// another is a member that is not among those given.
func another(than quorate.Set) int { return (^than).Lowest() }

// agreed takes an answer, and reports whether the owner and so many others have
// given one that they are a fast quorum, and the others know the same.
func (p *Proposal) agreed(member int, deps core.Deps) bool {
	if p.answers == nil {
		p.answers = map[int]core.Deps{}
	}
	if member != p.self {
		p.answers[member] = deps
	}
	if !p.Answered().Has(p.self) {
		return false
	}
	for _, d := range p.answers {
		equal := 1
		for _, other := range p.answers {
			if d.Equal(other) {
				equal++
			}
		}
		if equal >= p.quorums.Fast() {
			return d.Equal(p.union) // which it is but for answers that differ
		}
	}
	return false
}
