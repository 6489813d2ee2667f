package server

import (
	"sync"
	"time"
)

// Skew is how wrong a clock is made. The zero Skew is not at all.
type Skew struct {
	// Ahead is how much later it shows than it should.
	Ahead time.Duration
	// Period, if not zero, has it show that in every second period only: it is set to
	// and fro.
	Period time.Duration
	// Rate is how fast it runs; zero is as fast as it should.
	Rate float64
}

// Clock is a node's clock that can be made wrong on purpose, for tests. Like every
// node's clock it never runs backwards: where it shows too late a time it runs at a
// tenth of its rate until the time has come. Safe for concurrent use.
type Clock struct {
	base func() time.Duration

	mu     sync.Mutex
	skew   Skew
	real   time.Duration // base, when it was read last
	shown  time.Duration // what it showed then
	gained time.Duration // by rates so far: nobody takes that away
}

// crawl is how much slower a clock runs that shows too late a time.
const crawl = 10

// NewClock returns a clock that shows what base does.
func NewClock(base func() time.Duration) *Clock {
	now := base()
	return &Clock{base: base, real: now, shown: now}
}

// Now returns what the clock shows.
func (c *Clock) Now() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

func (c *Clock) read() time.Duration {
	now := c.base()
	passed := now - c.real
	c.real = now
	if c.skew.Rate != 0 {
		c.gained += time.Duration(float64(passed) * (c.skew.Rate - 1))
	}
	at := now + c.gained
	if c.skew.Period == 0 || now/c.skew.Period%2 == 1 {
		at += c.skew.Ahead
	}
	c.shown = max(at, c.shown+passed/crawl)
	return c.shown
}

// Set makes the clock wrong from now on, instead of what was set before. It keeps
// what it has gained or lost by a rate; how far it was set ahead it does not.
func (c *Clock) Set(s Skew) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read()
	c.skew = s
}

// Error returns how much later the clock shows than it should.
func (c *Clock) Error() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read() - c.real
}
