package sim

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/client"
)

// every arrives every so often, for the clients by turns.
func every(gap time.Duration) func() (time.Duration, int) {
	n := 0
	return func() (time.Duration, int) {
		n++
		return time.Duration(n-1) * gap, n - 1
	}
}

// arrive runs an open loop in which a call takes a member 25 us, and returns what the
// calls took from when they were meant to begin, how many were shed, and how many waited.
func arrive(t *testing.T, spec Spec, a Arrivals) (took []time.Duration, shed, most int) {
	t.Helper()
	a.Waits = func(_ time.Duration, waiting int, lost bool) {
		if most = max(most, waiting); lost {
			shed++
		}
	}
	load := Load{From: 150 * ms, Arrivals: &a, Next: put, Ended: func(_ int, called, returned time.Duration, _ *client.Outcome) {
		took = append(took, returned-called)
	}}
	out, err := Measure(context.Background(), toySubject(""), spec, load, Options{})
	if err != nil || out.Violation != nil {
		t.Fatal(err, out)
	}
	return took, shed, most
}

func TestArrivals(t *testing.T) {
	spec := busySpec(40, Service{In: 10 * us, Out: 3 * us, Copy: 2 * us, Command: 7 * us})
	spec.Network.Base = 0 // so that those who pass requests on are no farther
	// Once every 100 us: nobody waits, and after the first moments, in which clients come
	// to their places, all take what the work takes, and a hop where it is passed on.
	took, shed, _ := arrive(t, spec, Arrivals{Next: every(100 * us), Backlog: 1000})
	if n := len(took); n < 1490 || n > 1500 || shed != 0 {
		t.Errorf("%d calls, %d shed", n, shed)
	}
	late := took[len(took)/2:]
	if slices.Min(late) != 225*us || slices.Max(late) > 300*us {
		t.Errorf("%v to %v", slices.Min(late), slices.Max(late))
	}
	again, _, _ := arrive(t, spec, Arrivals{Next: every(100 * us), Backlog: 1000})
	if !slices.Equal(took, again) {
		t.Error("one world, two outcomes")
	}
	// Once every 20 us, where 25 are needed: a fifth is too much. They wait longer and
	// longer, up to a backlog; the rest is shed, and never slowed.
	took, shed, most := arrive(t, spec, Arrivals{Next: every(20 * us), Backlog: 500})
	if n := len(took) + shed; n < 6900 || n > 7500 || shed < 300 || most != 500 {
		t.Errorf("%d calls, %d of them shed, at most %d waiting", n, shed, most)
	}
	if long := slices.Max(took[len(took)/2:]); long < 500*25*us || long > 560*25*us+ms {
		t.Errorf("the last ones took %v, behind a backlog of %v", long, 500*25*us)
	}
}

func TestArrivalsRefuse(t *testing.T) {
	ended := func(int, time.Duration, time.Duration, *client.Outcome) {}
	for _, a := range []Arrivals{{}, {Next: every(ms), Backlog: -1}} {
		if _, err := Measure(context.Background(), toySubject(""), loadSpec(), Load{Next: put, Ended: ended, Arrivals: &a}, Options{}); err == nil {
			t.Errorf("%+v was measured", a)
		}
	}
}
