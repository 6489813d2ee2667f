package ghost

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
)

// The rules, in the words of package quorate's claims.
const (
	// RuleBallot: an acceptor never acknowledges below a ballot it acknowledged
	// before, whatever happens to it or to its disk meanwhile; and the promise
	// on its disk never falls (Paxos Made Simple, §2.2, P1a).
	RuleBallot = "ballot"
	// RuleDurable: what must survive a crash is on the sender's disk when it
	// says so: a promise when it is given or its ballot used, a vote when it is
	// cast (§2.5: "acceptors record in stable storage before responding").
	RuleDurable = "durable"
	// RuleLeader: only the owner of a ballot uses it, and is elected under it at
	// most once (§2.5: proposers choose from disjoint sets of numbers).
	RuleLeader = "leader"
	// RuleQuorum: whoever proposes in a slot has the complete promises of a
	// phase-1 quorum for it (§2.2, phase 2a; Flexible Paxos, §3).
	RuleQuorum = "quorum"
	// RuleReport: a promise tells of its sender's last vote in each of its slots,
	// and of no vote that it has not cast (§2.2, phase 1b).
	RuleReport = "report"
	// RuleValue: under one ballot one value is proposed for a slot, and only
	// what is proposed is accepted ("OneValuePerBallot" of "Voting").
	RuleValue = "value"
	// RuleSafe: who proposes a value makes sure that no other is, or can still
	// be, chosen at a lower ballot (§2.2, P2c; "SafeAt" of "Voting").
	RuleSafe = "safe"
	// RuleChosen: what is called chosen, committed, executed or done has the
	// durable votes of a phase-2 quorum at one ballot (§2.2 and §2.3).
	RuleChosen = "chosen"
	// RuleAdmitted: a member that lost its disk votes again only when its disk has
	// got the highest promise, and all values, that its earlier votes may have been
	// part of (see quorate.Admitter).
	RuleAdmitted = "admitted"
	// RuleAgreement: one value is chosen in a slot, and everybody learns that
	// one (§2.1).
	RuleAgreement = "agreement"
	// RuleVisibility: of two chosen values that interfere one depends on the other,
	// and whoever pre-accepts one has it depend on all that interfere and that it
	// knew (Ryabinin, Gotsman, Sutra, "Making Democracy Work", 2025).
	RuleVisibility = "visibility"
)

// Broken is the error of every check: a rule that was broken, with the
// evidence.
type Broken struct {
	Rule string // one of the rules of this package
	Node int    // the member that broke it, -1 for nobody in particular
	Text string
}

// Error implements error.
func (b *Broken) Error() string { return b.Rule + ": " + b.Text }

// broken makes the error of a rule that node broke in this log.
func (l *log) broken(rule string, node int, format string, args ...any) error {
	text := l.id(node).String() + " " + fmt.Sprintf(format, args...)
	if l.name != "" {
		text = fmt.Sprintf("log %q: %s", l.name, text)
	}
	return &Broken{Rule: rule, Node: node, Text: text}
}

// evidence tells what was proposed and voted in a slot.
func (l *log) evidence(at quorate.Slot) string {
	if at >= quorate.Slot(len(l.slots)) || l.slots[at].len() == 0 {
		return fmt.Sprintf("nothing was proposed in slot %v", at)
	}
	sl := &l.slots[at]
	var rounds []string
	for i := range sl.len() {
		r := sl.at(i)
		rounds = append(rounds, fmt.Sprintf("at %v %s with votes on the disks of %s", r.ballot, l.text(r.value), l.ghost.cfg.Cluster.Names(r.voters)))
	}
	return fmt.Sprintf("in slot %v there is %s", at, strings.Join(rounds, ", "))
}

// text writes a value so that it fits on a line.
func (l *log) text(value uint32) string { return brief(l.values[value]) }

func brief(commands []quorate.Command) string {
	const most = 3
	var words []string
	for i, c := range commands {
		if i == most {
			words = append(words, fmt.Sprintf("and %d more", len(commands)-most))
			break
		}
		w := c.String()
		if len(w) > 80 {
			w = strings.ToValidUTF8(w[:80], "") + "…"
		}
		words = append(words, w)
	}
	return "[" + strings.Join(words, ", ") + "]"
}
