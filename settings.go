package quorate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Agree notes a setting that must be the same on all members, such as the
// protocol's name or its quorums. Transports refuse to connect nodes whose
// settings differ, and name them. Two values for one setting are a conflict
// that [Node.Start] reports.
func (n *Node) Agree(setting, value string) {
	if old, set := n.settings[setting]; set && old != value {
		n.conflicts = append(n.conflicts, fmt.Errorf("setting %s is %q and %q", setting, old, value))
	}
	n.settings[setting] = value
}

// Settings returns what was noted with [Node.Agree], a line "name: value" for
// each setting, in ascending order.
func (n *Node) Settings() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(n.settings)) {
		fmt.Fprintf(&b, "%s: %s\n", name, n.settings[name])
	}
	return b.String()
}
