package sim

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// Events of a made-up story, and what is counted of it.
func TestElectionsAreCounted(t *testing.T) {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	ballot := func(counter uint32, member int) quorate.Ballot { return quorate.NewBallot(counter, cluster.ID(member)) }
	w := &world{cluster: cluster}
	l := newElectionWatch(&Spec{Zones: 1, Nodes: 3, Seed: 1})
	at := func(now int, member int, events ...quorate.Event) {
		w.now = time.Duration(now) * time.Millisecond
		for _, e := range events {
			l.observe(w, member, e)
		}
	}
	win := func(member int, b quorate.Ballot) []quorate.Event {
		return []quorate.Event{quorate.Stood{Ballot: b}, quorate.Elected{Ballot: b}, quorate.Chosen{Ballot: b}}
	}
	at(1, 0, win(0, ballot(1, 0))...) // the first leader follows nobody
	if l.open || l.leader != 0 || len(l.all) != 0 {
		t.Fatalf("%+v", l)
	}
	w.now, l.victim = 100*time.Millisecond, 0 // it is taken away
	l.begin(w, true)
	at(110, 0, quorate.Stood{Ballot: ballot(9, 0)}, quorate.Elected{Ballot: ballot(9, 0)}) // nobody hears that
	at(120, 1, quorate.Probed{Verdict: quorate.Won}, quorate.Stood{Ballot: ballot(2, 1)})
	at(130, 2, quorate.Stood{Ballot: ballot(2, 2)})
	at(140, 1, quorate.Stood{Ballot: ballot(3, 1)}, quorate.Elected{Ballot: ballot(3, 1)}, quorate.Chosen{Ballot: ballot(1, 0)}) // its predecessor's
	at(150, 2, quorate.Chosen{Ballot: ballot(3, 1)})                                                                             // who only follows
	at(160, 1, quorate.Chosen{Ballot: ballot(3, 1)})
	want := Election{Ballots: 3, Winner: 2, Stood: 2, Probes: 1, Took: 60 * time.Millisecond, Forced: true}
	if len(l.all) != 1 || l.all[0] != want || l.victim != -1 {
		t.Fatalf("%+v, want %+v", l.all, want)
	}
	at(170, 0, quorate.Chosen{Ballot: ballot(1, 0)}) // it is back, and learns late
	at(180, 2, quorate.Stood{Ballot: ballot(4, 2)})
	at(190, 1, quorate.SteppedDown{Ballot: ballot(3, 1), By: ballot(4, 2)})
	at(195, 1, quorate.Chosen{Ballot: ballot(3, 1)}) // late again
	at(200, 2, quorate.Elected{Ballot: ballot(4, 2)})
	at(205, 0, quorate.Stood{Ballot: ballot(5, 0)}) // still under way at the end of the election
	at(210, 2, quorate.Chosen{Ballot: ballot(4, 2)})
	want = Election{Ballots: 2, Winner: 1, Stood: 2, Took: 20 * time.Millisecond}
	if len(l.all) != 2 || l.all[1] != want {
		t.Fatalf("%+v, want %+v", l.all, want)
	}
	at(220, 0, quorate.Elected{Ballot: ballot(5, 0)}, quorate.Chosen{Ballot: ballot(5, 0)})
	want = Election{Ballots: 1, Winner: 1, Stood: 1}
	if len(l.all) != 3 || l.all[2] != want {
		t.Fatalf("%+v, want %+v", l.all, want)
	}
	w.now, l.victim = time.Second, 0
	l.begin(w, true)
	w.now = time.Minute
	if l.over(w); l.late != 1 {
		t.Error("an election without end was not seen")
	}
	w.ended = true
	at(70_000, 1, win(1, ballot(8, 1))...)
	if len(l.all) != 3 {
		t.Error("what comes after the faults was counted")
	}
}

func TestSpread(t *testing.T) {
	var values []float64
	for i := range 1000 {
		values = append(values, float64(1000-i))
	}
	if got, want := spreadOf(values), (Spread{500.5, 500, 900, 990, 999, 1000}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := spreadOf([]float64{7}); got != (Spread{7, 7, 7, 7, 7, 7}) || spreadOf(nil) != (Spread{}) {
		t.Errorf("%+v", got)
	}
}
