package nemesis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/spelling"
)

// Group is a class of faults that are switched on and off together.
type Group string

// The groups.
const (
	GroupPartition Group = "partition"
	GroupCrash     Group = "crash"
	GroupPause     Group = "pause"
	GroupDisk      Group = "disk"
	GroupClock     Group = "clock"
	GroupLoss      Group = "loss"
)

// Groups returns all groups, in the order in which help texts list them.
func Groups() []Group {
	return []Group{GroupPartition, GroupCrash, GroupPause, GroupDisk, GroupClock, GroupLoss}
}

// Kinds returns the kinds of faults in the group, none for an unknown group.
func (g Group) Kinds() []Kind {
	switch g {
	case GroupPartition:
		return []Kind{Partition}
	case GroupCrash:
		return []Kind{Crash}
	case GroupPause:
		return []Kind{Pause, Slow}
	case GroupDisk:
		return []Kind{SlowDisk, FullDisk, RotDisk, LoseDisk}
	case GroupClock:
		return []Kind{Jump, Drift}
	case GroupLoss:
		return []Kind{Loss, Duplicate, Delay, Replay}
	}
	return nil
}

// Kinds returns all kinds of faults, group by group.
func Kinds() []Kind {
	var kinds []Kind
	for _, g := range Groups() {
		kinds = append(kinds, g.Kinds()...)
	}
	return kinds
}

// Group returns the group that the kind belongs to, empty for an unknown kind.
func (k Kind) Group() Group {
	for _, g := range Groups() {
		if slices.Contains(g.Kinds(), k) {
			return g
		}
	}
	return ""
}

// ParseGroups reads a list of groups, separated by commas: "partition,crash".
// "all" stands for every group, "none" for no group. The groups come back in
// the order of [Groups], each once.
func ParseGroups(s string) ([]Group, error) {
	switch s {
	case "all":
		return Groups(), nil
	case "none":
		return nil, nil
	}
	named := map[Group]bool{}
	for name := range strings.SplitSeq(s, ",") {
		g := Group(strings.TrimSpace(name))
		if !slices.Contains(Groups(), g) {
			return nil, unknown("fault group", string(g), append([]string{"all", "none"}, names(Groups())...))
		}
		named[g] = true
	}
	return slices.DeleteFunc(Groups(), func(g Group) bool { return !named[g] }), nil
}

// unknown is the error for a name that is not on a list: it lists what is, and
// the nearest first if that looks like a slip of the finger.
func unknown(what, name string, known []string) error {
	return fmt.Errorf("unknown %s %q%s: want one of %s", what, name, spelling.Hint(name, known, ""), strings.Join(known, ", "))
}

// names returns the values of a list of names as strings.
func names[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
