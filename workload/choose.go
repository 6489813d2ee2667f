package workload

import (
	"math"
	"time"

	"github.com/quorate/quorate"
)

// kind returns what an operation is, by a number between 0 and 1.
func (p *Plan) kind(at float64) opKind {
	for i, upto := range p.upto {
		if at < upto {
			return opKind(i)
		}
	}
	return opGet
}

// opKind is what a client does, in the order of Operations.weights.
type opKind uint8

const (
	opPut opKind = iota
	opDelete
	opPutIf
	opModify
	opGet
)

func (k opKind) op() quorate.Op {
	switch k {
	case opPut:
		return quorate.OpPut
	case opDelete:
		return quorate.OpDelete
	case opPutIf:
		return quorate.OpPutIf
	}
	return quorate.OpGet
}

// key returns the key of an operation, chosen by up to two words.
func (s *Stream) key(hot, word uint64, kind opKind, now time.Duration) int {
	d := &s.plan.spec.Distribution
	if d.Hot > 0 && float(hot) < d.Hot {
		return int(word % uint64(d.HotKeys))
	}
	return d.HotKeys + s.rest(word, kind, now)
}

// rest returns a key of those that are not hot, counted from 0.
func (s *Stream) rest(word uint64, kind opKind, now time.Duration) int {
	p := s.plan
	d := &p.spec.Distribution
	n := p.spec.Keys - d.HotKeys
	switch d.Kind {
	case Order:
		s.turn++
		return (s.client + (s.turn-1)*p.run.Clients) % n
	case Conflict:
		if float(word) < d.Conflicts {
			return 0
		}
		s.turn++
		own := (n - 1) / p.run.Clients
		return 1 + s.client + p.run.Clients*((s.turn-1)%own)
	case Normal, Zones:
		return s.near.Draw(word, d.Speed*now.Seconds())
	case Zipfian:
		switch {
		case d.S != 0:
			return p.powers.draw(word)
		case d.Plain:
			return int(p.zipf.draw(word))
		}
		return int(scatter(p.zipf.draw(word)) % p.items)
	case Exponential:
		return min(int(-math.Log1p(-p.reach*unit(word))/d.Lambda), n-1)
	case Latest:
		return p.latest(word, kind)
	}
	return below64(word, uint64(n))
}

// latest returns the place of a new record, or of one that was written lately. New ones
// take the places of the oldest, in a circle.
func (p *Plan) latest(word uint64, kind opKind) int {
	n := uint64(p.spec.Keys)
	if kind == opPut {
		return int((p.newest.Add(1) + n - 1) % n)
	}
	return int((p.newest.Load() + 2*n - 1 - p.zipf.draw(word)) % n)
}

// reach is the share of an exponential distribution below n.
func reach(lambda float64, n int) float64 { return -math.Expm1(-lambda * float64(n)) }

// float turns 64 random bits into a number from 0 on, below 1, as rand.Float64 does.
func float(word uint64) float64 { return float64(word<<11>>11) / (1 << 53) }
