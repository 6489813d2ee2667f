package instances

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

// rig feeds a ghost of five members, f=2, e=1: three are a slow quorum, four a
// fast one.
type rig struct {
	t *testing.T
	*State
}

func newRig(t *testing.T) rig {
	cluster, err := quorate.Grid(1, 5)
	if err != nil {
		t.Fatal(err)
	}
	q, err := quorate.EPaxosQuorums(cluster, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	return rig{t, New(Config{Cluster: cluster, Phase1: q.Phase1, Phase2: q.Phase2, Fast: q.Fast,
		Claims: func(dst []quorate.Claim, m any) []quorate.Claim { return append(dst, m.([]quorate.Claim)...) }})}
}

// ballot returns the nth of a member.
func ballot(n uint32, member int) quorate.Ballot {
	return quorate.NewBallot(n, quorate.ID(0x10001+member))
}

func write(key string) []quorate.Command {
	return []quorate.Command{{Client: 1, Seq: 1, Op: quorate.OpPut, Key: key}}
}

func read(key string) []quorate.Command {
	return []quorate.Command{{Client: 1, Seq: 2, Op: quorate.OpGet, Key: key}}
}

func nop() []quorate.Command { return []quorate.Command{{Op: quorate.OpNop}} }

// place names an instance.
type place struct{ row, number int }

func (p place) claim(kind quorate.ClaimKind, b quorate.Ballot, commands []quorate.Command, deps ...uint64) quorate.Claim {
	return quorate.Claim{Kind: kind, Log: strconv.Itoa(p.row), Slot: quorate.Slot(p.number), Ballot: b, Commands: commands, Deps: deps}
}

func (p place) initial(b quorate.Ballot, commands []quorate.Command, deps ...uint64) quorate.Claim {
	c := p.claim(quorate.ClaimInitial, b, commands, deps...)
	c.Final = true
	return c
}

// disk and leaves are steps that must be fine.
func (r rig) disk(member int, claims ...quorate.Claim) {
	r.t.Helper()
	if err := r.Durable(member, claims); err != nil {
		r.t.Fatal(err)
	}
}

func (r rig) leaves(member int, claims ...quorate.Claim) {
	r.t.Helper()
	if err := r.Sent(member, claims); err != nil {
		r.t.Fatal(err)
	}
}

// propose writes a proposal to its owner's disk, and sends it.
func (r rig) propose(p place, commands []quorate.Command, deps ...uint64) {
	r.t.Helper()
	r.disk(p.row, p.initial(0, commands, deps...))
	r.disk(p.row, p.claim(quorate.ClaimPreAccept, 0, nil, deps...))
	r.leaves(p.row, p.initial(0, commands, deps...))
}

// accept pre-accepts a proposal with dependencies.
func (r rig) accept(member int, p place, commands []quorate.Command, initial []uint64, deps ...uint64) {
	r.t.Helper()
	r.disk(member, p.initial(0, commands, initial...))
	r.disk(member, p.claim(quorate.ClaimPreAccept, 0, nil, deps...))
	r.leaves(member, p.claim(quorate.ClaimPreAccept, 0, nil, deps...))
}

// promise promises a ballot, and tells what is to be told.
func (r rig) promise(member int, p place, b quorate.Ballot, told ...quorate.Claim) {
	r.t.Helper()
	r.disk(member, p.claim(quorate.ClaimPromise, b, nil))
	r.leaves(member, append([]quorate.Claim{p.claim(quorate.ClaimPromise, b, nil)}, told...)...)
}

// vote votes for a value.
func (r rig) vote(member int, p place, b quorate.Ballot, commands []quorate.Command, deps ...uint64) {
	r.t.Helper()
	if commands == nil {
		r.disk(member, quorate.Claim{Kind: quorate.ClaimInitial, Log: strconv.Itoa(p.row), Slot: quorate.Slot(p.number), Commands: write("x")})
	}
	r.disk(member, p.claim(quorate.ClaimVote, b, commands, deps...), p.claim(quorate.ClaimPromise, b, nil))
	r.leaves(member, p.claim(quorate.ClaimVote, b, nil))
}

func (r rig) breaks(err error, rule, text string) {
	r.t.Helper()
	var b *ghost.Broken
	switch {
	case rule == "":
		if err != nil {
			r.t.Errorf("nothing is wrong, but %v", err)
		}
	case !errors.As(err, &b) || b.Rule != rule || !strings.Contains(b.Text, text):
		r.t.Errorf("%v, want rule %s broken, with %q", err, rule, text)
	}
}

// fixture is what the cases of rules begin with: the instances 0/0 and 1/0, and how
// far somebody has come with the first.
type fixture struct {
	p, q   place
	none   []uint64
	b1, b2 quorate.Ballot
	pre    quorate.Claim
	told   []quorate.Claim // in a promise of somebody who has pre-accepted
}

func newFixture() fixture {
	f := fixture{p: place{0, 0}, q: place{1, 0}, b1: ballot(1, 1), b2: ballot(2, 2)}
	f.pre = f.p.claim(quorate.ClaimPreAccept, 0, nil)
	f.told = []quorate.Claim{f.p.initial(0, write("x")), f.pre}
	return f
}

func (f fixture) proposed(r rig) { r.propose(f.p, write("x")) }

func (f fixture) fastReady(r rig) {
	f.proposed(r)
	for m := 1; m < 4; m++ {
		r.accept(m, f.p, write("x"), f.none)
	}
}

// recovering: members 1, 2 and 3 have promised, two of which had pre-accepted.
func (f fixture) recovering(r rig) {
	f.proposed(r)
	r.accept(1, f.p, write("x"), f.none)
	r.accept(2, f.p, write("x"), f.none)
	r.promise(1, f.p, f.b1, f.told...)
	r.promise(2, f.p, f.b1, f.told...)
	r.promise(3, f.p, f.b1)
}

// abandoned: so has the owner.
func (f fixture) abandoned(r rig) {
	f.recovering(r)
	r.promise(0, f.p, f.b1, f.told...)
}

// ruleCase is what breaks a rule, after what was fine; or does not.
type ruleCase struct {
	name   string
	before func(r rig)
	then   func(r rig) error
	rule   string
	text   string
}

func check(t *testing.T, cases ...ruleCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			test.before(r)
			r.breaks(test.then(r), test.rule, test.text)
		})
	}
}
