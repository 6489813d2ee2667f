package faults_test

import (
	"context"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/transport"
)

var (
	soak     = flag.Bool("soak", false, "run the long forms of the tests")
	soakSeed = flag.Uint64("soak.seed", 0, "the seed of the tests' schedules; 0 draws one")
)

// patience is how long anything may take. Nothing depends on it: a test that
// waits so long has failed.
const patience = time.Minute

// seedOf returns the seed of a test's schedule, and says how to get it again.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := *soakSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	long := ""
	if *soak {
		long = " -soak"
	}
	t.Logf("to try again: go test ./internal/faults -run '^%s$'%s -soak.seed %d", t.Name(), long, seed)
	return seed
}

// rig is a cluster of processes, the ways to reach it, and the history of what
// its clients saw.
type rig struct {
	*proc.Cluster
	t       *testing.T
	seed    uint64
	secure  *transport.TLSConfig // of clients; nil is plain text
	reach   *remote.Cluster
	history *checker.Recorder
	start   time.Time // of the history
	loads   int       // how many there were
}

// newRig makes a cluster that keeps the history of its keys, and starts it with
// journals on disk.
func newRig(t *testing.T, n int, seed uint64, edit ...func(*quorate.Config)) *rig {
	t.Helper()
	return newZones(t, 1, n, seed, edit...)
}

// newZones is newRig with n members in each of so many zones.
func newZones(t *testing.T, zones, n int, seed uint64, edit ...func(*quorate.Config)) *rig {
	t.Helper()
	r := sleeping(t, zones, n, seed, edit...)
	r.StartAll(t, "--init", "--linger", "1s")
	return r
}

// dormant is newRig without the start.
func dormant(t *testing.T, n int, seed uint64, edit ...func(*quorate.Config)) *rig {
	t.Helper()
	return sleeping(t, 1, n, seed, edit...)
}

func sleeping(t *testing.T, zones, n int, seed uint64, edit ...func(*quorate.Config)) *rig {
	t.Helper()
	if testing.Short() {
		t.Skip("takes processes and seconds; without -short it runs")
	}
	r := &rig{t: t, seed: seed, Cluster: proc.NewGrid(t, zones, n, func(f *quorate.Config) {
		f.History = 20
		for _, e := range edit {
			e(f)
		}
	})}
	var err error
	if r.reach, err = remote.Open(remote.Config{File: r.File}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.reach.Close() })
	r.start = time.Now()
	if r.history, err = checker.NewRecorder(checker.RecorderConfig{Now: func() time.Duration { return time.Since(r.start) }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			r.tell()
		}
	})
	return r
}

// each runs a test with every protocol that has one leader.
func each(t *testing.T, test func(t *testing.T, protocol string)) {
	for _, protocol := range []string{"paxos", "trex"} {
		t.Run(protocol, func(t *testing.T) { test(t, protocol) })
	}
}

// all runs a test with every protocol, those without a leader too.
func all(t *testing.T, test func(t *testing.T, protocol string)) {
	each(t, test)
	for _, protocol := range []string{"epaxos", "wpaxos"} {
		t.Run(protocol, func(t *testing.T) { test(t, protocol) })
	}
}

// leads reports whether the members' protocol has a leader, and so one log of
// which all execute a beginning.
func (r *rig) leads() bool { return r.File.Protocol != "epaxos" && r.File.Protocol != "wpaxos" }

// runs has members run a protocol.
func runs(protocol string) func(*quorate.Config) {
	return func(f *quorate.Config) { f.Protocol = protocol }
}

// calm has members wait so long for a leader that one which stands for election
// has heard nothing from it, and not just too little for want of a processor.
func calm(f *quorate.Config) {
	f.Options = json.RawMessage(`{"election_timeout":"1500ms"}`)
}

// tell logs what the members complained about.
func (r *rig) tell() {
	for _, id := range r.IDs() {
		if p := r.Process(id); p != nil {
			lines := strings.Split(strings.TrimSpace(p.Stderr()), "\n")
			r.t.Logf("%v:\n%s", id, strings.Join(lines[max(0, len(lines)-10):], "\n"))
		}
	}
}

// operator returns a client of a member's admin listener.
func (r *rig) operator(id quorate.ID) *admin.Client {
	r.t.Helper()
	a, err := r.reach.Admin(id, 5*time.Second)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { a.Close() })
	return a
}

// ask asks a member for its status.
func (r *rig) ask(id quorate.ID) (admin.Status, error) {
	a, err := r.reach.Admin(id, 2*time.Second)
	if err != nil {
		return admin.Status{}, err
	}
	defer a.Close()
	return a.Status(context.Background())
}

// status returns the status of a member that must answer.
func (r *rig) status(id quorate.ID) admin.Status {
	r.t.Helper()
	s, err := r.ask(id)
	if err != nil {
		r.t.Fatalf("member %v: %v", id, err)
	}
	return s
}

// await looks again and again until something is so.
func (r *rig) await(what string, so func() bool) {
	r.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for !so() {
		select {
		case <-pace.C:
		case <-limit.C:
			r.t.Fatalf("after %v it is not so that %s", patience, what)
		}
	}
}

// leader waits until a member leads, as it says itself, and returns it.
func (r *rig) leader() quorate.ID {
	r.t.Helper()
	var leader quorate.ID
	r.await("a member leads", func() bool {
		for _, id := range r.IDs() {
			if s, err := r.ask(id); err == nil && s.Role == "leader" {
				leader = id
				return true
			}
		}
		return false
	})
	return leader
}

// others returns the members besides some.
func (r *rig) others(but ...quorate.ID) []quorate.ID {
	return slices.DeleteFunc(slices.Clone(r.IDs()), func(id quorate.ID) bool { return slices.Contains(but, id) })
}

// level waits until all members have executed the same, and nothing is under
// way.
func (r *rig) level() {
	r.t.Helper()
	r.await("all members have executed the same", func() bool {
		var first admin.Status
		for i, id := range r.IDs() {
			s, err := r.ask(id)
			if i == 0 {
				first = s
			}
			if err != nil || s.State != admin.StateRunning || s.Executed != s.Committed || s.Executed != first.Executed {
				return false
			}
		}
		return true
	})
}

// agree waits until all members are level, and compares what they have of the
// keys, with the versions that they keep. Without a leader it waits until they have
// the same.
func (r *rig) agree(keys ...string) {
	r.t.Helper()
	if r.leads() {
		r.level()
	}
	reach, err := remote.Open(remote.Config{File: r.File, TLS: r.secure}) // with no connection that waits to be tried again
	if err != nil {
		r.t.Fatal(err)
	}
	defer reach.Close()
	for _, key := range keys {
		if !r.leads() {
			r.await("all members have the same of key "+key, func() bool {
				views, a := reach.Consensus(r.t.Context(), key)
				return a.Verdict == quorate.Won && !slices.ContainsFunc(views, func(v remote.View) bool { return v.Version() != views[0].Version() })
			})
			continue
		}
		views, a := reach.Consensus(r.t.Context(), key)
		if a.Verdict != quorate.Won {
			r.t.Errorf("members on %q: %v: %s", key, a.Verdict, a.Why)
		}
		for i := range views {
			if views[i].Version() != views[0].Version() {
				r.t.Errorf("%q: %v has version %d, %v has %d", key, views[i].ID, views[i].Version(), views[0].ID, views[0].Version())
			}
		}
	}
}

// check decides whether what clients saw was linearizable.
func (r *rig) check() checker.Result {
	r.t.Helper()
	res, err := r.history.Check(r.t.Context(), checker.Config{TimeLimit: 5 * time.Minute})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Logf("%d operations done (%d stale reads), %d not executed, %d unknown, on %d keys; checked in %v",
		res.Done, res.Stale, res.NotExecuted, res.Open, res.Keys, res.Elapsed.Round(time.Millisecond))
	if res.Verdict != checker.OK {
		r.t.Errorf("the history is %v: %s", res.Verdict, res.Reason)
		for i := range res.Counterexamples {
			r.t.Log(res.Counterexamples[i].String())
		}
	}
	return res
}
