package fetch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	wcore "github.com/quorate/quorate/wpaxos/core"
	"github.com/quorate/quorate/wpaxos/objects"
)

// rig is member 1.1 of three, whose states are strings.
type rig struct {
	t      *testing.T
	node   *quorate.Node
	fetch  *Fetch
	all    *objects.Objects
	states map[string]string
	now    time.Duration
	sent   []quorate.Envelope
	heard  int
}

const ballot = quorate.Ballot(1<<32 | 1<<16 | 2)

func newRig(t *testing.T, size int) *rig {
	t.Helper()
	c, err := quorate.Grid(1, size)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, states: map[string]string{}, now: time.Hour}
	if r.node, err = quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c}); err != nil {
		t.Fatal(err)
	}
	r.all = objects.New(func() {})
	r.fetch = New(r.node, Config{Objects: r.all, ChunkBytes: 4, Silence: time.Minute,
		Retransmit: func(quorate.ID) time.Duration { return 100 * time.Millisecond },
		Snapshot:   func(dst []byte, key string) []byte { return append(dst, r.states[key]...) },
		Heard:      func(quorate.ID) { r.heard++ },
		Learn:      func(k *objects.Key, e core.Entry) { k.Open.Learn(e) },
		Install: func(k *objects.Key, upto quorate.Slot, state []byte) {
			k.Open.Install(upto)
			r.states[k.Name] = string(state)
		}})
	if err := r.node.Start(r.now, nil); err != nil {
		t.Fatal(err)
	}
	for i := range r.fetch.census.heard {
		r.fetch.census.heard[i] = r.now
	}
	return r
}

// at makes a key rest with so many slots executed and trimmed.
func (r *rig) at(key string, base quorate.Slot, state string) *objects.Key {
	k := r.all.Put(key)
	k.Idle = wcore.Idle{Promised: ballot, Base: base}
	r.states[key] = state
	return k
}

func member(i int) quorate.ID { return quorate.ID(1<<16 | i) }

// hear delivers a message and returns what is sent.
func (r *rig) hear(from int, m any) string {
	r.t.Helper()
	if err := r.node.Receive(r.now, member(from), m); err != nil {
		r.t.Fatal(err)
	}
	return r.take()
}

func (r *rig) take() string {
	r.node.Flush(func(e quorate.Envelope) { r.sent = append(r.sent, e) })
	var lines []string
	for _, e := range r.sent {
		lines = append(lines, e.To.String()+" "+text(e.Msg))
	}
	r.sent = nil
	return strings.Join(lines, ", ")
}

func text(m any) string {
	switch m := m.(type) {
	case Census:
		return fmt.Sprint("census ", m.At)
	case CensusReply:
		return fmt.Sprint("page ", m.At, " ", m.Next, " ", m.Heads)
	case CatchupRequest:
		return fmt.Sprintf("ask %s %v/%v+%d", m.Key, m.From, m.Upto, m.Offset)
	case CatchupReply:
		return fmt.Sprintf("reply %s commit %v entries %d upto %v+%d %q %v", m.Key, m.Commit, len(m.Entries), m.Upto, m.Offset, m.State, m.More)
	case Beat:
		return fmt.Sprint("beat ", m.Heads)
	}
	return fmt.Sprintf("%T", m)
}

// walk lets time pass and the walk see the objects.
func (r *rig) walk(d time.Duration) string {
	r.now += d
	r.node.Tick(r.now)
	r.all.Walk(r.fetch.Walk)
	return r.take()
}

func (r *rig) want(what, got, want string) {
	r.t.Helper()
	if got != want {
		r.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func entry(s quorate.Slot) core.Entry {
	return core.Entry{Slot: s, Ballot: ballot, Chosen: true, Commands: []quorate.Command{{Op: quorate.OpNop}}}
}

// A member that hears of more than it has asks whoever told, again if there is no
// answer, and then the next one; for ever it does not.
func TestSeek(t *testing.T) {
	r := newRig(t, 3)
	r.want("hears of a key", r.hear(2, Beat{Heads: []Head{{"k", 3}}}), "1.2 ask k 0/0+0")
	r.want("hears of it again", r.hear(3, Beat{Heads: []Head{{"k", 3}}}), "")
	r.want("too early", r.walk(50*time.Millisecond), "")
	r.want("no answer", r.walk(60*time.Millisecond), "1.2 ask k 0/0+0")
	r.want("still none", r.walk(110*time.Millisecond), "1.2 ask k 0/0+0")
	r.want("another is asked", r.walk(110*time.Millisecond), "1.3 ask k 0/0+0")
	r.want("a part of the answer", r.hear(3, CatchupReply{Key: "k", Commit: 4, Entries: []core.Entry{entry(0), entry(1)}}), "1.3 ask k 2/0+0")
	r.want("the rest", r.hear(3, CatchupReply{Key: "k", Commit: 4, Entries: []core.Entry{entry(2), entry(3)}}), "")
	k := r.all.Get("k")
	if k.Committed() != 4 || r.heard != 2 { // learners ask and answer, too
		t.Errorf("committed %v, heard %d", k.Committed(), r.heard)
	}
	r.want("all is there", r.walk(time.Second), "")
	r.want("as much as it has", r.hear(2, Beat{Heads: []Head{{"k", 4}}}), "")
	r.want("more", r.hear(2, Beat{Heads: []Head{{"k", 5}}}), "1.2 ask k 4/0+0")
	asked := 0
	for range 100 {
		if r.walk(110*time.Millisecond) != "" {
			asked++
		}
	}
	if asked < 6 || asked > 30 {
		t.Errorf("asked %d times in vain", asked)
	}
	r.want("told again", r.hear(2, Beat{Heads: []Head{{"k", 5}}}), "1.2 ask k 4/0+0")
	r.want("of a key that is unknown", r.hear(2, CatchupReply{Key: "x", Commit: 1}), "")
}

// Entries are sent where they are, else the state; one that fits no message goes part
// by part, as it was when it was asked for.
func TestAnswer(t *testing.T) {
	r := newRig(t, 3)
	r.at("k", 5, "abc")
	r.want("trimmed", r.hear(2, CatchupRequest{Key: "k", From: 1}), `1.2 reply k commit 5 entries 0 upto 5+0 "abc" false`)
	o := r.all.Wake(r.all.Get("k"))
	o.Learn(entry(5))
	r.want("an entry", r.hear(2, CatchupRequest{Key: "k", From: 5}), `1.2 reply k commit 6 entries 1 upto 0+0 "" false`)
	r.want("nothing new", r.hear(2, CatchupRequest{Key: "k", From: 6}), `1.2 reply k commit 6 entries 0 upto 0+0 "" false`)
	r.want("a key that is unknown", r.hear(2, CatchupRequest{Key: "x"}), "")

	r.at("l", 7, "abcdefghij")
	r.want("a large one", r.hear(2, CatchupRequest{Key: "l"}), `1.2 reply l commit 7 entries 0 upto 7+0 "abcd" true`)
	r.states["l"] = "changed"
	r.want("its next part", r.hear(2, CatchupRequest{Key: "l", Upto: 7, Offset: 4}), `1.2 reply l commit 7 entries 0 upto 7+4 "efgh" true`)
	r.want("its last part", r.hear(2, CatchupRequest{Key: "l", Upto: 7, Offset: 8}), `1.2 reply l commit 7 entries 0 upto 7+8 "ij" false`)
	r.want("beyond its end", r.hear(2, CatchupRequest{Key: "l", Upto: 7, Offset: 11}), "")
	r.want("of another slot", r.hear(2, CatchupRequest{Key: "l", Upto: 6, Offset: 4}), "")
	r.want("of another key", r.hear(2, CatchupRequest{Key: "k", Upto: 7, Offset: 4}), "")
	r.want("asked for by another", r.hear(3, CatchupRequest{Key: "l", Upto: 7, Offset: 4}), "")
}

// Parts are put together in order, from one sender, of one state.
func TestParts(t *testing.T) {
	part := func(upto quorate.Slot, offset uint64, state string, more bool) CatchupReply {
		return CatchupReply{Key: "k", Commit: upto, Upto: upto, Offset: offset, State: []byte(state), More: more}
	}
	start := func() *rig {
		r := newRig(t, 3)
		r.hear(2, Beat{Heads: []Head{{"k", 7}}})
		r.want("the first part", r.hear(2, part(7, 0, "abcd", true)), "1.2 ask k 0/7+4")
		return r
	}
	r := start()
	r.want("the same again", r.hear(2, part(7, 0, "abcd", true)), "1.2 ask k 0/7+4")
	r.want("the next", r.hear(2, part(7, 4, "efgh", true)), "1.2 ask k 0/7+8")
	r.want("the next again", r.hear(2, part(7, 4, "efgh", true)), "")
	r.want("of another slot", r.hear(2, part(8, 8, "ij", false)), "")
	r.want("of another sender", r.hear(3, part(7, 8, "ij", false)), "")
	r.want("the last", r.hear(2, part(7, 8, "ij", false)), "")
	if r.states["k"] != "abcdefghij" || r.all.Get("k").Committed() != 7 {
		t.Errorf("%q, committed %v", r.states["k"], r.all.Get("k").Committed())
	}
	r.want("what it has", r.hear(2, part(7, 0, "zzzz", false)), "")
	r.want("older", r.hear(2, part(6, 0, "zzzz", false)), "")
	if r.states["k"] != "abcdefghij" {
		t.Errorf("an older state came back: %q", r.states["k"])
	}

	r = start()
	other := part(9, 0, "wxyz", true)
	other.Key = "l"
	r.hear(3, Beat{Heads: []Head{{"l", 9}}})
	r.want("another key's, meanwhile", r.hear(3, other), "")
	r.want("it goes on", r.hear(2, part(7, 4, "ef", false)), "")
	r.want("the other key's, again", r.hear(3, other), "1.3 ask l 0/9+4")
	r.now += time.Second
	r.want("one that takes too long gives way", r.hear(2, CatchupReply{Key: "k", Commit: 8, Upto: 8, State: []byte("nnnn"), More: true}), "1.2 ask k 7/8+4")
}

// A part that comes when nothing is wanted any more: whoever sent it is asked on, also
// later.
func TestLatePart(t *testing.T) {
	r := newRig(t, 3)
	r.at("k", 1, "")
	r.want("a part", r.hear(2, CatchupReply{Key: "k", Commit: 7, Upto: 7, State: []byte("abcd"), More: true}), "1.2 ask k 1/7+4")
	r.want("told of it", r.hear(3, Beat{Heads: []Head{{"k", 7}}}), "")
	r.want("no answer", r.walk(110*time.Millisecond), "1.2 ask k 1/0+0")
}

// Parts of one member's state do not go with those of another's: it may have been saved
// later than its log was trimmed, and include more.
func TestPartsOfTwo(t *testing.T) {
	r := newRig(t, 3)
	r.at("k", 1, "")
	r.hear(2, CatchupReply{Key: "k", Commit: 7, Upto: 7, State: []byte("abcd"), More: true})
	r.want("another's part", r.hear(3, CatchupReply{Key: "k", Commit: 7, Upto: 7, Offset: 4, State: []byte("EF")}), "")
	if k := r.all.Get("k"); k.Committed() != 1 {
		t.Errorf("committed to %v", k.Committed())
	}
	r.hear(2, CatchupReply{Key: "k", Commit: 7, Upto: 7, Offset: 4, State: []byte("ef")})
	if k := r.all.Get("k"); k.Committed() != 7 {
		t.Errorf("the right part: committed to %v", k.Committed())
	}
}

// All are told once more of what was written lately, and in turn of all other keys.
func TestBeat(t *testing.T) {
	r := newRig(t, 3)
	r.fetch.Beat()
	r.want("nothing is known", r.take(), "others beat []")
	for i := range 100 {
		r.at(fmt.Sprint("k", i), quorate.Slot(i), "")
	}
	r.fetch.Told(r.all.At(7))
	told := map[string]map[string]bool{}
	for i := range 20 {
		r.fetch.Beat()
		r.node.Flush(func(e quorate.Envelope) { r.sent = append(r.sent, e) })
		for _, e := range r.sent {
			heads := e.Msg.(Beat).Heads
			if e.To == quorate.Others {
				if want := map[bool]int{true: 1}[i == 0]; len(heads) != want {
					t.Errorf("beat %d tells all of %v", i, heads)
				}
				continue
			}
			if e.To == member(1) || len(heads) > maxHeads {
				t.Errorf("%v is told of %d keys", e.To, len(heads))
			}
			for _, h := range heads {
				if told[e.To.String()] == nil {
					told[e.To.String()] = map[string]bool{}
				}
				told[e.To.String()][h.Key] = true
			}
		}
		r.sent = nil
	}
	for _, to := range []string{"1.2", "1.3"} {
		if n := len(told[to]); n != 99 { // of k0 there is nothing to tell
			t.Errorf("%s was told of %d keys", to, n)
		}
	}
	for range 2 * maxRecent {
		r.fetch.Told(r.all.At(1))
	}
	if len(r.fetch.recent) > maxRecent {
		t.Errorf("%d keys are to be told of", len(r.fetch.recent))
	}
}
