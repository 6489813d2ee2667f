package pace

import (
	"testing"
	"time"
)

func TestEstimate(t *testing.T) {
	var e Estimate
	if e.Upper() != 0 {
		t.Errorf("%v without a measurement", e.Upper())
	}
	e.Add(0)
	if e.Upper() == 0 {
		t.Error("nothing is known after a measurement of nothing")
	}
	e = Estimate{}
	e.Add(100)
	if e.Upper() != 300 {
		t.Errorf("%d after one measurement of 100", e.Upper())
	}
	for range 100 {
		e.Add(100)
	}
	if e.Upper() < 100 || e.Upper() > 112 {
		t.Errorf("%d where all take 100", e.Upper())
	}
	for i := range time.Duration(100) {
		e.Add(90 + i%3*10)
	}
	if e.Upper() < 115 || e.Upper() > 150 {
		t.Errorf("%d where it takes 90 to 110", e.Upper())
	}
	for range 100 {
		e.Add(1000)
	}
	if e.Upper() < 1000 || e.Upper() > 1100 {
		t.Errorf("%d where it takes 1000 now", e.Upper())
	}
}

func TestMembers(t *testing.T) {
	m := New(6, 0) // the first asks, and the third never answered
	for i, d := range []time.Duration{1, 10, 0, 40, 20, 30} {
		for range 100 * min(d, 1) {
			m.Answered(i, time.Second, (1+d)*time.Second)
		}
	}
	about := func(what string, got, want time.Duration) {
		t.Helper()
		if got < want*time.Second || got > want*time.Second+time.Millisecond {
			t.Errorf("%s: %v, want %d s", what, got, want)
		}
	}
	for n, want := range []time.Duration{0, 10, 20, 30, 40, 0} {
		about("within", m.Within(n), want)
	}
	about("longest", m.Longest(time.Second, 0), 40)
	about("longest, at least", m.Longest(50*time.Second, 0), 50)
	none := New(3, 0)
	about("longest, unknown", none.Longest(time.Second, 2*time.Second), 2)
	about("retransmit", m.Retransmit(2, time.Second), 25)
	about("retransmit, at least", m.Retransmit(2, 26*time.Second), 26)
	about("retransmit, unknown", m.Retransmit(5, time.Second), 1)
	about("wait for the third", m.Wait(20*time.Second, 3, 2, time.Second), 10)
	about("wait for what is late", m.Wait(60*time.Second, 3, 2, time.Second), 1)
	about("wait for what takes longer than another round", m.Wait(15*time.Second, 4, 2, time.Second), 1)
	about("wait for what is not known", m.Wait(15*time.Second, 5, 2, time.Second), 1)

	m.Slow = m.Slow.Add(1).Add(3)
	about("within, two of them slow", m.Within(1), 20)
	about("longest, two of them slow", m.Longest(0, 0), 30)
	m.Answered(1, 0, 100*time.Second)
	about("within, one of them heard of again", m.Within(1), 10)
}
