package faults_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// round is one blow of a schedule: who is killed, when, and for how long.
type round struct {
	before  time.Duration
	victims []int
	away    time.Duration
	back    time.Duration // between the restarts of two victims
	served  bool          // wait until clients are served again
	turn    bool          // and go on with new keys
}

// schedule draws rounds: of one member, a minority, a majority, or all.
func schedule(seed uint64, members, rounds int) []round {
	rng := rand.New(rand.NewPCG(seed, 1))
	upTo := func(d time.Duration) time.Duration { return time.Duration(rng.Int64N(int64(d))) }
	var all []round
	for i := range rounds {
		minority := (members - 1) / 2
		count := 1
		switch rng.IntN(4) {
		case 0:
		case 1:
			count = 1 + rng.IntN(minority)
		case 2:
			count = minority + 1 + rng.IntN(members-minority-1)
		case 3:
			count = members
		}
		all = append(all, round{
			before: upTo(300 * time.Millisecond), victims: rng.Perm(members)[:count], away: upTo(300 * time.Millisecond),
			back: upTo(1 + upTo(100*time.Millisecond)), served: rng.IntN(4) > 0, turn: i%5 == 4,
		})
	}
	return all
}

// Rule: whoever is killed with -9, whenever, what was acknowledged is there,
// and all that clients saw is linearizable.
func TestKilled(t *testing.T) {
	for _, tc := range []struct {
		protocol, transport   string
		members, rounds, long int
	}{
		{"paxos", "tcp", 3, 12, 120},
		{"paxos", "tcp", 5, 3, 50},
		{"paxos", "udp", 3, 3, 30},
		{"trex", "udp", 3, 12, 120},
		{"trex", "tcp", 5, 3, 50},
		{"epaxos", "tcp", 3, 12, 120},
		{"epaxos", "udp", 5, 3, 50},
		{"wpaxos", "tcp", 3, 3, 120},
	} {
		t.Run(fmt.Sprint(tc.protocol, tc.transport, tc.members), func(t *testing.T) {
			seed := seedOf(t)
			r := newRig(t, tc.members, seed, func(f *quorate.Config) { f.Protocol, f.Transport = tc.protocol, tc.transport })
			if *soak {
				tc.rounds = tc.long
			}
			l := r.load(loadConfig{binary: 6, rest: 2})
			l.serves(10)
			began := time.Now()
			kills := 0
			for i, step := range schedule(seed, tc.members, tc.rounds) {
				r.strike(i, step, l)
				kills += len(step.victims)
			}
			l.serves(10)
			t.Logf("%d rounds, %d processes killed, %v", tc.rounds, kills, time.Since(began).Round(time.Second/10))
			l.readAll()
			r.agree(l.keys()...)
			r.check()
		})
	}
}

// strike plays one round.
func (r *rig) strike(i int, step round, l *load) {
	r.t.Helper()
	r.pass(step.before)
	for _, id := range r.IDs() {
		if p := r.Process(id); !p.Running() {
			r.t.Fatalf("round %d: member %v has ended by itself, with %d: %s", i, id, p.ExitCode(), p.Stderr())
		}
	}
	for _, m := range step.victims {
		r.Process(r.ID(m)).Signal(os.Kill)
	}
	for _, m := range step.victims {
		r.Process(r.ID(m)).Kill()
	}
	r.pass(step.away)
	for _, m := range step.victims {
		r.Launch(r.t, r.ID(m))
		r.pass(step.back)
	}
	if step.served {
		l.serves(1)
	}
	if step.turn {
		l.turn()
	}
}

// pass lets time pass. It is part of a schedule; no verdict depends on it.
func (r *rig) pass(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.t.Context().Done():
	}
}
