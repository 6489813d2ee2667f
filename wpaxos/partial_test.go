package wpaxos_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/script"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/steal"
)

// TestPartialAvailability: however many members are lost in each zone, an owner goes
// on if those that are left contain a quorum of phase 2, in whatever zones, and never
// with fewer; another takes its object if they contain one of phase 1 as well, and
// finds what was acknowledged. Else clients are told in time why not, and who is
// silent. When all are back nothing is lost.
func TestPartialAvailability(t *testing.T) {
	c := members(t, 3, 3, 3)
	for _, fz := range []int{0, 1} {
		q := zones(t, c, fz, 1)
		for left := range 64 {
			counts := [3]int{left % 4, left / 4 % 4, left / 16}
			if testing.Short() && left%5 > 0 {
				continue
			}
			if counts[0] > 0 {
				partial(t, q, counts, id(1, 1))
			}
			if counts[2] > 0 {
				partial(t, q, counts, id(3, 1))
			}
		}
	}
}

// partial leaves the first members of each zone alive, and asks one of them for a
// key that 1.1 owned before.
func partial(t *testing.T, q quorate.QuorumSystem, counts [3]int, asked quorate.ID) {
	t.Helper()
	c := q.Cluster
	name := fmt.Sprintf("%s, %v left, %v asked", q.Name, counts, asked)
	w := newWorld(t, c, 1, wpaxos.Config{Quorums: q, Policy: steal.Policy{Kind: steal.Immediate}, Residence: 1}, nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(name, ": ", err)
		}
	}
	must(w.Request(id(1, 1), put(1, 1, "X", w.Now())))
	w.Settle()
	var alive quorate.Set
	for i, id := range c.IDs() {
		if int(id.Node()) <= counts[id.Zone()-1] {
			alive = alive.Add(i)
		} else {
			must(w.Crash(id))
		}
	}
	w.Run(10 * time.Millisecond)
	r := get(1, 2)
	r.Timeout = 2500 * time.Millisecond
	must(w.Request(asked, r))
	for i := 0; len(w.Answers()) < 2 && i < 30; i++ {
		w.Run(100 * time.Millisecond)
	}
	if len(w.Answers()) < 2 {
		t.Fatalf("%s: nothing is said", name)
	}
	steals, commits := asked != id(1, 1), q.Phase2(alive)
	may := commits && (!steals || q.Phase1(alive))
	switch got := w.Answers()[1].Reply; {
	case may && (got.Status != quorate.Done || string(got.Value) != "X"):
		t.Errorf("%s: %v (%v: %s), %q", name, got.Status, got.Reason, got.Value, got.Value)
	case may:
	case got.Status == quorate.Done:
		t.Errorf("%s: done by fewer than a quorum", name)
	case got.Reason != quorate.ReasonNoQuorum || !strings.Contains(string(got.Value), silent(c, counts)):
		t.Errorf("%s: %v, %v: %s, want it to name %s", name, got.Status, got.Reason, got.Value, silent(c, counts))
	case got.Status == quorate.NotExecuted != (steals && !q.Phase1(alive)):
		t.Errorf("%s: %v", name, got.Status)
	}
	for i, id := range c.IDs() {
		if !alive.Has(i) {
			must(w.Restart(id))
		}
	}
	must(w.Request(id(2, 2), get(2, 1)))
	for i := 0; i < 60 && w.Answers()[len(w.Answers())-1].Reply.Client != 2; i++ {
		w.Run(100 * time.Millisecond)
	}
	if last := w.Answers()[len(w.Answers())-1].Reply; last.Client != 2 || string(last.Value) != "X" {
		t.Errorf("%s: when all are back: %v %v, %q", name, last.Status, last.Reason, last.Value)
	}
	must(w.Err())
	must(script.Linearizable(w))
}

// silent is how those that are lost are named.
func silent(c *quorate.Cluster, counts [3]int) string {
	var words []string
	for z, left := range counts {
		for n := left + 1; n <= 3; n++ {
			words = append(words, fmt.Sprintf("%d.%d", z+1, n))
		}
		if left == 0 {
			words = append(words[:len(words)-3], fmt.Sprint("zone ", z+1))
		}
	}
	return strings.Join(words, ", ")
}
