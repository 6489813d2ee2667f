package faults_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/proc"
)

// cost runs a benchmark, and returns what an operation costs the servers and how
// many were done in a second.
func (r *rig) cost(what string) (micros, rate float64) {
	r.t.Helper()
	d := "700ms"
	if *soak {
		d = "5s"
	}
	got := proc.Run(r.t, "bench", "--config", r.Path, "--clients", "16", "--keys", "100", "--warmup", "300ms", "--duration", d, "--json")
	var report struct {
		Runs []struct {
			Throughput float64
			Errors     int
			Servers    struct {
				Microseconds float64 `json:"cpu_us_per_op"`
			}
		}
	}
	if err := json.Unmarshal([]byte(got.Stdout), &report); err != nil || got.Code != 0 || len(report.Runs) != 1 || report.Runs[0].Errors > 0 {
		r.t.Fatalf("%s: %v, %+v", what, err, got)
	}
	run := report.Runs[0]
	r.t.Logf("%s: %.0f op/s, %.1f µs of the servers' processors for each", what, run.Throughput, run.Servers.Microseconds)
	return run.Servers.Microseconds, run.Throughput
}

// Rule: a member that was never started holds up nobody, and costs nothing to
// speak of; nor does one that is dead. When it comes it is one of them.
func TestNeverStarted(t *testing.T) { all(t, neverStarted) }

func neverStarted(t *testing.T, protocol string) {
	r := dormant(t, 3, seedOf(t), runs(protocol))
	late := r.ID(2)
	for _, id := range r.others(late) {
		r.Launch(t, id, "--init")
	}
	for _, id := range r.others(late) {
		r.Process(id).Line(t, "ready")
	}
	t.Logf("two of three serve %v after they were started", r.writes(time.Now(), r.others(late)))
	l := r.load(loadConfig{binary: 4, rest: 2, first: r.others(late)})
	l.serves(100)
	l.stop()
	never, _ := r.cost("one never started")
	r.Start(t, late, "--init")
	if r.leads() {
		r.level()
	}
	if s := r.status(late); s.Learner {
		t.Errorf("%+v", s)
	}
	all, _ := r.cost("all run")
	r.Process(late).Kill()
	r.writes(time.Now(), r.others(late))
	dead, _ := r.cost("one is dead")
	if max(never, dead) > 5*all {
		t.Errorf("an operation costs %.1f µs with one never started, %.1f with one dead, and %.1f with all", never, dead, all)
	}
	r.Start(t, late)
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}
