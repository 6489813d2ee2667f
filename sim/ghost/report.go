package ghost

import "github.com/quorate/quorate"

// report checks what a promise tells of its sender's votes. Records may have
// become durable since the promise was made, but no votes below its ballot.
func (l *log) report(node int, p *quorate.Claim, reports []quorate.Claim) error {
	from, to := max(p.Slot, l.members[node].base), quorate.Slot(len(l.slots))
	if !p.Final {
		to = min(to, p.Upto)
	}
	told := l.ghost.told[:0]
	for s := from; s < to; s++ {
		told = append(told, -1)
	}
	l.ghost.told = told
	for i := range reports {
		c := &reports[i]
		if c.Kind != quorate.ClaimReport && c.Kind != quorate.ClaimChosen {
			continue
		}
		if c.Kind == quorate.ClaimReport {
			if err := l.truthful(node, p, c); err != nil {
				return err
			}
		}
		if c.Slot >= from && c.Slot < to {
			told[c.Slot-from] = int32(i)
		}
	}
	for i := range told {
		s := from + quorate.Slot(i)
		last := l.slots[s].lastVote(node, p.Ballot)
		if last == nil {
			continue
		}
		if told[i] < 0 {
			return l.broken(RuleReport, node, "promises %v without its vote for %s in slot %v at %v", p.Ballot, l.text(last.value), s, last.ballot)
		}
		if c := &reports[told[i]]; c.Kind == quorate.ClaimReport && c.Ballot < last.ballot {
			return l.broken(RuleReport, node, "promises %v and reports its vote in slot %v at %v, but it has voted for %s at %v", p.Ballot, s, c.Ballot, l.text(last.value), last.ballot)
		}
	}
	return nil
}

// truthful checks that the reported vote was cast.
func (l *log) truthful(node int, p, c *quorate.Claim) error {
	if c.Slot < quorate.Slot(len(l.slots)) {
		if r := l.slots[c.Slot].round(c.Ballot); r != nil && (r.voters | r.held).Has(node) && same(l.values[r.value], c.Commands) {
			return nil
		}
	}
	return l.broken(RuleReport, node, "promises %v and reports a vote for %s at %v that is not on its disk; %s", p.Ballot, brief(c.Commands), c.Ballot, l.evidence(c.Slot))
}
