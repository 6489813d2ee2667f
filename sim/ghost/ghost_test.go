package ghost_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

// world is a ghost under test. Its messages and records are lists of claims.
type world struct {
	t *testing.T
	c *quorate.Cluster
	*ghost.State
}

func read(dst []quorate.Claim, m any) []quorate.Claim { return append(dst, m.([]quorate.Claim)...) }

func newWorld(t *testing.T, n int, change ...func(*ghost.Config)) *world {
	c, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	q := quorate.MajorityQuorums(c)
	cfg := ghost.Config{Cluster: c, Phase1: q.Phase1, Phase2: q.Phase2, Claims: read}
	for _, f := range change {
		f(&cfg)
	}
	return &world{t, c, ghost.New(cfg)}
}

// ballot is one of the ballots of node 0, 1, 2, …
func ballot(counter uint32, node int) quorate.Ballot {
	return quorate.NewBallot(counter, quorate.ID(0x10001+node))
}

func value(keys ...string) []quorate.Command {
	var v []quorate.Command
	for i, k := range keys {
		v = append(v, quorate.Command{Client: quorate.Client(k[0]), Seq: uint64(i + 1), Op: quorate.OpPut, Key: k})
	}
	return v
}

func prepare(b quorate.Ballot, from quorate.Slot) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimPrepare, Ballot: b, Slot: from}
}

func promise(b quorate.Ballot, from quorate.Slot) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimPromise, Ballot: b, Slot: from, Upto: from, Final: true}
}

func part(b quorate.Ballot, from, upto quorate.Slot) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimPromise, Ballot: b, Slot: from, Upto: upto}
}

func report(b quorate.Ballot, s quorate.Slot, v string) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimReport, Ballot: b, Slot: s, Commands: value(v)}
}

func propose(b quorate.Ballot, s quorate.Slot, v string) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimPropose, Ballot: b, Slot: s, Commands: value(v)}
}

func vote(b quorate.Ballot, s quorate.Slot, v ...string) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimVote, Ballot: b, Slot: s, Commands: value(v...)}
}

func chosen(b quorate.Ballot, s quorate.Slot, v string) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimChosen, Ballot: b, Slot: s, Commands: value(v)}
}

func follow(b quorate.Ballot) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimFollow, Ballot: b}
}

func committed(b quorate.Ballot, upto quorate.Slot) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimCommitted, Ballot: b, Upto: upto}
}

func trimmed(upto quorate.Slot) quorate.Claim {
	return quorate.Claim{Kind: quorate.ClaimTrimmed, Upto: upto}
}

// step is something that happens.
type step func(w *world) error

func disk(node int, c ...quorate.Claim) step {
	return func(w *world) error { return w.Durable(node, c) }
}

func send(node int, c ...quorate.Claim) step {
	return func(w *world) error { return w.Sent(node, c) }
}

func elected(node int, b quorate.Ballot) step {
	return func(w *world) error { return w.Elected(node, quorate.Elected{Ballot: b}) }
}

func sees(node int, s quorate.Slot, v string) step {
	return func(w *world) error { return w.Chosen(node, quorate.Chosen{Slot: s, Commands: value(v)}) }
}

// counts is a member that finds chosen what it accepted under b.
func counts(node int, b quorate.Ballot, s quorate.Slot, v string) step {
	return func(w *world) error { return w.Chosen(node, quorate.Chosen{Ballot: b, Slot: s, Commands: value(v)}) }
}

func executes(node int, s quorate.Slot, v string) step {
	return func(w *world) error { return w.Executed(node, quorate.Executed{Slot: s, Commands: value(v)}) }
}

func done(v string) step {
	return func(w *world) error { return w.Done(value(v)[0].ID()) }
}

// steps joins several.
func steps(list ...step) step {
	return func(w *world) error {
		for i, s := range list {
			if err := s(w); err != nil {
				if i < len(list)-1 {
					return fmt.Errorf("step %d: %v", i, err) // no longer a Broken: it came too early
				}
				return err
			}
		}
		return nil
	}
}

// phase1 has who promise b, which reports nothing, from slot 0 on.
func phase1(b quorate.Ballot, who ...int) step {
	owner := int(b.Owner()) - 0x10001
	list := []step{disk(owner, promise(b, 0)), send(owner, prepare(b, 0))}
	for _, i := range who {
		list = append(list, disk(i, promise(b, 0)), send(i, promise(b, 0)))
	}
	return steps(list...)
}

// tells has a member promise b with reports.
func tells(node int, b quorate.Ballot, reports ...quorate.Claim) step {
	return steps(disk(node, promise(b, 0)), send(node, append([]quorate.Claim{promise(b, 0)}, reports...)...))
}

// accept proposes v in slot s and has who vote for it.
func accept(b quorate.Ballot, s quorate.Slot, v string, who ...int) step {
	owner := int(b.Owner()) - 0x10001
	list := []step{send(owner, propose(b, s, v))}
	for _, i := range who {
		list = append(list, disk(i, vote(b, s, v)))
		if i != owner {
			list = append(list, send(i, vote(b, s)))
		}
	}
	return steps(list...)
}

// story is a list of steps whose last step breaks a rule, or none.
type story struct {
	name string
	rule string // empty: all is well
	node int
	text string // the evidence contains it
	step
}

func tell(t *testing.T, n int, stories []story) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			err := s.step(newWorld(t, n))
			var b *ghost.Broken
			switch {
			case s.rule == "":
				if err != nil {
					t.Fatal(err)
				}
			case !errors.As(err, &b):
				t.Fatalf("got %v, want the rule %s to be broken", err, s.rule)
			case b.Rule != s.rule || b.Node != s.node || !strings.Contains(b.Text, s.text):
				t.Fatalf("node %d broke %v, want node %d to break %s with %q", b.Node, b, s.node, s.rule, s.text)
			}
		})
	}
}

var b1, b2, b3 = ballot(1, 0), ballot(2, 1), ballot(3, 2)
