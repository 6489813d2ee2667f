package checker

import (
	"bytes"

	"github.com/quorate/quorate"
)

// checkStale looks for a stale read of something that was never written, or
// not yet called when the read returned. A stale read may be as old as it
// likes, but it may not invent.
func checkStale(ops []Operation, m Model) *finding {
	var index map[uint64][]*Operation // writes that may have given a version, open ones under 0
	for i := range ops {
		o := &ops[i]
		if o.Status != quorate.Done || !o.Stale {
			continue
		}
		if index == nil {
			index = indexWrites(ops, m)
		}
		if !explained(o, index, m) {
			return found([]*Operation{o}, "a stale read returned %s, which was never written", o.Outcome())
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
