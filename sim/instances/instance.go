package instances

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

// instance is one slot of a row.
type instance struct {
	state  *State
	row    int
	number uint64

	commands []quorate.Command // that the owner proposed; nil while nobody knows
	touches  []access
	initial  bool     // the dependencies that it proposed are known:
	deps     []uint64 // these

	parts    []part  // of the members
	rounds   []round // what was proposed to be voted for
	promises map[quorate.Ballot]quorate.Set
	chosen   value
	isChosen bool
	told     quorate.Set // on whose disks it is final
}

// part is what one member has of an instance.
type part struct {
	promised quorate.Ballot // on its disk
	acked    quorate.Ballot // by a message that left
	known    int            // when its commands came to the disk, 0 if they did not
	accepted bool           // it pre-accepted, on its disk,
	deps     []uint64       // with these dependencies
}

// value is what is agreed on. The commands are the instance's, if it is no nop.
type value struct {
	nop  bool
	deps []uint64
}

// round is what happened under one ballot.
type round struct {
	ballot quorate.Ballot
	value  value
	voters quorate.Set // on their disks
}

// bound returns the ballot below which the member takes part in nothing any more.
func (p *part) bound() quorate.Ballot { return max(p.promised, p.acked) }

func (v value) equal(w value) bool { return v.nop == w.nop && equal(v.deps, w.deps) }

// value returns the value of a claim.
func (i *instance) value(c *quorate.Claim) value {
	if len(c.Commands) == 1 && c.Commands[0].Op == quorate.OpNop {
		return value{nop: true}
	}
	return value{deps: c.Deps}
}

// round returns the one under b, nil if there is none.
func (i *instance) round(b quorate.Ballot) *round {
	for r := range i.rounds {
		if i.rounds[r].ballot == b {
			return &i.rounds[r]
		}
	}
	return nil
}

// voted returns the member's last vote below b, nil if there is none.
func (i *instance) voted(node int, b quorate.Ballot) *round {
	var last *round
	for r := range i.rounds {
		if r := &i.rounds[r]; r.ballot < b && r.voters.Has(node) && (last == nil || r.ballot > last.ballot) {
			last = r
		}
	}
	return last
}

// owns reports whether a ballot of this instance is node's; the zero one is its
// owner's.
func (i *instance) owns(node int, b quorate.Ballot) bool {
	if b == 0 {
		return node == i.row
	}
	return b.Owner() == i.state.ids[node]
}

// same returns who has pre-accepted with the owner's own dependencies.
func (i *instance) same() quorate.Set {
	var who quorate.Set
	for m := range i.parts {
		if p := &i.parts[m]; i.initial && p.accepted && equal(p.deps, i.deps) {
			who = who.Add(m)
		}
	}
	return who
}

// learn takes the owner's commands, which are the same for everybody.
func (i *instance) learn(node int, commands []quorate.Command) error {
	switch {
	case len(commands) == 0 || len(commands) == 1 && commands[0].Op == quorate.OpNop:
	case i.commands == nil:
		i.commands = commands
		i.state.enter(i)
	case !same(i.commands, commands):
		return i.broken(ghost.RuleValue, node, "has commands %s, but the owner proposed %s", brief(commands), brief(i.commands))
	}
	return nil
}

// begin takes the owner's dependencies.
func (i *instance) begin(node int, deps []uint64) error {
	if !i.initial {
		i.initial, i.deps = true, deps
		return nil
	}
	if !equal(i.deps, deps) {
		return i.broken(ghost.RuleValue, node, "says that the owner proposed dependencies %v, but it was %v", deps, i.deps)
	}
	return nil
}

// broken makes the error of a rule that node broke.
func (i *instance) broken(rule string, node int, format string, args ...any) error {
	ids := i.state.ids
	return &ghost.Broken{Rule: rule, Node: node, Text: fmt.Sprintf("instance %v/%d: %v ", ids[i.row], i.number, ids[node]) + fmt.Sprintf(format, args...)}
}

// evidence tells what was proposed and voted.
func (i *instance) evidence() string {
	names := i.state.cfg.Cluster.Names
	var words []string
	if i.initial {
		words = append(words, fmt.Sprintf("the owner proposed %s after %v, as pre-accepted on the disks of %s", brief(i.commands), i.deps, names(i.same())))
	}
	for _, r := range i.rounds {
		words = append(words, fmt.Sprintf("at %v %s with votes on the disks of %s", r.ballot, i.text(r.value), names(r.voters)))
	}
	if len(words) == 0 {
		return "nobody proposed anything"
	}
	return strings.Join(words, ", ")
}

func (i *instance) text(v value) string {
	if v.nop {
		return "a no-op"
	}
	return fmt.Sprintf("%s after %v", brief(i.commands), v.deps)
}

func brief(commands []quorate.Command) string {
	const most = 3
	if len(commands) == 0 {
		return "a no-op"
	}
	text := fmt.Sprint(commands[:min(most, len(commands))])
	if rest := len(commands) - most; rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

func same(a, b []quorate.Command) bool {
	return slices.EqualFunc(a, b, func(x, y quorate.Command) bool { return x.Equal(&y) })
}

// at returns the first slot of a row that is not among deps.
func at(deps []uint64, row int) uint64 {
	if row >= len(deps) {
		return 0
	}
	return deps[row]
}

// equal compares dependencies: what is missing at the end is 0.
func equal(a, b []uint64) bool { return covers(a, b) && covers(b, a) }

// covers reports whether all of b is in a.
func covers(a, b []uint64) bool {
	for row, upto := range b {
		if upto > at(a, row) {
			return false
		}
	}
	return true
}
