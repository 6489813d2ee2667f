package core

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

const second = time.Second

var terms = LeaseTerms{Window: second, ClockError: 0.1}

var (
	first = quorate.NewBallot(1, 1<<16|1) // of 1.1
	later = quorate.NewBallot(2, 1<<16|2) // of 1.2
	third = quorate.NewBallot(3, 1<<16|1) // of 1.1 again
)

func TestLeaseTerms(t *testing.T) {
	if held, waited := terms.Held(), terms.Waited(); held != 900*time.Millisecond-1 || waited != 1100*time.Millisecond+1 {
		t.Errorf("held %v, waited %v", held, waited)
	}
	for _, bad := range []LeaseTerms{{Window: -1}, {Window: second, ClockError: -0.1}, {Window: second, ClockError: 0.6}, {Window: second, ClockError: math.NaN()}} {
		if bad.Validate() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
	if err := terms.Validate(); err != nil {
		t.Error(err)
	}
	if none, some := (LeaseTerms{ClockError: 0.1}).String(), terms.String(); none != "none" || some != "1s, clocks right within 0.1" {
		t.Errorf("%s; %s", none, some)
	}
}

// granted is a quorum's answer: to all rounds up to the given one.
func granted(upto uint64) func(uint64) bool { return func(round uint64) bool { return round <= upto } }

// A lease counts from when its round began, and only once that is granted.
func TestLeaseCountsFromTheRequest(t *testing.T) {
	l := NewLease(terms)
	if l.Holds(0) {
		t.Error("held before anything was granted")
	}
	l.Ask(1, 10*second)
	l.Granted(granted(0))
	if l.Holds(10 * second) {
		t.Error("held though nobody answered")
	}
	l.Granted(granted(1)) // whenever that is
	end := 10*second + terms.Held()
	if !l.Holds(10*second) || !l.Holds(end-1) || l.Holds(end) {
		t.Error("it must end at its window after the request, less the margin")
	}
}

// A renewal that is not granted moves nothing; one that is counts from its own
// beginning; a later answer to an earlier one does not shorten it.
func TestLeaseRenewal(t *testing.T) {
	l := NewLease(terms)
	l.Ask(1, 0)
	l.Granted(granted(1))
	l.Ask(2, 500*time.Millisecond)
	l.Ask(3, 600*time.Millisecond)
	l.Granted(granted(1))
	if l.Holds(terms.Held()) {
		t.Error("a renewal that was not granted moved the end")
	}
	l.Granted(granted(3))
	if end := 600*time.Millisecond + terms.Held(); !l.Holds(end-1) || l.Holds(end) {
		t.Error("the renewal does not count from its own request")
	}
	l.Granted(granted(2))
	if !l.Holds(600*time.Millisecond + terms.Held() - 1) {
		t.Error("a late answer shortened it")
	}
	l.Ask(9, 10*second)
	l.Granted(granted(8))
	if l.Holds(10 * second) {
		t.Error("an answer to an earlier round granted a later one")
	}
}

// A late answer grants what is left, or nothing.
func TestLeaseLateAnswer(t *testing.T) {
	l := NewLease(terms)
	l.Ask(1, 0)
	l.Ask(2, 2*second) // drops the first, which is over
	l.Granted(granted(1))
	if l.Holds(2 * second) {
		t.Error("a request that was over by its own window gave a lease")
	}
}

// However many rounds there are, few are remembered, and the lease that is lost
// by that is short.
func TestLeaseRemembersFewRounds(t *testing.T) {
	l := NewLease(terms)
	now := time.Duration(0)
	for round := uint64(1); round <= 100_000; round++ {
		now += 100 * time.Microsecond
		l.Ask(round, now)
		if len(l.asked) > fewest+1 {
			t.Fatalf("%d rounds are remembered", len(l.asked))
		}
	}
	l.Granted(granted(100_000))
	if least := now + terms.Held() - terms.Window/fewest; !l.Holds(least) {
		t.Errorf("the lease ends before %v", least)
	}
}

func TestNoLease(t *testing.T) {
	var l Lease
	l.Ask(1, 5)
	l.Granted(granted(9))
	if l.Holds(0) || l.Holds(5) || len(l.asked) > 0 {
		t.Error("a lease without terms")
	}
	var g Grant
	g.Forgotten(5)
	if !g.To(later, 5) || !g.To(first, 5) || g.Binds(first, 5) != 0 || g.Binds(third, 0) != 0 {
		t.Error("without leases nobody is bound, and every heartbeat counts")
	}
	g.Release(third)
	if !g.To(first, 5) {
		t.Error("without leases a release means nothing")
	}
}

// A grant binds from when the request came, for the window and the margin,
// against everybody but the holder.
func TestGrantBinds(t *testing.T) {
	g := NewGrant(terms)
	if g.Binds(first, 0) != 0 {
		t.Error("bound before anything was granted")
	}
	if !g.To(first, 10*second) {
		t.Fatal("not granted")
	}
	end := 10*second + terms.Waited()
	if got := g.Binds(later, 10*second); got != terms.Waited() {
		t.Errorf("bound for %v, want %v", got, terms.Waited())
	}
	if g.Binds(later, end-1) != 1 || g.Binds(later, end) != 0 {
		t.Error("it must end at its window after the request, and the margin")
	}
	if g.Binds(third, 10*second) != 0 {
		t.Error("the holder itself may stand again")
	}
	g.To(first, 11*second)
	if g.Binds(later, end) == 0 {
		t.Error("a renewal did not move the end")
	}
}

// A later leader takes the grant over. A late request of the earlier one does not
// take it back.
func TestGrantGoesToTheHighestBallot(t *testing.T) {
	g := NewGrant(terms)
	g.To(first, 0)
	if !g.To(later, 1) || g.Binds(third, 2) == 0 || g.Binds(later, 2) != 0 {
		t.Error("the later leader did not take it over")
	}
	if g.To(first, 3) || g.Binds(third, 4) == 0 {
		t.Error("the earlier leader took it back")
	}
	if !g.To(later, 5) {
		t.Error("not renewed")
	}
}

func TestGrantRelease(t *testing.T) {
	g := NewGrant(terms)
	g.To(later, 0)
	g.Release(first)
	if g.Binds(first, 1) == 0 {
		t.Error("an earlier leader released what is not its own")
	}
	g.Release(later)
	if g.Binds(first, 1) != 0 || g.Binds(third, 1) != 0 {
		t.Error("still bound")
	}
	if g.To(later, 2) || g.Binds(third, 2) != 0 {
		t.Error("a request from before the release bound the member again")
	}
	if !g.To(third, 3) {
		t.Error("a later leader gets nothing")
	}
	g.Release(math.MaxUint64)
	if g.Binds(later, 4) != 0 {
		t.Error("still bound")
	}
}

// Who cannot know what it granted is bound for everybody, even for whom it has
// granted something since: that may be a leader of a lower ballot. A release does
// not end it.
func TestGrantForgotten(t *testing.T) {
	g := NewGrant(terms)
	g.Forgotten(10 * second)
	end := 10*second + terms.Waited()
	g.To(first, 10*second+1)
	for _, b := range []quorate.Ballot{first, later, third} {
		if g.Binds(b, end-1) == 0 {
			t.Errorf("%v is helped before what may have been granted ends", b)
		}
	}
	g.Release(first)
	if g.Binds(later, end-1) == 0 || g.Binds(later, end) != 0 {
		t.Error("a release ended what was forgotten")
	}
}

// clock runs at a rate that is right within the bound, and changes.
type clock struct {
	shown, true time.Duration
	rate        float64
}

func (c *clock) at(true time.Duration) time.Duration {
	return c.shown + time.Duration(float64(true-c.true)*c.rate)
}

// No member promises anything to others while the leader holds its lease, however
// long messages take, as long as the clocks keep the bound. Beyond it they do.
func TestLeaseEndsBeforeTheGrants(t *testing.T) {
	for _, wrong := range []float64{1, 1.5} {
		rng := rand.New(rand.NewPCG(1, 2))
		early := 0
		for range 20_000 {
			terms := LeaseTerms{Window: time.Duration(1 + rng.Int64N(int64(second))), ClockError: 0.3 * rng.Float64()}
			holder := clock{shown: time.Duration(rng.Int64N(int64(time.Hour))), rate: 1 + wrong*terms.ClockError*(2*rng.Float64()-1)}
			granter := clock{shown: time.Duration(rng.Int64N(int64(time.Hour))), rate: 1 + wrong*terms.ClockError*(2*rng.Float64()-1)}
			if rng.IntN(2) == 0 { // as wrong as can be
				holder.rate, granter.rate = 1-wrong*terms.ClockError, 1+wrong*terms.ClockError
			}
			came := time.Duration(rng.Int64N(int64(terms.Window) + 1)) // true time; the request left at zero
			if rng.IntN(2) == 0 {
				came = 2 // a clock shows whole nanoseconds
			}
			l, g := NewLease(terms), NewGrant(terms)
			l.Ask(1, holder.at(0))
			g.To(first, granter.at(came))
			l.Granted(granted(1))
			for range 20 {
				now := came + time.Duration(rng.Int64N(2*int64(terms.Window)))
				if l.Holds(holder.at(now)) && g.Binds(later, granter.at(now)) == 0 {
					early++
					if wrong == 1 {
						t.Fatalf("%+v: at %v the lease holds at %+v, and %+v is free", terms, now, holder, granter)
					}
				}
			}
		}
		if wrong > 1 && early == 0 {
			t.Error("clocks beyond the bound do no harm: the bound means nothing")
		}
	}
}
