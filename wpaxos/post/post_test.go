package post_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wire/wiretest"
	"github.com/quorate/quorate/wpaxos/post"
)

var (
	b1       = quorate.NewBallot(7, 1<<16|2)
	b2       = quorate.NewBallot(8, 2<<16|1)
	commands = []quorate.Command{{Client: 5, Seq: 6, Issued: time.Hour, Op: quorate.OpPut, Key: "k", Value: []byte("v")}}
	entries  = []core.Entry{{Slot: 8, Ballot: b1, Chosen: true, Commands: commands}, {Slot: 9, Ballot: b2}}

	p2a = post.P2a{Key: "k", Ballot: b1, Slot: 9, Commands: commands, Commit: 8}
	p2b = post.P2b{Key: "k", Ballot: b1, Slot: 9, OK: true, Promised: b1}
	no  = post.P2b{Key: "l", Ballot: b1, Slot: 9, Promised: b2}
	p3  = post.P3{Key: "k", Ballot: b1, Commit: 10, Entries: entries}
)

func samples() []any {
	return []any{p2a, post.P2a{}, p2b, no, p3, post.P3{Key: "k", Ballot: b1, Commit: 10},
		post.Parcel{P2a: []post.P2a{p2a, p2a}, P3: []post.P3{p3}}, post.Parcel{P2b: []post.P2b{p2b, no}}}
}

// The bytes change only on purpose: nodes of one cluster must understand each other.
func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/wire/messages.txt", samples()...) }

func FuzzMessages(f *testing.F) { wiretest.Fuzz(f, samples()...) }

// rig is a box and what leaves it. Member 0 has it.
type rig struct {
	*post.Box
	node *quorate.Node
	now  []string // without waiting
	soon int
}

func newRig(t *testing.T) *rig {
	t.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{}
	if r.node, err = quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster}); err != nil {
		t.Fatal(err)
	}
	send := func(to quorate.Set, m any) { r.now = append(r.now, fmt.Sprintf("%s %s", cluster.Names(to), brief(m))) }
	r.Box = post.NewBox(r.node, send, func() { r.soon++ })
	return r
}

// flushed returns what waited for the disk.
func (r *rig) flushed() (out []string) {
	r.node.Flush(func(e quorate.Envelope) { out = append(out, fmt.Sprintf("%v %s", e.To, brief(e.Msg))) })
	return out
}

func brief(m any) string {
	if p, ok := m.(post.Parcel); ok {
		return fmt.Sprintf("%d+%d+%d", len(p.P2a), len(p.P2b), len(p.P3))
	}
	return strings.TrimPrefix(reflect.TypeOf(m).Name(), "post.")
}

// Who is alone travels as it is, and what goes to the same members together; votes
// wait for the disk and the others do not. Nothing stays.
func TestBox(t *testing.T) {
	r := newRig(t)
	both, last := quorate.Set(0b110), quorate.Set(0b100)
	member := r.node.Cluster().ID(2)
	for _, tc := range []struct {
		name      string
		fill      func()
		now, then []string
		soon      int
	}{
		{"nothing", func() {}, nil, nil, 0},
		{"a request to accept", func() { r.Ask(both, p2a) }, []string{"{1.2, 1.3} P2a"}, nil, 1},
		{"a vote", func() { r.Vote(member, p2b) }, nil, []string{"1.3 P2b"}, 1},
		{"news", func() { r.Tell(last, p3) }, []string{"{1.3} P3"}, nil, 1},
		{"requests and news", func() { r.Ask(both, p2a); r.Ask(both, p2a); r.Tell(both, p3) }, []string{"{1.2, 1.3} 2+0+1"}, nil, 1},
		{"for other members", func() { r.Ask(both, p2a); r.Ask(last, p2a); r.Tell(last, p3) }, []string{"{1.2, 1.3} P2a", "{1.3} 1+0+1"}, nil, 2},
		{"votes and a request", func() { r.Vote(member, p2b); r.Ask(last, p2a); r.Vote(member, no) }, []string{"{1.3} P2a"}, []string{"1.3 0+2+0"}, 2},
	} {
		r.now, r.soon = nil, 0
		tc.fill()
		if len(r.now) > 0 || len(r.flushed()) > 0 {
			t.Errorf("%s: something left before its time", tc.name)
		}
		r.Post()
		if got := r.flushed(); !slices.Equal(r.now, tc.now) || !slices.Equal(got, tc.then) || r.soon != tc.soon {
			t.Errorf("%s: at once %q, then %q, called %d times; want %q, %q, %d", tc.name, r.now, got, r.soon, tc.now, tc.then, tc.soon)
		}
	}
}

// A parcel is not longer than a datagram, unless one message is. Nothing that has
// left changes.
func TestBoxIsBounded(t *testing.T) {
	r := newRig(t)
	large := p2a
	large.Commands = []quorate.Command{{Op: quorate.OpPut, Value: make([]byte, 20<<10)}}
	huge := p2a
	huge.Commands = []quorate.Command{{Op: quorate.OpPut, Value: make([]byte, 1<<20)}}
	for _, m := range []post.P2a{large, large, large, large, huge, p2a} {
		r.Ask(0b110, m)
	}
	r.Post()
	if want := []string{"{1.2, 1.3} 2+0+0", "{1.2, 1.3} 2+0+0", "{1.2, 1.3} P2a", "{1.2, 1.3} P2a"}; !slices.Equal(r.now, want) {
		t.Errorf("%q left, want %q", r.now, want)
	}
	for range 5000 {
		r.Vote(r.node.Cluster().ID(1), p2b)
	}
	r.Post()
	if got := r.flushed(); len(got) != 4 {
		t.Errorf("5000 votes left in %q", got)
	}
}

// What was put in comes out, in the order of the phases.
func TestUnpack(t *testing.T) {
	p, got := post.Parcel{P3: []post.P3{p3}, P2a: []post.P2a{p2a, p2a}, P2b: []post.P2b{no}}, []string{}
	p.Unpack(7, func(from quorate.ID, m post.P2a) { got = append(got, fmt.Sprint(from, m.Slot)) },
		func(from quorate.ID, m post.P2b) { got = append(got, fmt.Sprint(from, m.Promised)) },
		func(from quorate.ID, m post.P3) { got = append(got, fmt.Sprint(from, m.Commit)) })
	if want := []string{"0.7 9", "0.7 9", "0.7 8@2.1", "0.7 10"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
