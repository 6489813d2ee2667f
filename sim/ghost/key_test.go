package ghost

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"github.com/quorate/quorate"
)

// TestKeyKnowsAllFields: whoever adds a field decides whether verdicts depend on
// it, and puts it into the key or into this list.
func TestKeyKnowsAllFields(t *testing.T) {
	for typ, fields := range map[reflect.Type][]string{
		// Not in the key: the configuration, scratch, statistics, and what the slots say. lost is.
		reflect.TypeFor[State](): {"cfg", "ids", "plain", "logs", "lost", "done", "claims", "told", "counts"},
		// recent is a shortcut, chosen what the slots say; values are in the slots.
		reflect.TypeFor[log]():    {"ghost", "name", "members", "attempts", "recent", "slots", "values", "chosen"},
		reflect.TypeFor[member](): {"promised", "written", "holding", "learnt", "acked", "base", "told", "lost", "before", "owed", "debts", "known"},
		reflect.TypeFor[debt]():   {"slot", "ballot"},
		// ready is what the covers say.
		reflect.TypeFor[attempt](): {"ballot", "from", "covers", "ready", "apart", "elected"},
		reflect.TypeFor[slot]():    {"first", "more", "learnt", "chosen", "told"},
		reflect.TypeFor[round]():   {"ballot", "voters", "known", "held", "value"},
	} {
		var have []string
		for f := range typ.Fields() {
			have = append(have, f.Name)
		}
		if !slices.Equal(have, fields) {
			t.Errorf("%v has the fields %q, this test knows %q: does AppendKey?", typ, have, fields)
		}
	}
}

// TestKey: the key differs after anything that a verdict may depend on, and not
// by the order in which things came.
func TestKey(t *testing.T) {
	c, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	q := quorate.MajorityQuorums(c)
	fresh := func() *State {
		return New(Config{Cluster: c, Phase1: q.Phase1, Phase2: q.Phase2,
			Claims: func(dst []quorate.Claim, m any) []quorate.Claim { return append(dst, m.(quorate.Claim)) }})
	}
	b1, b2 := quorate.NewBallot(1, c.ID(0)), quorate.NewBallot(1, c.ID(1))
	value := func(s string) []quorate.Command {
		return []quorate.Command{{Client: 1, Seq: 1, Op: quorate.OpPut, Key: s}}
	}
	disk := func(node int, c quorate.Claim) func(*State) error {
		return func(s *State) error { return s.Durable(node, c) }
	}
	send := func(node int, c quorate.Claim) func(*State) error {
		return func(s *State) error { return s.Sent(node, c) }
	}
	promise := func(b quorate.Ballot) quorate.Claim {
		return quorate.Claim{Kind: quorate.ClaimPromise, Ballot: b, Final: true}
	}
	propose := func(b quorate.Ballot, v string) quorate.Claim {
		return quorate.Claim{Kind: quorate.ClaimPropose, Ballot: b, Commands: value(v)}
	}
	vote := func(b quorate.Ballot, v string) quorate.Claim {
		return quorate.Claim{Kind: quorate.ClaimVote, Ballot: b, Commands: value(v)}
	}
	steps := []func(*State) error{
		disk(0, promise(b1)), disk(1, promise(b1)), send(1, promise(b1)),
		send(0, quorate.Claim{Kind: quorate.ClaimPrepare, Ballot: b1}),
		func(s *State) error { return s.Elected(0, quorate.Elected{Ballot: b1}) },
		send(0, propose(b1, "x")), disk(2, vote(b1, "x")), send(2, vote(b1, "x")), disk(0, vote(b1, "x")),
		disk(1, quorate.Claim{Kind: quorate.ClaimChosen, Ballot: b1, Commands: value("x")}),
		send(1, quorate.Claim{Kind: quorate.ClaimChosen, Ballot: b1, Commands: value("x")}),
		send(1, vote(b1, "x")),
		send(1, quorate.Claim{Kind: quorate.ClaimCommitted, Upto: 1}),
		disk(0, quorate.Claim{Kind: quorate.ClaimTrimmed, Upto: 1}),
		disk(1, promise(b2)), disk(2, promise(b2)),
	}
	s := fresh()
	seen := map[string]int{string(s.AppendKey(nil)): -1}
	for i, step := range steps {
		if err := step(s); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		key := string(s.AppendKey(nil))
		if before, dup := seen[key]; dup {
			t.Errorf("the key after step %d is that after step %d", i, before)
		}
		seen[key] = i
	}

	y := propose(b1, "y")
	y.Slot = 1
	a, b := fresh(), fresh()
	for _, step := range []func(*State) error{steps[0], steps[1], steps[2], steps[5], send(0, y)} {
		must(t, step(a))
	}
	for _, step := range []func(*State) error{steps[1], steps[2], steps[0], send(0, y), steps[5]} {
		must(t, step(b))
	}
	if !bytes.Equal(a.AppendKey(nil), b.AppendKey(nil)) {
		t.Error("the key shows in which order promises and proposals came")
	}
	if must(t, a.Durable(2, promise(b2))); bytes.Equal(a.AppendKey(nil), b.AppendKey(nil)) {
		t.Error("the key hides a promise")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
