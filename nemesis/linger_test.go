package nemesis

import "testing"

// A leader may linger: it is cut off after it served somebody, and its clock
// slows down at the same moment, for as long.
func TestLeadersLinger(t *testing.T) {
	d := everything(t)
	for _, on := range []string{OnElected, OnSend("Reply")} {
		pairs := 0
		for seed := range seeds / 4 {
			faults := d.seeded(seed)
			for i, f := range faults[1:] {
				slow := faults[i]
				if slow.Kind != Drift || f.Shape != ShapeIsolate || slow.At != f.At || slow.For != f.For {
					continue
				}
				if slow.After == nil || f.After == nil || *slow.After != *f.After || f.After.On != on {
					t.Fatalf("seed %d: %v, and %v", seed, slow, f)
				}
				pairs++
			}
		}
		if pairs < seeds/40 {
			t.Errorf("on %s: %d pairs", on, pairs)
		}
		d.Messages = append(d.Messages, "Reply")
	}
}
