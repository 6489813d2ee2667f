package wpaxos_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/script"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/steal"
)

func put(client quorate.Client, seq uint64, value string, now time.Duration) quorate.Request {
	return quorate.Request{Timeout: time.Minute, Attempt: 1,
		Command: quorate.Command{Client: client, Seq: seq, Issued: now, Op: quorate.OpPut, Key: "o", Value: []byte(value)}}
}

func get(client quorate.Client, seq uint64) quorate.Request {
	return quorate.Request{Timeout: time.Minute, Attempt: 1, Command: quorate.Command{Client: client, Seq: seq, Op: quorate.OpGet, Key: "o"}}
}

// TestEveryMinimalQuorum: whatever members of a smallest quorum of phase 1 answer a
// thief, and whatever members of one of phase 2 have voted, it reads what was written.
func TestEveryMinimalQuorum(t *testing.T) {
	runs := 0
	for _, tc := range []struct {
		sizes  []int
		fz, fn int
	}{
		{[]int{2, 3, 2}, 0, 0}, {[]int{2, 3, 2}, 0, 1}, {[]int{2, 3, 2}, 1, 0}, {[]int{2, 3, 2}, 1, 1},
		{[]int{3, 3, 3}, 0, 0}, {[]int{3, 3, 3}, 0, 1}, {[]int{3, 3, 3}, 1, 1},
	} {
		c := members(t, tc.sizes...)
		q := zones(t, c, tc.fz, tc.fn)
		for _, voted := range minimal(c, q.Phase2, 0) {
			for i, promised := range minimal(c, q.Phase1, c.Size()-1) {
				if !testing.Short() || i%8 == 0 {
					readAfterSteal(t, c, q, voted, promised)
					runs++
				}
			}
		}
	}
	t.Logf("%d choices", runs)
}

// minimal returns the quorums, with a given member, that lose their meaning without
// any other member.
func minimal(c *quorate.Cluster, q quorate.Quorum, with int) []quorate.Set {
	var found []quorate.Set
	for s := quorate.Set(1); s <= c.All(); s++ {
		least := s.Has(with) && q(s)
		for i := range c.Size() {
			if least && i != with && s.Has(i) && q(s.Remove(i)) {
				least = false
			}
		}
		if least {
			found = append(found, s)
		}
	}
	return found
}

func readAfterSteal(t *testing.T, c *quorate.Cluster, q quorate.QuorumSystem, voted, promised quorate.Set) {
	t.Helper()
	w := newWorld(t, c, 1, wpaxos.Config{Quorums: q, Policy: steal.Policy{Kind: steal.Immediate}, Residence: 1}, nil)
	owner, thief := c.ID(0), c.ID(c.Size()-1)
	answer := func(from, to quorate.ID, asked, answered string, by quorate.Set) {
		w.Deliver(script.Match{From: from, Pattern: asked}, 0)
		for _, id := range c.Members(by) {
			w.Deliver(script.Match{From: id, To: to, Pattern: answered}, 0)
		}
	}
	if err := w.Request(owner, put(1, 1, "X", w.Now())); err != nil {
		t.Fatal(err)
	}
	answer(owner, owner, "P1a", "P1b", c.All())
	far := c.All() &^ voted
	for _, id := range c.Members(far) { // they never hear of it
		w.Drop(script.Match{From: owner, To: id, Pattern: "P2a"}, 0)
	}
	answer(owner, owner, "P2a", "P2b", voted)
	w.Run(0)
	w.Drop(script.Match{}, 0)
	if len(w.Answers()) == 0 { // those that are voted are not all near: the owner asks everybody
		for range 4 {
			if err := w.Advance(60*time.Millisecond, owner); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range c.Members(far) {
			w.Drop(script.Match{From: owner, To: id, Pattern: "P2a"}, 0)
		}
		answer(owner, owner, "P2a", "P2b", voted)
		w.Drop(script.Match{}, 0)
	}
	if a := w.Answers(); len(a) != 1 || a[0].Reply.Status != quorate.Done {
		t.Fatalf("%s: the votes of %s are no quorum: %+v", q.Name, c.Names(voted), a)
	}
	if err := w.Advance(time.Millisecond); err != nil {
		t.Fatal(err)
	}
	w.Drop(script.Match{}, 0)
	if err := w.Request(thief, get(1, 2)); err != nil {
		t.Fatal(err)
	}
	answer(thief, thief, "P1a", "P1b", promised)
	w.Drop(script.Match{Pattern: "P1b"}, 0)
	w.Settle()
	for range 5 {
		w.Run(50 * time.Millisecond)
	}
	answers := w.Answers()
	if last := answers[len(answers)-1].Reply; last.Seq != 2 || string(last.Value) != "X" || last.Version != 1 {
		t.Errorf("%s: after votes of %s and promises of %s a client reads %q at version %d", q.Name, c.Names(voted), c.Names(promised), last.Value, last.Version)
	}
	if err := w.Err(); err != nil {
		t.Error(err)
	}
}

// TestDuel: two or three zones want an object at once, whatever the delays. Nobody
// tries again and again, and what an owner does with another key goes on without
// another phase 1.
func TestDuel(t *testing.T) {
	c := members(t, 2, 2, 2)
	most := 0
	for seed := range uint64(few(400)) {
		rng := rand.New(rand.NewPCG(seed, 3))
		rounds, others := 0, 0
		cfg := wpaxos.Config{Quorums: zones(t, c, 0, 0), Policy: steal.Policy{Kind: steal.Immediate}}
		w := newWorld(t, c, seed, cfg, func(_ quorate.ID, e quorate.Event) {
			if s, ok := e.(quorate.Stood); ok && s.Log == "o" {
				rounds++
			} else if ok {
				others++
			}
		})
		p := put(9, 1, "P", w.Now())
		p.Command.Key = "p"
		if err := w.Request(id(1, 1), p); err != nil {
			t.Fatal(err)
		}
		w.Settle()
		thieves := []quorate.ID{id(1, 1), id(2, 1), id(3, 2)}[:2+seed%2]
		for i, id := range thieves {
			if err := w.Request(id, put(quorate.Client(i+1), 1, fmt.Sprint(id), w.Now())); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 2000 {
			flying := w.InFlight(script.Match{})
			if len(w.Answers()) == len(thieves)+2 && len(flying) == 0 {
				break
			}
			if i == 3 {
				p.Command.Seq = 2
				if err := w.Request(id(1, 1), p); err != nil {
					t.Fatal(err)
				}
			}
			if len(flying) > 0 && rng.IntN(40) > 0 {
				m := flying[rng.IntN(len(flying))]
				w.Deliver(script.Match{From: m.From, To: m.To, Pattern: m.Name}, 1)
				continue
			}
			if err := w.Advance(time.Duration(rng.IntN(10000)) * time.Microsecond); err != nil {
				t.Fatal(err)
			}
		}
		done := 0
		for _, a := range w.Answers() {
			if a.Reply.Status == quorate.Done {
				done++
			}
		}
		if done < len(thieves)+2 || others != 1 {
			t.Errorf("seed %d: %d of %d are done; phase 1 of the other key ran %d times", seed, done, len(thieves)+2, others)
		}
		if err := w.Err(); err != nil {
			t.Error(err)
		}
		most = max(most, rounds)
	}
	t.Logf("at most %d rounds of phase 1", most)
	if most > 8 {
		t.Errorf("%d rounds of phase 1", most)
	}
}

// TestMovingLocality: where an object is asked for changes all the time. It follows,
// but stays with each owner for a while.
func TestMovingLocality(t *testing.T) {
	const residence = 500 * time.Millisecond
	for spec, every := range map[string]int{"immediate": 100, "consecutive:2": 100, "majority:5": 100, "average:0.3,0.1": 100,
		"consecutive:3": 30, "average:0.5,0": 20} {
		policy, err := steal.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		c := members(t, 2, 2, 2)
		var moved []time.Duration
		var w *script.World
		w = newWorld(t, c, 1, wpaxos.Config{Quorums: zones(t, c, 0, 0), Policy: policy, Residence: residence}, func(_ quorate.ID, e quorate.Event) {
			if _, ok := e.(quorate.Elected); ok {
				moved = append(moved, w.Now())
			}
		})
		for i := range 1000 {
			if err := w.Request(c.ID(i/every*2%6+i%2), put(1, uint64(i+1), "X", w.Now())); err != nil {
				t.Fatal(err)
			}
			w.Settle()
			w.Run(10 * time.Millisecond)
		}
		for i := range moved[1:] {
			if stay := moved[i+1] - moved[i]; stay < residence-20*time.Millisecond {
				t.Errorf("%s: moved after %v", spec, stay)
			}
		}
		if n := len(moved); n < 8 || n > 20 {
			t.Errorf("%s: moved %d times, while the clients did so every %d writes of 1000", spec, n, every)
		}
		if a := w.Answers(); len(a) != 1000 || a[999].Reply.Version != 1000 {
			t.Errorf("%s: %d answers", spec, len(a))
		}
	}
}

// TestLargeState: a state that fits no message is fetched part by part, by a thief
// and by a member that was away, though the key goes on changing.
func TestLargeState(t *testing.T) {
	c := members(t, 3, 3)
	w := newWorld(t, c, 1, wpaxos.Config{Quorums: zones(t, c, 0, 1), Policy: steal.Policy{Kind: steal.Immediate}, ChunkBytes: 1000, Rest: 50 * time.Millisecond, Residence: 100 * time.Millisecond}, nil)
	away := id(1, 3)
	if err := w.Crash(away); err != nil {
		t.Fatal(err)
	}
	write := func(to quorate.ID, seq uint64, size int) {
		t.Helper()
		if err := w.Request(to, put(1, seq, strings.Repeat("x", size), w.Now())); err != nil {
			t.Fatal(err)
		}
		w.Run(20 * time.Millisecond)
	}
	write(id(1, 1), 1, 10)
	for _, id := range c.Members(c.Zone(2)) {
		w.Isolate(id)
	}
	for seq := uint64(2); seq < 40; seq++ {
		write(id(1, 1), seq, 5000)
	}
	w.Run(time.Second)
	w.Heal(0, 0)
	if err := w.Restart(away); err != nil {
		t.Fatal(err)
	}
	write(id(1, 1), 40, 5000)
	if err := w.Request(id(2, 1), get(2, 1)); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		w.Run(100 * time.Millisecond)
	}
	answers := w.Answers()
	if last := answers[len(answers)-1].Reply; last.Client != 2 || last.Version != 40 || len(last.Value) != 5000 {
		t.Errorf("after a steal a client reads version %d, %d bytes", last.Version, len(last.Value))
	}
	for _, id := range c.IDs() {
		if r := w.App(id).Apply(quorate.Command{Op: quorate.OpGet, Key: "o"}); r.Version != 40 {
			t.Errorf("%v is at version %d", id, r.Version)
		}
	}
	if err := w.Err(); err != nil {
		t.Error(err)
	}
}

// TestHints: an owner hints at most once in a residence, to who forwarded the last
// hit, and counts no hit of which it does not know the zone. Hits are forgotten when
// they say nothing.
func TestHints(t *testing.T) {
	l := newLone(t, wpaxos.Config{Policy: steal.Policy{Kind: steal.Consecutive, N: 2}})
	l.own()
	seq := uint64(1)
	hit := func(from quorate.ID, hops uint8) string {
		t.Helper()
		seq++
		r := request(seq)
		r.Hops = hops
		l.hear(from, r)
		got := ""
		for _, e := range l.sent {
			if _, ok := e.Msg.(wpaxos.HandOver); ok {
				got += e.To.String()
			}
		}
		l.told(id(1, 2), wpaxos.P2b{Key: "k", Ballot: ballot(1, 1, 1), Slot: quorate.Slot(seq - 1), OK: true})
		return got
	}
	check := func(what string, hits int, want string, got ...string) {
		t.Helper()
		if all := strings.Join(got, ""); all != want || wpaxos.Hits(l.replica) != hits {
			t.Errorf("%s: hints to %q, want %q; hits of %d objects", what, all, want, wpaxos.Hits(l.replica))
		}
	}
	check("the owner's own", 0, "", hit(quorate.Route(1), 0), hit(id(1, 3), 1))
	check("it has just come here", 1, "", hit(id(3, 1), 1), hit(id(3, 2), 1), hit(id(3, 2), 1))
	check("the owner's again", 0, "", hit(id(1, 3), 1))
	l.run(1100 * time.Millisecond)
	check("of an unknown zone", 0, "", hit(id(2, 1), 2), hit(id(2, 1), 2), hit(id(2, 1), 3))
	check("another zone's", 1, "3.2", hit(id(3, 1), 1), hit(id(3, 2), 1))
	check("a hint was given", 1, "", hit(id(3, 1), 1), hit(id(3, 2), 1), hit(id(3, 1), 1), hit(id(3, 2), 1))
	l.run(1100 * time.Millisecond)
	check("it may be lost", 1, "3.1", hit(id(3, 1), 1), hit(id(3, 1), 1), hit(id(3, 1), 1))
	l.run(70 * time.Second)
	check("long ago", 0, "")
}
