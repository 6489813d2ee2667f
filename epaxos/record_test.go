package epaxos_test

import (
	"slices"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
)

// What a member pre-accepts is one record. A vote that changes alone is another one,
// and counts from then on, also when the owner's part becomes known after it.
func TestRecords(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{})
	names := func() (names []string) {
		for _, op := range l.disk {
			names = append(names, op.Type[len(path):])
		}
		slices.Sort(names)
		return names
	}
	commands := []quorate.Command{command(1)}
	l.told(1, epaxos.PreAccept{ID: id(1, 0), Commands: commands, Deps: core.Deps{0, 0, 3}})
	if got := names(); !slices.Equal(got, []string{"Origin"}) {
		t.Errorf("pre-accepted: %v", got)
	}
	b := l.ballot(1, 2)
	l.told(2, epaxos.Recover{Ballot: b, ID: id(1, 0)})
	l.told(2, epaxos.Recover{Ballot: b, ID: id(1, 1)})
	if got := names(); !slices.Equal(got, []string{"Origin", "Vote", "Vote"}) {
		t.Errorf("promised: %v", got)
	}
	l.told(2, epaxos.Accept{Ballot: b, ID: id(1, 1), Value: core.Value{Commands: commands}})
	if got := names(); !slices.Equal(got, []string{"Origin", "Origin", "Vote", "Vote"}) {
		t.Errorf("accepted: %v", got)
	}
}
