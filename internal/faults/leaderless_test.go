package faults_test

import (
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// Rule: where nobody leads, the death of a member holds up the others' clients for
// no longer than it takes to recover what it had under way. It comes back from its
// journal, catches up, and serves.
func TestMemberKilled(t *testing.T) {
	awayAndBack(t, "epaxos", func(r *rig, id quorate.ID) { r.Process(id).Kill() }, func(r *rig, id quorate.ID) { r.Start(r.t, id) })
}

// Rule: nor does a member that stands still. It goes on with what it had proposed,
// whatever became of that in the meantime.
func TestMemberStandsStill(t *testing.T) {
	awayAndBack(t, "epaxos", func(r *rig, id quorate.ID) { r.Process(id).Signal(syscall.SIGSTOP) },
		func(r *rig, id quorate.ID) { r.Process(id).Signal(syscall.SIGCONT) })
}

// awayAndBack takes one member after the other away, while clients of all members
// and some of the others only are at work.
func awayAndBack(t *testing.T, protocol string, away, back func(r *rig, id quorate.ID)) *rig {
	r := newRig(t, 3, seedOf(t), runs(protocol))
	everywhere := r.load(loadConfig{binary: 3, rest: 2})
	everywhere.serves(50)
	rounds := 1
	if *soak {
		rounds = 10
	}
	var used []string
	for range rounds {
		for _, id := range r.IDs() {
			others := r.load(loadConfig{binary: 4, rest: 2, first: r.others(id)})
			others.serves(20)
			away(r, id)
			others.serves(100)
			others.stop()
			used = append(used, others.keys()...)
			t.Logf("without %v: the longest that a client of the others was not served: %v", id, time.Duration(others.longest.Load()).Round(time.Millisecond))
			back(r, id)
			own := r.load(loadConfig{binary: 2, first: []quorate.ID{id}})
			own.serves(20)
			own.stop()
			used = append(used, own.keys()...)
			everywhere.turn()
		}
	}
	everywhere.readAll()
	everywhere.stop()
	r.agree(append(used, everywhere.keys()...)...)
	r.check()
	return r
}

// Rule: what a member misses for long is dropped by the others. When it is back it
// takes their states instead, and serves.
func TestLongAbsence(t *testing.T) {
	r := newRig(t, 3, seedOf(t), runs("epaxos"), func(f *quorate.Config) {
		f.Options = json.RawMessage(`{"trim_step":32,"retain":128}`)
	})
	away := r.ID(2)
	l := r.load(loadConfig{binary: 6, rest: 2, pause: time.Millisecond, first: r.others(away)})
	l.serves(50)
	for range 2 {
		r.Process(away).Kill()
		l.turn()
		l.serves(800)
		r.await("the others have dropped most of it", func() bool { return r.status(r.ID(0)).Retained < 400 && r.status(r.ID(1)).Retained < 400 })
		r.Start(t, away)
		own := r.load(loadConfig{binary: 2, rest: 1, first: []quorate.ID{away}})
		own.serves(20)
		own.stop()
		r.agree(own.keys()...)
	}
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}
