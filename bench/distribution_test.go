package bench

import (
	"slices"
	"testing"
	"time"
)

func TestDistribution(t *testing.T) {
	h := newHistogram()
	if distributionOf(h) != nil {
		t.Error("a distribution of nothing")
	}
	for i := range 100_000 {
		record(h, time.Duration(i+1)*10*time.Microsecond)
	}
	d := distributionOf(h)
	if len(d) < 40 || len(d) > stepsPerHalf*halvings+2 {
		t.Errorf("%d steps", len(d))
	}
	if !slices.IsSortedFunc(d, func(a, b Share) int {
		if a.Millis < b.Millis && a.Share < b.Share {
			return -1
		}
		return 1
	}) {
		t.Errorf("%v does not rise", d)
	}
	for _, s := range d { // milliseconds are hundredths of the share
		if diff := s.Millis - 1000*s.Share; diff < -2 || diff > 2 {
			t.Errorf("%v of all took at most %v ms", s.Share, s.Millis)
		}
	}
	if last := d[len(d)-1]; last.Share != 1 || last.Millis != latencyOf(h).Max {
		t.Errorf("the last is %+v, want the slowest", last)
	}
	// No share is finer than one operation.
	few := newHistogram()
	for i := range 4 {
		record(few, time.Duration(i+1)*time.Millisecond)
	}
	if d := distributionOf(few); len(d) != 4 || d[3].Share != 1 {
		t.Errorf("of four: %+v", d)
	}
}

func TestMarks(t *testing.T) {
	c := Config{Zones: 1, Nodes: 3, Virtual: &Virtual{Kill: []int{0, 2}, KillAt: 1500 * time.Millisecond}}.WithDefaults()
	if got := c.marks(); !slices.Equal(got, []Mark{{1.5, "1.1 dies"}, {1.5, "1.3 dies"}}) {
		t.Errorf("marks %v", got)
	}
	if c.Virtual = nil; c.marks() != nil {
		t.Error("faults of a world that has none")
	}
}
