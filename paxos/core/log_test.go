package core

import (
	"fmt"
	"slices"
	"testing"

	"github.com/quorate/quorate"
)

var (
	low    = quorate.NewBallot(1, 1<<16|1)
	middle = quorate.NewBallot(2, 1<<16|2)
	high   = quorate.NewBallot(3, 1<<16|3)
)

func value(s string) []quorate.Command {
	return []quorate.Command{{Client: 1, Seq: 1, Op: quorate.OpPut, Key: "k", Value: []byte(s)}}
}

// A log that promised middle; slots 0 and 1 are trimmed, 2 and 3 chosen, 4 is
// accepted under low, 5 is empty, 6 is chosen beyond the hole.
func sample() *Log {
	l := &Log{}
	for s := range quorate.Slot(5) {
		l.Accept(low, s, value(fmt.Sprint("v", s)))
	}
	for s := range quorate.Slot(4) {
		l.Choose(s)
	}
	l.Trim(2)
	l.Learn(6, low, value("v6"))
	l.Promise(middle)
	return l
}

// TestAcceptRelations goes through every relation of the request's ballot to
// the promise and of its slot to what the log knows of it.
func TestAcceptRelations(t *testing.T) {
	slots := []struct {
		name  string
		slot  quorate.Slot
		known bool // chosen here
	}{
		{"trimmed", 1, true}, {"chosen", 3, true}, {"accepted lower", 4, false},
		{"empty", 5, false}, {"chosen beyond a hole", 6, true}, {"next", 7, false}, {"beyond", 4 + Span, false},
	}
	for _, ballot := range []quorate.Ballot{low, middle, high} {
		for _, s := range slots {
			t.Run(fmt.Sprintf("%v %s", ballot, s.name), func(t *testing.T) {
				l := sample()
				commands := value("new")
				if s.known {
					commands = value(fmt.Sprint("v", s.slot)) // an honest leader proposes the chosen value
				}
				before, hadBefore := l.Entry(s.slot)
				committed, length := l.Committed(), l.Len()
				got := l.Accept(ballot, s.slot, commands)

				want := Accepted
				switch {
				case ballot < middle:
					want = Refused
				case s.slot >= 4+Span:
					want = Beyond
				case s.known:
					want = Known
				}
				if got != want {
					t.Fatalf("verdict %v, want %v", got, want)
				}
				after, has := l.Entry(s.slot)
				if want != Accepted && (has != hadBefore || !equal(before, after) || l.Len() > max(length, 7)) {
					t.Errorf("entry changed from %+v to %+v", before, after)
				}
				if want == Accepted && !equal(after, Entry{s.slot, ballot, false, commands}) {
					t.Errorf("entry is %+v", after)
				}
				promise := middle
				if want == Accepted || want == Known {
					promise = ballot // a vote is a promise
				}
				if l.Promised() != promise {
					t.Errorf("promised %v, want %v", l.Promised(), promise)
				}
				if l.Committed() != committed {
					t.Errorf("an accept moved the commit index to %v", l.Committed())
				}
			})
		}
	}
}

func equal(a, b Entry) bool {
	return a.Slot == b.Slot && a.Ballot == b.Ballot && a.Chosen == b.Chosen && sameCommands(a.Commands, b.Commands)
}

func TestPromiseNeverFalls(t *testing.T) {
	l := &Log{}
	for range 2 {
		if !l.Promise(middle) {
			t.Error("a promise, or the same again, was refused")
		}
	}
	if l.Promise(low) || l.Promised() != middle {
		t.Error("a lower ballot was promised")
	}
	if !l.Promise(high) || l.Promised() != high {
		t.Error("a higher ballot was refused")
	}
}

func TestSameBallotTwoValuesPanics(t *testing.T) {
	l := &Log{}
	l.Accept(low, 0, value("a"))
	if l.Accept(low, 0, value("a")) != Known {
		t.Error("a duplicate is no vote, or would be stored again")
	}
	mustPanic(t, func() { l.Accept(low, 0, value("b")) })
}

func TestTwoChosenValuesPanic(t *testing.T) {
	l := sample()
	l.Learn(3, high, value("v3"))
	mustPanic(t, func() { l.Learn(3, high, value("other")) })
}

func mustPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f()
}

// A follower must not take its own accepted value for the chosen one just
// because the leader committed that slot: its value may be from an older ballot.
func TestCommitToNeedsTheLeadersBallot(t *testing.T) {
	l := &Log{}
	l.Accept(high, 0, value("a"))
	l.Accept(high, 1, value("b"))
	l.entries[1].Ballot = low // accepted before the leader's time
	l.Accept(high, 2, value("c"))
	if got := l.CommitTo(high, 3); got != 1 || l.Committed() != 1 {
		t.Fatalf("committed to %v, want 1", got)
	}
	if !l.Learn(1, high, value("b2")) {
		t.Error("a different chosen value was not news")
	}
	if l.CommitTo(high, 3) != 3 {
		t.Errorf("committed to %v, want 3", l.Committed())
	}
	if got := l.CommitTo(high, 9); got != 3 {
		t.Errorf("committed to %v beyond what is known", got)
	}
}

func TestLearnSaysWhatMustBePersisted(t *testing.T) {
	l := &Log{}
	l.Accept(low, 0, value("a"))
	if l.Learn(0, high, value("a")) {
		t.Error("the accepted value was called news")
	}
	if !l.Learn(1, high, value("b")) || l.Learn(1, high, value("b")) {
		t.Error("an unknown value is news once")
	}
	if l.Committed() != 2 {
		t.Errorf("committed %v", l.Committed())
	}
}

func TestTrim(t *testing.T) {
	l := sample()
	l.Trim(4)
	if l.Base() != 4 || l.Committed() != 4 || l.Len() != 3 {
		t.Fatalf("base %v committed %v len %v", l.Base(), l.Committed(), l.Len())
	}
	if l.Accept(high, 3, value("late")) != Known || l.Len() != 3 {
		t.Error("a late request for a trimmed slot made an entry")
	}
	if l.Learn(2, high, value("v2")) || l.Len() != 3 {
		t.Error("a late commit of a trimmed slot made an entry")
	}
	l.Trim(100) // a snapshot
	if l.Base() != 100 || l.Committed() != 100 || l.Len() != 0 || l.End() != 100 {
		t.Errorf("after a snapshot: base %v committed %v len %v", l.Base(), l.Committed(), l.Len())
	}
	l.Trim(50)
	if l.Base() != 100 {
		t.Error("the base fell")
	}
}

func TestTrimPullsTheCommitIndexOverChosenSlots(t *testing.T) {
	l := &Log{}
	l.Learn(3, low, value("v3"))
	l.Trim(3)
	if l.Committed() != 4 {
		t.Errorf("committed %v, want 4", l.Committed())
	}
}

func TestRestoreForgetsNoVote(t *testing.T) {
	l := &Log{}
	l.Restore(Entry{Slot: Span + 10, Ballot: high, Commands: value("far")})
	if _, ok := l.Entry(Span + 10); !ok || l.Promised() != high {
		t.Error("a restored vote was dropped, or its promise")
	}
}

func TestEntriesAreCutAtTheLimit(t *testing.T) {
	l := sample()
	all, next := l.Entries(0, l.End(), 1<<20)
	if len(all) != 4 || next != 7 { // 2, 3, 4 and 6
		t.Fatalf("%d entries, next %v", len(all), next)
	}
	var parts []Entry
	for from := quorate.Slot(0); from < l.End(); {
		part, next := l.Entries(from, l.End(), 1)
		if len(part) > 1 || next <= from {
			t.Fatalf("part of %d entries from %v, next %v", len(part), from, next)
		}
		parts = append(parts, part...)
		from = next
	}
	if !slices.EqualFunc(all, parts, equal) {
		t.Errorf("parts %v differ from the whole %v", parts, all)
	}
}

func TestBytesAreThoseOfTheEntries(t *testing.T) {
	l := &Log{}
	check := func(when string) {
		t.Helper()
		want := 0
		for s := l.Base(); s < l.End(); s++ {
			if e, ok := l.Entry(s); ok {
				want += Size(e.Commands)
			}
		}
		if l.Bytes() != want {
			t.Errorf("%s: %d bytes, its entries have %d", when, l.Bytes(), want)
		}
	}
	l.Accept(low, 0, value("a"))
	l.Accept(low, 2, value("bb"))
	check("accepted")
	l.Accept(middle, 0, value("longer"))
	check("replaced")
	l.Learn(2, high, value("c"))
	l.Restore(Entry{Slot: 4, Ballot: high, Commands: value("d")})
	check("learnt and restored")
	l.Trim(1)
	check("trimmed")
	l.Trim(100)
	check("trimmed beyond the end")
}

func TestKnownEntriesAreChosen(t *testing.T) {
	l := &Log{}
	l.Know(2)
	for s := range quorate.Slot(3) {
		l.Restore(Entry{Slot: s, Ballot: low, Commands: value("a")})
	}
	if e, _ := l.Entry(2); l.Committed() != 2 || e.Chosen {
		t.Errorf("committed %v", l.Committed())
	}
}
