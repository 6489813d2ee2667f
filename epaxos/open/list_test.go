package open_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/open"
)

// What is not committed is asked for, and then recovered, ever more seldom. What
// somebody waits for is not given more time, and what is alive or committed is left
// alone.
func TestDue(t *testing.T) {
	const ms = time.Millisecond
	exact := func(d time.Duration) time.Duration { return d }
	l := open.New(open.Config{Rows: 1, Patience: 200 * ms, Reply: func() time.Duration { return 100 * ms }, Asked: 2, Jitter: exact})
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
		ask, recover := l.Due(now, func(id core.ID) bool { return id == alive.ID })
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
		{250, "[0/3] [0/3]"},
		{300, "[] []"},
		{601, "[0/2 0/4] []"}, // patient three times as long
		{650, "[] []"},
		{702, "[0/2 0/4] [0/2 0/4]"},
		{1049, "[] []"},
		{1051, "[0/3] [0/3]"}, // four times its patience later
		{1503, "[0/2] [0/2]"}, // 0/4 was given to somebody else
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
		before time.Duration // nothing is due
	}{
		{time.Millisecond, 0, 133 * ms}, // no less than two thirds
		{300 * ms, 0, 370 * ms},
		{time.Hour, 0, 1600 * ms},                     // no more than eight times as much
		{300 * ms, quorate.NewBallot(1, 1), 200 * ms}, // decided by another
	} {
		l := open.New(open.Config{Rows: 2, Patience: 200 * ms, Reply: func() time.Duration { return 100 * ms }, Asked: 2, Jitter: exact})
		table := core.NewTable(2)
		for number := range uint64(50) {
			i := table.Open(core.ID{Row: 1, Number: number})
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
				if ask, _ := l.Due(at, func(core.ID) bool { return false }); len(ask) > 0 {
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
