package open_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/open"
)

// first draws the first.
func first(int) int { return 0 }

// What is not committed is asked for, and then recovered, ever more seldom. What
// somebody waits for is not given more time, and what is alive or committed is left
// alone.
func TestDue(t *testing.T) {
	const ms = time.Millisecond
	exact := func(d time.Duration) time.Duration { return d }
	l := open.New(open.Config{Rows: 1, Patience: 200 * ms, Reply: func() time.Duration { return 100 * ms }, Asked: 2, Jitter: exact, Draw: first})
	table := core.NewTable(1)
	add := func(number uint64) *core.Instance {
		i := table.Open(core.ID{Number: number})
		l.Add(i, 0)
		return i
	}
	alive, committed := add(0), add(1)
	for number := range uint64(3) {
		add(2 + number)
	}
	table.Commit(committed, core.Value{})
	due := func(now time.Duration) string {
		ask, recover := l.Due(now, 9, func(id core.ID) bool { return id == alive.ID })
		var ids []core.ID
		for _, e := range recover {
			ids = append(ids, e.ID)
		}
		return fmt.Sprint(ask, ids)
	}
	l.Hurry(core.ID{Number: 3}, 0)
	for _, tc := range []struct {
		at   time.Duration
		want string
	}{
		{24, "[] []"},
		{26, "[0/3] []"}, // in a hurry
		{250, "[] [0/3]"},
		{300, "[] []"},
		{601, "[0/2 0/4] []"}, // patient three times as long
		{650, "[] []"},
		{702, "[] [0/2 0/4]"},
		{1049, "[] []"},
		{1051, "[] [0/3]"}, // four times its patience later
		{1503, "[] [0/2]"}, // 0/4 was given to somebody else
	} {
		if got := due(tc.at * ms); got != tc.want {
			t.Errorf("after %v: %s, want %s", tc.at*ms, got, tc.want)
		}
		if tc.at == 1051 {
			l.BackOff(core.ID{Number: 4}, quorate.NewBallot(1, 1), 1051*ms)
		}
	}
}

// How long an instance is given follows from how long others of its row took.
func TestPatience(t *testing.T) {
	const ms = time.Millisecond
	exact := func(d time.Duration) time.Duration { return d }
	for _, tc := range []struct {
		took   time.Duration
		voted  quorate.Ballot
		late   bool          // the owner's proposal never came
		before time.Duration // nothing is due
	}{
		{time.Millisecond, 0, false, 133 * ms}, // no less than two thirds
		{300 * ms, 0, false, 370 * ms},
		{300 * ms, 0, true, 200 * ms},                        // was waited for by this member alone
		{time.Hour, 0, false, 1600 * ms},                     // no more than eight times as much
		{300 * ms, quorate.NewBallot(1, 1), false, 200 * ms}, // decided by another
	} {
		l := open.New(open.Config{Rows: 2, Patience: 200 * ms, Reply: func() time.Duration { return 100 * ms }, Asked: 2, Jitter: exact, Draw: first})
		table := core.NewTable(2)
		for number := range uint64(50) {
			i := table.Open(core.ID{Row: 1, Number: number})
			if !tc.late {
				table.PreAccept(i, []quorate.Command{{Op: quorate.OpPut, Key: "k"}}, nil)
			}
			l.Add(i, 0)
			table.Commit(i, core.Value{})
			i.Voted = tc.voted
			l.Committed(i, tc.took)
		}
		for row, want := range []time.Duration{200 * ms, tc.before} {
			i := table.Open(core.ID{Row: uint8(row), Number: 60})
			l.Add(i, 0)
			l.Hurry(i.ID, time.Hour) // it is waited for, though not yet due
			for at := time.Duration(0); ; at += 10 * ms {
				if ask, _ := l.Due(at, 9, func(core.ID) bool { return false }); len(ask) > 0 {
					if at < want || at > want+20*ms {
						t.Errorf("took %v, row %d: due after %v, want %v", tc.took, row, at, want)
					}
					break
				}
			}
			table.Commit(i, core.Value{})
		}
	}
}

// What is not asked for, since there is too much, is asked for next time; what is not
// tried is due again.
func TestMuchIsDue(t *testing.T) {
	l := open.New(open.Config{Rows: 1, Patience: 10, Reply: func() time.Duration { return 10 }, Asked: 2, Jitter: func(d time.Duration) time.Duration { return d }, Draw: first})
	table := core.NewTable(1)
	for number := range uint64(5) {
		i := table.Open(core.ID{Number: number})
		l.Add(i, 0)
		l.Hurry(i.ID, 100)
	}
	none := func(core.ID) bool { return false }
	for _, want := range []int{2, 2, 1, 0} {
		if ask, recover := l.Due(1000, 9, none); len(ask) != want || len(recover) != 0 {
			t.Errorf("asked for %v, which should be %d, and to recover %v", ask, want, recover)
		}
	}
	for _, want := range []int{0, 2, 3, 0} {
		ask, recover := l.Due(1010, want, none)
		for _, e := range recover {
			if e.Again() != 0 {
				t.Errorf("%v was recovered %d times before", e.ID, e.Again())
			}
		}
		if len(ask) != 0 || len(recover) != want {
			t.Errorf("%d to recover and %d to ask for, with room for %d", len(recover), len(ask), want)
		}
	}
	if _, recover := l.Due(1050, 9, none); len(recover) != 5 || recover[4].Again() != 1 {
		t.Errorf("%d to recover again", len(recover))
	}
	for _, want := range []int{2, 2, 1, 0} { // who may not recover
		if ask, recover := l.Due(1200, -1, none); len(ask) != want || len(recover) != 0 {
			t.Errorf("asked for %v, which should be %d, and to recover %v", ask, want, recover)
		}
	}
}

// What to recover is drawn.
func TestDrawn(t *testing.T) {
	table, last := core.NewTable(1), func(n int) int { return n - 1 }
	l := open.New(open.Config{Rows: 1, Patience: 10, Reply: func() time.Duration { return 10 }, Asked: 9, Jitter: func(d time.Duration) time.Duration { return d }, Draw: last})
	for number := range uint64(4) {
		i := table.Open(core.ID{Number: number})
		l.Add(i, 0)
		l.Hurry(i.ID, 100)
	}
	none := func(core.ID) bool { return false }
	l.Due(1000, 9, none)
	if _, recover := l.Due(1010, 2, none); len(recover) != 2 || recover[0].ID.Number != 3 || recover[1].ID.Number != 0 {
		t.Errorf("recovers %v", recover)
	}
}

// The list is looked through ever more seldom while nothing is open and all is quiet,
// and soon again when something is.
func TestRest(t *testing.T) {
	var woken []time.Duration
	l := open.New(open.Config{Rows: 1, Patience: 4, Wake: func(d time.Duration) { woken = append(woken, d) }})
	table := core.NewTable(1)
	for range 5 {
		l.Rest(true)
	}
	i := table.Open(core.ID{})
	l.Add(i, 1)
	l.Add(table.Open(core.ID{Number: 1}), 1) // it is awake
	l.Rest(true)                             // not everything is
	l = open.New(open.Config{Rows: 1, Patience: 4, Wake: func(d time.Duration) { woken = append(woken, d) }})
	l.Rest(true)
	l.Rest(false)
	l.Rest(true)
	if got := fmt.Sprint(woken); got != "[2ns 4ns 8ns 8ns 8ns 1ns 1ns 2ns 1ns 2ns]" {
		t.Error(got)
	}
}
