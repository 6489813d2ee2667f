package workload

import (
	"math/rand/v2"
	"strconv"

	"github.com/quorate/quorate"
)

// Op is an operation without the number that a session gives it. It converts to
// an operation of package client.
type Op struct {
	Kind    quorate.Op // OpGet, OpPut, OpDelete, OpPutIf or OpDeleteIf
	Key     string
	Value   []byte           // of OpPut and OpPutIf; the caller's to keep
	Version uint64           // the condition of OpPutIf and OpDeleteIf
	Read    quorate.ReadMode // of OpGet
}

// Generator draws the operations of one client. Not safe for concurrent use.
type Generator struct {
	cfg    Config
	client int
	rng    *rand.Rand
	keys   []string
	near   Locality
	modes  []modeShare
	writes int64
}

// New returns the generator of the client with the given number. Clients of
// one run have different numbers, so no two of their values are equal.
func New(cfg Config, client int, rng *rand.Rand) (*Generator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Keys, cfg.Zones = max(1, cfg.Keys), max(1, cfg.Zones)
	g := &Generator{cfg: cfg, client: client, rng: rng, keys: Keys(cfg.Keys), modes: cfg.modes()}
	if cfg.Locality == 0 {
		return g, nil
	}
	ring := cfg.Keys
	if cfg.Hot > 0 {
		ring = max(1, ring-1)
	}
	var err error
	g.near, err = NewLocality(cfg.Locality, ring, cfg.Zones, client%cfg.Zones)
	return g, err
}

// Keys returns the names of the first n keys: k0, k1, and so on.
func Keys(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "k" + strconv.Itoa(i)
	}
	return names
}

// Next draws the next operation. known tells which version of a key the client
// has heard of last, 0 if of none; it is asked for conditional writes only.
func (g *Generator) Next(known func(key string) uint64) Op {
	op := Op{Key: g.key()}
	// Every operation draws the same number of times, so that another mix, or
	// another version, leaves the rest of the run as it was.
	what, which, deletes := g.rng.Float64(), g.rng.Float64(), g.rng.Float64() < g.cfg.Deletes
	if what < g.cfg.Reads {
		op.Kind, op.Read = quorate.OpGet, g.mode(which)
		return op
	}
	conditional := what < g.cfg.Reads+g.cfg.Conditional
	if conditional {
		op.Version = condition(known(op.Key), which)
	}
	switch {
	case conditional && deletes:
		op.Kind = quorate.OpDeleteIf
	case deletes:
		op.Kind = quorate.OpDelete
	case conditional:
		op.Kind, op.Value = quorate.OpPutIf, g.value()
	default:
		op.Kind, op.Value = quorate.OpPut, g.value()
	}
	return op
}

func (g *Generator) key() string {
	hot, i := g.rng.Float64() < g.cfg.Hot, g.rng.Uint64()
	switch n := uint64(len(g.keys)); {
	case hot || n == 1:
		return g.keys[0]
	case g.cfg.Locality > 0 && g.cfg.Hot > 0:
		return g.keys[1+g.near.Draw(i, 0)]
	case g.cfg.Locality > 0:
		return g.keys[g.near.Draw(i, 0)]
	case g.cfg.Hot > 0:
		return g.keys[1+i%(n-1)]
	default:
		return g.keys[i%n]
	}
}

func (g *Generator) mode(which float64) quorate.ReadMode {
	upto := 0.0
	for _, m := range g.modes {
		if upto += m.share; which < upto {
			return m.mode
		}
	}
	return quorate.ReadLog
}

// condition returns a version to write at: mostly the one the client knows,
// which holds unless somebody else wrote meanwhile; sometimes one that most
// likely does not hold.
func condition(known uint64, which float64) uint64 {
	switch {
	case which < 0.8:
		return known
	case which < 0.9:
		return 0 // absent
	case which < 0.95:
		return known + 1 // not yet, unless somebody else wrote once
	default:
		return max(known, 1) - 1 // long gone
	}
}

// value returns a value that nobody else writes: client, dot, count, in base 36.
func (g *Generator) value() []byte {
	g.writes++
	v := strconv.AppendInt(make([]byte, 0, 8), int64(g.client), 36)
	return strconv.AppendInt(append(v, '.'), g.writes, 36)
}
