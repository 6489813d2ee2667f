package quorate

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func testGrid(t testing.TB, zones, nodes int) *Cluster {
	t.Helper()
	c, err := Grid(zones, nodes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOutcomeString(t *testing.T) {
	for o, want := range map[Outcome]string{Pending: "pending", Won: "won", Lost: "lost", 9: "outcome(9)"} {
		if got := o.String(); got != want {
			t.Errorf("Outcome(%d).String() = %q, want %q", uint8(o), got, want)
		}
	}
}

type ballotPaper struct {
	member int
	yes    bool
}

func TestTallyRules(t *testing.T) {
	two := func(s Set) bool { return s.Len() >= 2 }
	three := func(s Set) bool { return s.Len() >= 3 }
	yes := func(i int) ballotPaper { return ballotPaper{i, true} }
	no := func(i int) ballotPaper { return ballotPaper{i, false} }
	for _, tc := range []struct {
		rule  string
		q     Quorum
		votes []ballotPaper
		want  Outcome
	}{
		{"one vote is not yet a majority", two, []ballotPaper{yes(0)}, Pending},
		{"a quorum of yes wins", two, []ballotPaper{yes(0), no(1), yes(3)}, Won},
		{"a duplicate counts once", two, []ballotPaper{yes(0), yes(0)}, Pending},
		{"a duplicate refusal counts once", three, []ballotPaper{no(0), no(0)}, Pending},
		{"lost as soon as the rest is no quorum", three, []ballotPaper{no(0), no(3)}, Lost},
		{"a tie is not lost while the rest is a quorum", two, []ballotPaper{no(0), no(1)}, Pending},
		{"a quorum smaller than half loses late", two, []ballotPaper{no(0), no(1), no(2)}, Lost},
		{"a stranger's vote does not count", two, []ballotPaper{yes(0), yes(4), yes(63), yes(64), yes(-1)}, Pending},
		{"a stranger's refusal does not count", three, []ballotPaper{no(0), no(4), no(64), no(-1)}, Pending},
		{"the first vote stands: yes, then no", two, []ballotPaper{yes(0), no(0), yes(1)}, Won},
		{"the first vote stands: no, then yes", two, []ballotPaper{no(0), yes(0), yes(1)}, Pending},
		{"won stays won", two, []ballotPaper{yes(0), yes(1), no(2), no(3)}, Won},
		{"lost stays lost", three, []ballotPaper{no(0), no(1), yes(2), yes(3)}, Lost},
	} {
		tally := NewTally(tc.q, SetOf(0, 1, 2, 3))
		var got Outcome
		for _, v := range tc.votes {
			got = tally.Vote(v.member, v.yes)
		}
		if got != tc.want || tally.Outcome() != tc.want {
			t.Errorf("%s: %v votes give %v (%v), want %v", tc.rule, tc.votes, got, tally.Outcome(), tc.want)
		}
	}
}

func TestTallyDecidedAtOnce(t *testing.T) {
	all := SetOf(0, 1)
	for _, tc := range []struct {
		need int
		want Outcome
	}{{0, Won}, {1, Pending}, {2, Pending}, {3, Lost}} {
		tally := NewTally(func(s Set) bool { return s.Len() >= tc.need }, all)
		if got := tally.Outcome(); got != tc.want {
			t.Errorf("%d of 2: %v before any vote, want %v", tc.need, got, tc.want)
		}
	}
	var zero Tally
	if got := zero.Vote(0, true); got != Pending {
		t.Errorf("the zero tally is %v after a vote, want pending", got)
	}
}

func TestTallyKnowsWhomToAskAgain(t *testing.T) {
	tally := NewTally(MajorityQuorums(testGrid(t, 1, 5)).Phase2, SetOf(0, 1, 2, 3, 4))
	tally.Vote(1, true)
	tally.Vote(4, false)
	if tally.Yes() != SetOf(1) || tally.No() != SetOf(4) || tally.Silent() != SetOf(0, 2, 3) {
		t.Errorf("yes %b, no %b, silent %b; want members 1, 4 and the rest", tally.Yes(), tally.No(), tally.Silent())
	}
}

// dumbTally decides a whole list of votes from scratch, in maps, by trying
// every way in which the members that have not refused could still vote.
func dumbTally(q Quorum, n int, votes []ballotPaper) Outcome {
	first := map[int]bool{}
	for _, v := range votes {
		if _, voted := first[v.member]; !voted && v.member >= 0 && v.member < n {
			first[v.member] = v.yes
		}
	}
	subsetOf := func(s Set, allowed func(i int) bool) bool {
		for i := range n {
			if s.Has(i) && !allowed(i) {
				return false
			}
		}
		return true
	}
	won, possible := false, false
	for s := range Set(1) << n {
		if !q(s) {
			continue
		}
		won = won || subsetOf(s, func(i int) bool { return first[i] })
		possible = possible || subsetOf(s, func(i int) bool { yes, voted := first[i]; return yes || !voted })
	}
	switch {
	case won:
		return Won
	case !possible:
		return Lost
	}
	return Pending
}

func TestTallyEqualsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "n")
		q := drawMonotone(t, "q", n)
		tally := NewTally(q, Set(1)<<n-1)
		var votes []ballotPaper
		for range rapid.IntRange(0, 12).Draw(t, "votes") {
			v := ballotPaper{rapid.IntRange(-1, n).Draw(t, "member"), rapid.Bool().Draw(t, "yes")}
			votes = append(votes, v)
			before := tally.Outcome()
			got := tally.Vote(v.member, v.yes)
			if want := dumbTally(q, n, votes); got != want {
				t.Fatalf("votes %v: %v, want %v", votes, got, want)
			}
			if before != Pending && got != before {
				t.Fatalf("votes %v: the final outcome %v turned to %v", votes, before, got)
			}
		}
	})
}

// drawMonotone draws a predicate: the supersets of some drawn sets. It may be
// satisfied by nothing, or by the empty set.
func drawMonotone(t *rapid.T, label string, n int) Quorum {
	bases := rapid.SliceOfN(rapid.Uint64Range(0, 1<<n-1), 0, 5).Draw(t, label)
	return func(acks Set) bool {
		for _, b := range bases {
			if Set(b)&^acks == 0 {
				return true
			}
		}
		return false
	}
}

func TestTallyDoesNotAllocate(t *testing.T) {
	c := testGrid(t, 3, 3)
	for _, s := range []QuorumSystem{MajorityQuorums(c), ZoneMajorityQuorums(c)} {
		allocs := testing.AllocsPerRun(100, func() {
			tally := NewTally(s.Phase2, c.All())
			for i := range 9 {
				tally.Vote(i, i%2 == 0)
			}
		})
		if allocs != 0 {
			t.Errorf("%v: nine votes allocate %v times", s, allocs)
		}
	}
}

func BenchmarkTallyVote(b *testing.B) {
	c := testGrid(b, 3, 3)
	weighted, err := WeightedQuorums(c, nil, 5, 5)
	if err != nil {
		b.Fatal(err)
	}
	zones, err := ZoneQuorums(c, 1, 1)
	if err != nil {
		b.Fatal(err)
	}
	grid, err := GridQuorums(c)
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range []QuorumSystem{MajorityQuorums(c), grid, zones, weighted} {
		name, _, _ := strings.Cut(s.Name, ":")
		b.Run(name, func(b *testing.B) { // every vote is one before the outcome
			b.ReportAllocs()
			start := NewTally(s.Phase2, c.All())
			tally, member := start, 0
			for b.Loop() {
				if member++; tally.Vote(member-1, true) == Won {
					tally, member = start, 0
				}
			}
		})
	}
}

func BenchmarkNewTally(b *testing.B) {
	c := testGrid(b, 1, 5)
	q := MajorityQuorums(c).Phase2
	b.ReportAllocs()
	for b.Loop() {
		tally := NewTally(q, c.All())
		if tally.Outcome() != Pending {
			b.Fatal("decided without votes")
		}
	}
}
