package bench

import (
	"math/rand/v2"
	"time"
)

// thinker draws how long a client waits between an answer and its next call.
type thinker struct {
	mean time.Duration
	rng  *rand.Rand // nil for the same every time
}

// thinkStream keeps the generators of think times apart from those of what the clients
// ask for: with and without them the clients ask for the same.
const thinkStream = 0x7417_0000_0000_0000

func newThinker(c *Config, loop int) thinker {
	t := thinker{mean: c.Load.Think}
	if c.Load.Exponential && t.mean > 0 {
		t.rng = rand.New(rand.NewPCG(c.Seed, thinkStream|uint64(loop)))
	}
	return t
}

func (t *thinker) next() time.Duration {
	if t.rng == nil {
		return t.mean
	}
	return time.Duration(t.rng.ExpFloat64() * float64(t.mean))
}
