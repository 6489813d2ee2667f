package bench

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate/server/admin"
)

// samplesOf reads metrics as members write them.
func samplesOf(t *testing.T, text string) admin.Samples {
	t.Helper()
	s, err := admin.ParseSamples([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Rule: a histogram is what rose in it between two looks, at all members.
func TestBuckets(t *testing.T) {
	begin := samplesOf(t, "h_bucket{le=\"1\"} 5\nh_bucket{le=\"2\"} 5\nh_bucket{le=\"4\"} 5\nh_bucket{le=\"+Inf\"} 5\n")
	end := samplesOf(t, "h_bucket{le=\"1\"} 15\nh_bucket{le=\"2\"} 25\nh_bucket{le=\"4\"} 25\nh_bucket{le=\"+Inf\"} 25\n")
	list := told{[]admin.Samples{begin, begin}, []admin.Samples{end, end}}.buckets("h")
	if len(list) != 4 || list[0] != (bucket{1, 20}) || list[1] != (bucket{2, 20}) || list[2].n != 0 || list[3].n != 0 {
		t.Fatalf("%v", list)
	}
	for share, want := range map[float64]float64{0: 0, 0.25: 0.5, 0.5: 1, 0.75: 1.5, 1: 2} {
		if got := at(list, share); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v of all are below %v, want %v", share, got, want)
		}
	}
	if got := most(list); got != 2 {
		t.Errorf("at most %v, want 2", got)
	}
	list[3].n = 1 // beyond all bounds
	if got := most(list); got != 8 || at(list, 1) != 4 {
		t.Errorf("beyond the last bound: %v, %v", got, at(list, 1))
	}
	if most(nil) != 0 || at(nil, 0.5) != 0 {
		t.Error("of nothing there is something")
	}
}

// Rule: members' metrics make an execution, of those that told at both ends and were
// the same; what no member counts is missing.
func TestExecutionOfMembers(t *testing.T) {
	life := [2]float64{1, 1}
	text := func(n string) string {
		return "quorate_slots_decided_total{path=\"fast\"} " + n + "\nquorate_slots_decided_total{path=\"slow\"} 1\nquorate_ballots_tried_total " + n +
			"\nquorate_ownership_changes_total{cause=\"new\"} " + n + "\nquorate_ownership_changes_total{cause=\"hinted\"} " + n +
			"\nquorate_slot_commands_count " + n + "\nquorate_slot_commands_sum 1" + n + "\nquorate_slot_commands_bucket{le=\"4\"} " + n + "\nquorate_slot_commands_bucket{le=\"+Inf\"} " + n + "\n"
	}
	begin := Counters{servers: []serverReading{{life: life, samples: samplesOf(t, text("1"))}, {life: life, samples: samplesOf(t, text("1"))}}}
	end := Counters{servers: []serverReading{{life: life, samples: samplesOf(t, text("5"))}, {life: [2]float64{1, 2}, samples: samplesOf(t, text("9"))}}}
	d := &distant{cfg: Config{Protocol: "wpaxos"}}
	e := d.execution(begin, end, 2*time.Second)
	if e.Fast != 4 || e.Slow != 0 || e.FastRatio != 1 || e.Steals != 8 || e.StealRate != 4 || e.StealTries != 4 || e.Delay != nil || e.Components != 0 {
		t.Errorf("%+v", e)
	}
	if b := e.Batch; b == nil || *b != (Batch{Slots: 4, Mean: 1, Max: 4}) { // 15 - 11 commands
		t.Errorf("batches %+v", b)
	}
	d.cfg.Protocol = "paxos"
	delete(end.servers[0].samples, `quorate_ownership_changes_total{cause="new"}`)
	delete(end.servers[0].samples, `quorate_ownership_changes_total{cause="hinted"}`)
	delete(end.servers[0].samples, "quorate_slot_commands_count")
	if e := d.execution(begin, end, time.Second); e.StealTries != 0 || e.Batch != nil {
		t.Errorf("elections are no steals: %+v", e)
	}
	if e := d.execution(begin, Counters{servers: []serverReading{{err: errors.New("silent")}, {err: errors.New("silent")}}}, time.Second); e != nil {
		t.Errorf("nobody told: %+v", e)
	}
}

// Rule: every figure that members' metrics have is in the execution, under its own name.
func TestExecutionHasAllFigures(t *testing.T) {
	text := `quorate_slots_decided_total{path="fast"} 6
quorate_slots_decided_total{path="slow"} 2
quorate_slots_decided_total{path="recovered"} 3
quorate_recoveries_total{needs="promises"} 4
quorate_commands_displaced_total 5
quorate_slots_retransmitted_total 7
quorate_ownership_changes_total{cause="new"} 1
quorate_ownership_changes_total{cause="asked"} 2
quorate_ownership_changes_total{cause="hinted"} 4
quorate_ownership_changes_total{cause="silent"} 8
quorate_ownership_changes_total{cause="own"} 16
quorate_ballots_tried_total 40
quorate_executed_slots 80
quorate_component_slots_bucket{le="2"} 5
quorate_component_slots_bucket{le="4"} 9
quorate_component_slots_bucket{le="8"} 10
quorate_component_slots_bucket{le="+Inf"} 10
quorate_component_slots_sum 40
quorate_component_slots_count 10
quorate_slot_commands_bucket{le="1"} 1
quorate_slot_commands_bucket{le="2"} 4
quorate_slot_commands_bucket{le="+Inf"} 4
quorate_slot_commands_sum 7
quorate_slot_commands_count 4
quorate_commit_to_execute_seconds_bucket{le="0.01"} 50
quorate_commit_to_execute_seconds_bucket{le="0.02"} 100
quorate_commit_to_execute_seconds_bucket{le="+Inf"} 100
quorate_commit_to_execute_seconds_sum 1.5
quorate_commit_to_execute_seconds_count 100
`
	one := func(text string) Counters { return Counters{servers: []serverReading{{samples: samplesOf(t, text)}}} }
	got := (&distant{}).execution(one(""), one(text), 2*time.Second)
	want := Execution{
		Fast: 6, Slow: 2, FastRatio: 0.75, Recovered: 3, Recoveries: 4, Displaced: 5, Retransmitted: 7, Steals: 31, StealRate: 15.5, StealTries: 40,
		Components: 10, InComponents: 0.5, ComponentP50: 2, ComponentP99: 8, ComponentP999: 8, ComponentMax: 8,
		Batch: &Batch{Slots: 4, Mean: 1.75, Max: 2}, Delay: &Latency{Mean: 15, P50: 10, P95: 19, P99: 19.8, P999: 19.98, Max: 20},
	}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v, batches %+v, delays %+v", got, got.Batch, got.Delay)
	}
}
