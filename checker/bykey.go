package checker

import (
	"fmt"
	"slices"
	"time"
)

// grouped is a history in memory, arranged by key.
type grouped struct {
	names []string
	first []int // of key k in refs
	refs  []int32
	from  []Operation
}

func byKey(history []Operation) *grouped {
	g := &grouped{from: history, refs: make([]int32, len(history))}
	number := map[string]int32{}
	key := make([]int32, len(history))
	sizes := []int{}
	for i := range history {
		k, ok := number[history[i].Key]
		if !ok {
			k = int32(len(g.names))
			number[history[i].Key] = k
			g.names, sizes = append(g.names, history[i].Key), append(sizes, 0)
		}
		key[i] = k
		sizes[k]++
	}
	g.first = make([]int, len(sizes)+1)
	for k, n := range sizes {
		g.first[k+1] = g.first[k] + n
	}
	next := slices.Clone(g.first)
	for i, k := range key {
		g.refs[next[k]] = int32(i)
		next[k]++
	}
	return g
}

func (g *grouped) keys() []string { return g.names }

func (g *grouped) operations(k int, dst []Operation) []Operation {
	if len(g.names) == 1 {
		return g.from // nobody else wants them
	}
	refs := g.refs[g.first[k]:g.first[k+1]]
	dst = slices.Grow(dst, len(refs))
	for _, i := range refs {
		dst = append(dst, g.from[i])
	}
	return dst
}

// recorded is a recorder's history, arranged by key.
type recorded struct {
	rec   *Recorder
	names []string
	cut   time.Duration
	first []int // of key k in refs
	refs  []ref
}

type ref struct{ process, index uint32 }

// source arranges the history by key: the references are sorted by counting.
func (r *Recorder) source() (*recorded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	s := &recorded{rec: r, names: r.names, cut: r.cut, first: make([]int, len(r.names)+2)}
	for _, p := range r.processes {
		for i := range p.len() {
			s.first[p.at(i).key+2]++
		}
	}
	for k := 2; k < len(s.first); k++ {
		s.first[k] += s.first[k-1]
	}
	s.refs = make([]ref, s.first[len(s.first)-1])
	for n, p := range r.processes {
		for i := range p.len() {
			next := &s.first[p.at(i).key+1] // the start of the key's part, at last its end
			s.refs[*next] = ref{uint32(n), uint32(i)}
			*next++
		}
	}
	return s, nil
}

func (s *recorded) keys() []string { return s.names }

func (s *recorded) operations(k int, dst []Operation) []Operation {
	refs := s.refs[s.first[k]:s.first[k+1]]
	dst = slices.Grow(dst, len(refs))
	for _, at := range refs {
		if op, ok := s.rec.processes[at.process].operation(int(at.index), s.cut); ok {
			dst = append(dst, op)
		}
	}
	return dst
}

// validate checks the operations one by one. That a process makes one call at
// a time is seen to while it records.
func (s *recorded) validate(m Model) error {
	for _, p := range s.rec.processes {
		for i := range p.len() {
			op, ok := p.operation(i, s.cut)
			if !ok {
				continue
			}
			if err := op.validate(m); err != nil {
				return fmt.Errorf("%w: operation %d of its process: %s: %v", ErrMalformed, i, op.String(), err)
			}
		}
	}
	return nil
}
