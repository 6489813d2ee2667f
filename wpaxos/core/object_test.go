package core

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

const (
	one = quorate.ID(1<<16 | 1)
	two = quorate.ID(2<<16 | 1)
)

var (
	low    = quorate.NewBallot(1, one)
	middle = quorate.NewBallot(1, two)
	high   = quorate.NewBallot(2, one)
)

func value(key string) []quorate.Command {
	return []quorate.Command{{Client: 1, Seq: 1, Op: quorate.OpPut, Key: key}}
}

func cluster(t *testing.T) (*quorate.Cluster, quorate.QuorumSystem) {
	t.Helper()
	c, err := quorate.Grid(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	q, err := quorate.ZoneQuorums(c, 1, 0) // two of three in either phase
	if err != nil {
		t.Fatal(err)
	}
	return c, q
}

// drain executes what can be.
func drain(o *Object) (slots []quorate.Slot) {
	for {
		e, ok := o.Execute()
		if !ok {
			return slots
		}
		slots = append(slots, e.Slot)
	}
}

// A higher ballot ends whatever the replica was in the object, and a lower one
// nothing.
func TestRaise(t *testing.T) {
	c, q := cluster(t)
	for _, tc := range []struct {
		name string
		make func() Object
	}{
		{"acceptor", func() Object { return Idle{Promised: middle}.Wake() }},
		{"thief", func() Object {
			o := Idle{Promised: low}.Wake()
			o.Steal(c, q.Phase1, middle)
			return o
		}},
		{"owner", func() Object {
			o := Idle{Promised: middle, Owns: true}.Wake()
			o.Propose(c, q.Phase2, value("a"), 0, c.All())
			return o
		}},
	} {
		o := tc.make()
		stands := o.Stands()
		if o.Raise(low) || o.Raise(middle) || o.Stands() != stands || o.Promised() != middle {
			t.Errorf("%s: ended by a ballot that is not higher", tc.name)
		}
		if !o.Raise(high) || o.Stands() || o.Promised() != high || o.Open() > 0 || o.Recovery() != nil {
			t.Errorf("%s: goes on under a higher ballot", tc.name)
		}
		if o.Count(0, middle, 0) || o.Count(1, middle, 0) || o.Count(2, middle, 0) {
			t.Errorf("%s: counts votes", tc.name)
		}
	}
}

// What a replica votes for, by ballot and by slot.
func TestVote(t *testing.T) {
	for _, tc := range []struct {
		name     string
		ballot   quorate.Ballot
		slot     quorate.Slot
		want     core.Verdict
		promised quorate.Ballot
	}{
		{"below the promise", low, 5, core.Refused, middle},
		{"far ahead, below the promise", low, 500, core.Refused, middle},
		{"executed and trimmed", middle, 4, core.Known, middle},
		{"next", middle, 5, core.Accepted, middle},
		{"under a higher ballot", high, 5, core.Accepted, high},
		{"a gap", middle, 5 + MaxHole, core.Accepted, middle},
		{"too large a gap", middle, 6 + MaxHole, core.Beyond, middle},
		{"too large a gap, higher", high, 6 + MaxHole, core.Beyond, middle},
	} {
		o := Idle{Promised: middle, Base: 5}.Wake()
		if got := o.Vote(tc.ballot, tc.slot, value("a")); got != tc.want || o.Promised() != tc.promised {
			t.Errorf("%s: %v, promised %v", tc.name, got, o.Promised())
		}
		if _, rests := o.Rest(); rests != (tc.want != core.Accepted) || o.Dangles() == rests {
			t.Errorf("%s: rests %v, dangles %v", tc.name, rests, o.Dangles())
		}
	}
}

// A thief proposes again what a quorum reports, learns what is chosen, fills holes,
// and begins new slots after that.
func TestWin(t *testing.T) {
	c, q := cluster(t)
	o := Idle{Promised: low, Base: 3}.Wake()
	o.Steal(c, q.Phase1, middle)
	if !o.Add(0, o.Report(3, 1<<20)) || o.Recovery().Outcome() != quorate.Pending {
		t.Error("its own promise is no quorum")
	}
	o.Add(1, core.Promise{From: 3, Next: 7, Entries: []core.Entry{
		{Slot: 3, Ballot: low, Chosen: true, Commands: value("a")},
		{Slot: 4, Ballot: low, Commands: value("b")},
		{Slot: 6, Ballot: low, Commands: value("d")},
	}})
	if o.Recovery().Outcome() != quorate.Won {
		t.Fatal("two of three are no quorum")
	}
	var keys []string
	o.Win(c, q.Phase2, func(commands []quorate.Command) {
		e := o.Propose(c, q.Phase2, commands, 0, c.All())
		if int(e.Slot) != 4+len(keys) || e.Ballot != middle {
			t.Errorf("proposes %+v", e)
		}
		keys = append(keys, e.Commands[0].Op.String()+" "+e.Commands[0].Key)
	})
	if len(keys) != 3 || keys[0] != "put b" || keys[1] != "nop " || keys[2] != "put d" {
		t.Errorf("proposes %v", keys)
	}
	if !o.Owns() || o.Committed() != 4 || len(drain(&o)) != 1 {
		t.Errorf("owns %v, committed %v", o.Owns(), o.Committed())
	}
	if e := o.Propose(c, q.Phase2, value("e"), 0, c.All()); e.Slot != 7 || o.Open() != 4 {
		t.Errorf("the first command of its own is in slot %v", e.Slot)
	}
	for _, s := range []quorate.Slot{4, 5, 6, 7} {
		if o.Count(0, middle, s) || !o.Count(1, middle, s) {
			t.Errorf("slot %v is not chosen by two of three", s)
		}
	}
	if len(drain(&o)) != 4 || o.Open() != 0 {
		t.Errorf("open %d", o.Open())
	}
	if from, upto := o.Trim(8); from != 3 || upto != 8 {
		t.Errorf("trims %v to %v", from, upto)
	}
	idle, rests := o.Rest()
	if !rests || idle != (Idle{middle, 8, true}) {
		t.Errorf("rests %v as %+v", rests, idle)
	}
	o = idle.Wake()
	if e := o.Propose(c, q.Phase2, value("f"), 0, c.All()); e.Slot != 8 || e.Ballot != middle {
		t.Errorf("after a rest it proposes %+v", e)
	}
}

// A state that comes in while phase 1 is under way makes promises begin later; those
// that began before count from there on.
func TestInstallInPhase1(t *testing.T) {
	c, q := cluster(t)
	entry := func(s quorate.Slot, key string) core.Entry {
		return core.Entry{Slot: s, Ballot: low, Commands: value(key)}
	}
	for _, tc := range []struct {
		name    string
		promise core.Promise
		counts  bool
		values  int
	}{
		{"it knows nothing more", core.Promise{From: 0, Next: 3, Entries: []core.Entry{entry(2, "a")}}, true, 0},
		{"it knows more", core.Promise{From: 0, Next: 6, Entries: []core.Entry{entry(2, "a"), entry(5, "b")}}, true, 1},
		{"a part that ends before", core.Promise{From: 0, Next: 3, More: true}, false, 0},
		{"a part that ends behind", core.Promise{From: 0, Next: 6, More: true, Entries: []core.Entry{entry(5, "b")}}, false, 1},
		{"a later part", core.Promise{From: 6, Next: 7, Entries: []core.Entry{entry(6, "c")}}, false, 0},
		{"one that has trimmed", core.Promise{From: 5, Next: 5, Base: 5}, true, 0},
		{"one that has trimmed more", core.Promise{From: 6, Next: 6, Base: 6}, false, 0},
	} {
		o := Idle{}.Wake()
		o.Steal(c, q.Phase1, middle)
		o.Install(5)
		if o.Committed() != 5 || o.Executed() != 5 || o.Recovery() == nil || o.Recovery().From() != 5 {
			t.Fatalf("installed: committed %v, executed %v", o.Committed(), o.Executed())
		}
		if got := o.Add(1, tc.promise); got != tc.counts || len(o.Recovery().Values()) != tc.values {
			t.Errorf("%s: counts %v, %d values", tc.name, got, len(o.Recovery().Values()))
		}
	}
}

// What becomes known while phase 1 is under way is not asked for any more, nor
// proposed again.
func TestLearnInPhase1(t *testing.T) {
	c, q := cluster(t)
	o := Idle{}.Wake()
	o.Vote(low, 0, value("a"))
	o.Steal(c, q.Phase1, middle)
	if o.CommitTo(low, 1); o.Recovery().From() != 1 {
		t.Errorf("after a commit from %v", o.Recovery().From())
	}
	if o.Learn(core.Entry{Slot: 1, Ballot: low, Commands: value("b")}); o.Recovery().From() != 2 || o.Recovery().Wanted(1) != 2 {
		t.Errorf("after an entry from %v", o.Recovery().From())
	}
}

// An owner that hears from others what it has not chosen itself is none any more: a
// slot of its own might be chosen twice.
func TestOwnerLearns(t *testing.T) {
	c, q := cluster(t)
	entry := core.Entry{Slot: 5, Ballot: high, Commands: value("b")}
	for name, learn := range map[string]func(o *Object){
		"an entry": func(o *Object) { o.Learn(entry) },
		"a state":  func(o *Object) { o.Install(6) },
	} {
		o := Idle{middle, 5, true}.Wake()
		o.Propose(c, q.Phase2, value("a"), 0, c.All())
		learn(&o)
		if o.Owns() || o.Open() > 0 || o.Committed() != 6 {
			t.Errorf("%s: owns %v, %d open, committed %v", name, o.Owns(), o.Open(), o.Committed())
		}
	}
	o := Idle{middle, 5, true}.Wake()
	if o.Learn(core.Entry{Slot: 4, Ballot: low, Commands: value("z")}) || o.Learn(core.Entry{Slot: 6 + MaxHole, Ballot: high, Commands: value("z")}) || !o.Owns() || o.Len() > 0 {
		t.Error("what is known, or too far ahead, is of no use")
	}
}

// What lies far beyond what is on disk waits for a trim: votes, and what is held.
func TestFar(t *testing.T) {
	for gap, far := range map[quorate.Slot]bool{core.Span: false, core.Span + 1: true} {
		o := Idle{Promised: middle, Base: 5}.Wake()
		base := 5 + gap
		o.Install(base)
		entry := core.Entry{Slot: base, Ballot: middle, Commands: value("a")}
		verdict := o.Vote(high, base, value("a"))
		_, _, held := o.Hold(entry)
		if o.Far() != far || (verdict == core.Beyond) != far || held == far || (o.Promised() == high) == far {
			t.Errorf("%d behind: far %v, verdict %v, held %v, promised %v", gap, o.Far(), verdict, held, o.Promised())
		}
		if o.Vote(low, base, value("a")) != core.Refused {
			t.Errorf("%d behind: a lower ballot is not refused", gap)
		}
		o.Trim(base)
		if o.Far() || o.Vote(high, base, value("a")) == core.Beyond {
			t.Errorf("%d behind: no vote after a trim", gap)
		}
	}
}

// Trim keeps what is not executed, and knows what may be on disk.
func TestTrim(t *testing.T) {
	o := Idle{Base: 2}.Wake()
	for s := quorate.Slot(2); s < 5; s++ {
		o.Learn(core.Entry{Slot: s, Ballot: low, Commands: value("a")})
	}
	o.Execute()
	if from, upto := o.Trim(9); from != 2 || upto != 3 || o.Base() != 3 {
		t.Errorf("trims %v to %v", from, upto)
	}
	if from, upto := o.Trim(3); from != upto {
		t.Errorf("trims again, %v to %v", from, upto)
	}
	o.Install(7) // what is on disk stays until the state is
	if from, upto := o.Trim(7); from != 3 || upto != 7 {
		t.Errorf("after a state came: %v to %v", from, upto)
	}
}
