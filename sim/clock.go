package sim

import "time"

// epoch is what clocks show when a world begins: far enough from zero that no
// horizon reaches back before it.
const epoch = 1000 * time.Hour

// clock is a member's clock: it may run at a wrong rate, and jump.
type clock struct {
	since time.Duration // true time at which rate was set
	shown time.Duration // what the clock showed then
	rate  float64       // 1 is true
}

func newClock() clock { return clock{shown: epoch, rate: 1} }

// read returns what the clock shows at a true time.
func (c *clock) read(now time.Duration) time.Duration {
	if c.rate == 1 {
		return c.shown + now - c.since
	}
	return c.shown + time.Duration(float64(now-c.since)*c.rate)
}

// when returns the true time at which the clock shows at least d.
func (c *clock) when(d time.Duration) time.Duration {
	if c.rate == 1 {
		return d - c.shown + c.since
	}
	away := float64(d-c.shown) / c.rate
	if away > float64(never)/2 {
		return never // and beyond what a duration holds
	}
	t := c.since + time.Duration(away)
	for c.read(t) < d {
		t++
	}
	return t
}

// drift changes the rate.
func (c *clock) drift(now time.Duration, rate float64) {
	c.shown, c.since, c.rate = c.read(now), now, rate
}

// correct sets the clock to the true time, as those do who look after clocks.
func (c *clock) correct(now time.Duration) { *c = clock{since: now, shown: epoch + now, rate: 1} }

// jump moves the clock at once.
func (c *clock) jump(d time.Duration) { c.shown += d }
