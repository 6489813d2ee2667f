package checker

import (
	"fmt"
	"time"
)

// grouped is a history in memory, arranged by key.
type grouped struct {
	names []string
	lists [][]int
	from  []Operation
}

func byKey(history []Operation) *grouped {
	g := &grouped{from: history}
	number := map[string]int{}
	for i := range history {
		k, ok := number[history[i].Key]
		if !ok {
			k = len(g.names)
			number[history[i].Key] = k
			g.names = append(g.names, history[i].Key)
			g.lists = append(g.lists, nil)
		}
		g.lists[k] = append(g.lists[k], i)
	}
	return g
}

func (g *grouped) keys() []string { return g.names }

func (g *grouped) operations(k int, dst []Operation) []Operation {
	for _, i := range g.lists[k] {
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
	for _, at := range s.refs[s.first[k]:s.first[k+1]] {
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
