package checker

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/quorate/quorate"
)

// checkStale looks for a read that may be old, of something that was never
// written, or not yet called when the read returned: such reads may be as old as
// they like, but they may not invent. A timeline read may not be older, either,
// than what its process has seen.
func checkStale(ops []Operation, m Model) *finding {
	var index map[uint64][]*Operation // writes that may have given a version, open ones under 0
	timeline := false
	for i := range ops {
		o := &ops[i]
		if o.Status != quorate.Done || !o.stale() {
			continue
		}
		timeline = timeline || o.Read == quorate.ReadTimeline
		if index == nil {
			index = indexWrites(ops, m)
		}
		if !explained(o, index, m) {
			return found([]*Operation{o}, "a %v read returned %s, which was never written", o.Read, o.Outcome())
		}
	}
	if timeline && m == KV {
		return checkTimelines(ops)
	}
	return nil
}

// checkTimelines looks for a timeline read of an earlier version than its process
// was told of before, by its own writes or by reads of whichever mode. Versions
// never restart, so they tell what is older.
func checkTimelines(ops []Operation) *finding {
	var done []*Operation
	for i := range ops {
		if ops[i].Status == quorate.Done {
			done = append(done, &ops[i])
		}
	}
	slices.SortStableFunc(done, func(a, b *Operation) int {
		return cmp.Or(cmp.Compare(a.Process, b.Process), cmp.Compare(a.Call, b.Call))
	})
	var newest *Operation // that its process has seen
	for _, o := range done {
		if newest == nil || newest.Process != o.Process {
			newest = o
			continue
		}
		if o.Read == quorate.ReadTimeline && o.Version < newest.Version {
			return found([]*Operation{newest, o}, "a timeline read returned version %d to a process that had seen version %d", o.Version, newest.Version)
		}
		if o.Version > newest.Version {
			newest = o
		}
	}
	return nil
}

func indexWrites(ops []Operation, m Model) map[uint64][]*Operation {
	index := map[uint64][]*Operation{}
	for i := range ops {
		o := &ops[i]
		if !o.writes() {
			continue
		}
		v := o.Version
		if o.open() || m == Register {
			v = 0
		}
		index[v] = append(index[v], o)
	}
	return index
}

func explained(read *Operation, index map[uint64][]*Operation, m Model) bool {
	if !read.OK && (read.Version == 0 || m == Register) {
		return len(read.Result) == 0 // nothing was written yet
	}
	candidates := index[0]
	if known := index[read.Version]; m == KV && len(known) > 0 {
		candidates = known
	}
	for _, w := range candidates {
		if w.Call <= read.Return && w.puts() == read.OK && (!read.OK || bytes.Equal(w.Value, read.Result)) {
			return true
		}
	}
	return false
}
