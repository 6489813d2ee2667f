package sessions

import "slices"

// cycle returns a short cycle of edges of these kinds, nil if there is none. With chains,
// the nodes of a chain count as its first.
func (g *graph) cycle(kinds []Guarantee, chain []int32) []edge {
	out := make([][]edge, g.nodes)
	in := make([]int, g.nodes)
	of := func(n int32) int32 {
		if chain != nil {
			return chain[n]
		}
		return n
	}
	for _, e := range g.edges {
		switch {
		case !slices.Contains(kinds, e.kind):
			continue
		case e.from == e.to:
			return []edge{e} // it read what it wrote only later
		case of(e.from) == of(e.to):
			continue // along a chain, or against it, which is a cycle without chains
		}
		if of(e.to) == of(0) { // nothing comes before what was there at first
			return []edge{e, {from: 0, to: e.from, kind: first}}
		}
		out[of(e.from)] = append(out[of(e.from)], e)
		in[of(e.to)]++
	}
	var ready []int32
	for n := range in {
		if in[n] == 0 {
			ready = append(ready, int32(n))
		}
	}
	for len(ready) > 0 {
		n := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for _, e := range out[n] {
			if in[of(e.to)]--; in[of(e.to)] == 0 {
				ready = append(ready, of(e.to))
			}
		}
	}
	return shortestOf(out, in, of)
}

// shortestOf looks for a short cycle among the nodes that wait for others: every one of
// them has one before it that waits.
func shortestOf(out [][]edge, in []int, of func(int32) int32) []edge {
	before := map[int32]int32{}
	at := int32(-1)
	for n := range in {
		if in[n] == 0 {
			continue
		}
		at = int32(n)
		for _, e := range out[n] {
			before[of(e.to)] = int32(n)
		}
	}
	if at < 0 {
		return nil
	}
	been := map[int32]bool{}
	for ; !been[at]; at = before[at] {
		been[at] = true
	}
	const attempts = 64 // to find a shorter one
	var best []edge
	for tries, n := 0, at; tries < attempts && (tries == 0 || n != at) && len(best) != 2; tries, n = tries+1, before[n] {
		if found := shortest(out, n, of); best == nil || len(found) < len(best) {
			best = found
		}
	}
	return best
}

// shortest returns a shortest cycle through a node, nil if there is none.
func shortest(out [][]edge, n int32, of func(int32) int32) []edge {
	by := map[int32]edge{} // how each node was reached
	queue := []int32{n}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range out[at] {
			to := of(e.to)
			if _, ok := by[to]; ok {
				continue
			}
			by[to] = e
			if to != n {
				queue = append(queue, to)
				continue
			}
			path := []edge{e}
			for of(e.from) != n {
				e = by[of(e.from)]
				path = append(path, e)
			}
			slices.Reverse(path)
			return path
		}
	}
	return nil
}
