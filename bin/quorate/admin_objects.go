package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/quorate/quorate/server/admin"
)

// maxStolenLines bounds how many objects are listed.
const maxStolenLines = 16

// writeObjects writes, of a protocol in which each key is an object with an owner, a
// line for each member, and one for each of the objects that were stolen most.
func writeObjects(w io.Writer, members []operated, answers []admin.Status, errs []error) error {
	var told []admin.Status
	for i := range members {
		if errs[i] == nil && answers[i].Objects != nil {
			told = append(told, answers[i])
		}
	}
	if len(told) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nmember\tobjects\towned\tawake\tnew\tasked\thinted\tsilent\town\thints given\tgiven up")
	for _, a := range told {
		o := a.Objects
		fmt.Fprintf(t, "%v\t%d\t%d\t%d", a.ID, o.Known, o.Owned, o.Awake)
		for _, cause := range []string{"new", "asked", "hinted", "silent", "own"} {
			fmt.Fprintf(t, "\t%d", o.Changes[cause])
		}
		fmt.Fprintf(t, "\t%d\t%d\n", o.Hinted, o.GivenUp)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	stolen := mostStolen(told)
	if len(stolen) == 0 {
		return nil
	}
	fmt.Fprintln(t, "\nstolen most\towner\tsteals\tasked for by zone")
	for _, s := range stolen {
		steals := strconv.FormatUint(s.Steals, 10)
		if s.Excess > 0 {
			steals = fmt.Sprintf("%d to %d", s.Steals-s.Excess, s.Steals)
		}
		fmt.Fprintf(t, "%q\t%v\t%s\t%s\n", s.Key, s.Owner, steals, shares(s.Requests))
	}
	return t.Flush()
}

// mostStolen merges what the members say of the same objects: the owner knows who asks
// for it, and of the others whoever has seen more steals knows more.
func mostStolen(told []admin.Status) []admin.Stolen {
	known := map[string]admin.Stolen{}
	for _, a := range told {
		for _, s := range a.Objects.Stolen {
			had, ok := known[s.Key]
			if ours := s.Owner == a.ID; !ok || ours || len(had.Requests) == 0 && s.Steals-s.Excess > had.Steals-had.Excess {
				known[s.Key] = s
			}
		}
	}
	all := slices.SortedFunc(maps.Values(known), func(a, b admin.Stolen) int {
		return cmp.Or(cmp.Compare(b.Steals, a.Steals), cmp.Compare(a.Key, b.Key))
	})
	return all[:min(len(all), maxStolenLines)]
}

// shares renders counts by zone as parts of their sum.
func shares(requests map[int]uint64) string {
	var sum uint64
	for _, n := range requests {
		sum += n
	}
	var parts []string
	for _, zone := range slices.Sorted(maps.Keys(requests)) {
		parts = append(parts, fmt.Sprintf("%d: %.0f%%", zone, 100*float64(requests[zone])/float64(sum)))
	}
	return dash(strings.Join(parts, ", "))
}
