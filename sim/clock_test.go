package sim

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestClockShowsTheEpochAtFirst(t *testing.T) {
	c := newClock()
	if got := c.read(0); got != epoch {
		t.Errorf("a new clock shows %v, want %v", got, epoch)
	}
	if got := c.read(time.Minute); got != epoch+time.Minute {
		t.Errorf("after a minute it shows %v", got)
	}
}

func TestClockDriftsAndJumps(t *testing.T) {
	c := newClock()
	c.drift(10*time.Second, 1.5)
	if got := c.read(20*time.Second) - epoch; got != 25*time.Second {
		t.Errorf("at 20s, 10s of which at 1.5 times the rate, it shows %v, want 25s", got)
	}
	c.jump(-5 * time.Second)
	if got := c.read(20*time.Second) - epoch; got != 20*time.Second {
		t.Errorf("5s back it shows %v, want 20s", got)
	}
	c.drift(20*time.Second, 1)
	if got := c.read(30*time.Second) - epoch; got != 30*time.Second {
		t.Errorf("at the true rate again it shows %v, want 30s", got)
	}
}

// TestWhenIsTheInverseOfRead: a timer set to what a clock will show is due at
// the very first instant at which it does, and not before; and a clock that does
// not jump never runs backwards.
func TestWhenIsTheInverseOfRead(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range 5000 {
		c, now := newClock(), time.Duration(0)
		for range rng.IntN(4) {
			now += upTo(rng, time.Minute)
			before := c.read(now)
			c.drift(now, 0.1+3*rng.Float64())
			if got := c.read(now); got != before {
				t.Fatalf("a change of rate moved a clock from %v to %v", before, got)
			}
		}
		if rng.IntN(2) == 0 {
			c.jump(upTo(rng, time.Minute) - 30*time.Second)
		}
		shown := c.read(now) + upTo(rng, time.Minute)
		due := c.when(shown)
		if at := c.read(due); at < shown {
			t.Fatalf("%+v: due at %v, where the clock shows %v, before %v", c, due, at, shown)
		}
		if early := c.read(due - 2); early >= shown && due-2 >= now {
			t.Fatalf("%+v: due at %v, but the clock shows %v two nanoseconds before", c, due, early)
		}
		if a, b := c.read(due), c.read(due+upTo(rng, time.Second)); b < a {
			t.Fatalf("%+v runs backwards from %v to %v", c, a, b)
		}
	}
}

// TestTimersFarBeyondTheEnd: what a slow clock will not show for centuries is
// due never, which takes no time to find out.
func TestTimersFarBeyondTheEnd(t *testing.T) {
	c := newClock()
	c.drift(0, 0.1)
	if due := c.when(epoch + never/4); due != never {
		t.Errorf("due at %v, want never", due)
	}
}

func TestClocksAreCorrected(t *testing.T) {
	c := newClock()
	c.jump(time.Hour)
	c.drift(time.Second, 3)
	c.correct(5 * time.Second)
	if got := c.read(7 * time.Second); got != epoch+7*time.Second {
		t.Errorf("a clock that was corrected shows %v, want %v", got, epoch+7*time.Second)
	}
}
