package nemesis

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate"
)

// String describes the fault in a line for people, for example "partition
// bridge 0,1|2|3,4 at 1.2s for 300ms". It holds for faults that are not valid,
// too.
func (f Fault) String() string {
	parts := []string{f.what()}
	if f.After == nil {
		parts = append(parts, "at "+f.At.String())
	} else {
		parts = append(parts, f.when())
	}
	s := strings.Join(parts, " ")
	if f.Torn != Nothing {
		s += ", " + map[Remains]string{All: "whole", Torn: "torn"}[f.Torn] + " batch,"
	}
	if f.For > 0 {
		s += " for " + f.For.String()
	}
	s = strings.TrimSuffix(s, ",")
	if f.Flap > 0 {
		s += ", flapping every " + f.Flap.String()
	}
	return s
}

// what says what the fault does, and at the end to whom: when goes on from there.
func (f Fault) what() string {
	who := f.who()
	percent := strconv.FormatFloat(f.Amount*100, 'g', 3, 64) + "%"
	switch f.Kind {
	case Partition:
		return fmt.Sprintf("partition %s %s", f.Shape, cmp.Or(cuts(f.Grudge), who))
	case Loss:
		return fmt.Sprintf("lose %s of the messages of %s", percent, who)
	case Duplicate:
		return fmt.Sprintf("duplicate %s of the messages of %s", percent, who)
	case Replay:
		return "deliver again what was sent lately to " + who
	case Delay:
		return fmt.Sprintf("add up to %v to the messages of %s", f.Extra, who)
	case Slow:
		return fmt.Sprintf("add up to %v to each step of %s", f.Extra, who)
	case SlowDisk:
		return fmt.Sprintf("add %v to each sync of %s", f.Extra, who)
	case FullDisk:
		return "fill the disk of " + who
	case RotDisk:
		return "damage the disk of " + who
	case LoseDisk:
		return "lose the disk of " + who
	case Jump:
		return fmt.Sprintf("add %v to the clock of %s", f.Extra, who)
	case Drift:
		return fmt.Sprintf("add %s to the speed of the clock of %s", percent, who)
	}
	return fmt.Sprintf("%s %s", f.Kind, who) // crash, pause
}

// who names the members that the fault strikes. Where a trigger tells, when
// says who.
func (f Fault) who() string {
	switch {
	case len(f.Nodes) > 0:
		return join(slices.Sorted(slices.Values(f.Nodes)))
	case f.After != nil && f.After.Node >= 0:
		return strconv.Itoa(f.After.Node)
	case f.After != nil:
		return "whoever"
	}
	return "nobody"
}

// when says what triggers the fault.
func (f Fault) when() string {
	t := f.After
	event := map[string]string{
		OnElected: "is elected", OnSteppedDown: "steps down", OnFlush: "writes", OnSynced: "has synced", OnTrimmed: "has dropped records",
		OnAnswered: "answers a client",
	}[t.On]
	if message, send := strings.CutPrefix(t.On, sendPrefix); send {
		event = "sends " + message
	}
	event = cmp.Or(event, t.On)
	switch {
	case len(f.Nodes) > 0 && t.Node < 0:
		event = "when somebody " + event
	case len(f.Nodes) > 0:
		event = fmt.Sprintf("when %d %s", t.Node, event)
	case t.Node >= 0:
		event = "when it " + event
	}
	if t.Nth > 1 {
		event += fmt.Sprintf(" (%s time)", ordinal(t.Nth))
	}
	if f.At > 0 {
		event += fmt.Sprintf(" after %v", f.At)
	}
	return event
}

// list renders a set of members: "0,1,4".
func list(s quorate.Set) string { return join(members(s)) }

func join(members []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(members)), ","), "[]")
}

func ordinal(n int) string {
	suffix := "th"
	if tens := n / 10 % 10; tens != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
