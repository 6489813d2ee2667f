package admin_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// metric returns the value of a metric as it is printed, "" if there is none.
func metric(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (m *member) metrics() string {
	m.rig.t.Helper()
	w := m.ask("/metrics")
	if w.Code != 200 {
		m.rig.t.Fatalf("metrics: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetricsAreWellNamed(t *testing.T) {
	r := newRig(t, 3, nil)
	text := r.members[0].metrics()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "quorate_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for _, name := range []string{"process_cpu_seconds_total", "process_resident_memory_bytes", "go_goroutines"} {
		if metric(text, name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
}

// Rule: metrics tell what happened.
func TestMetricsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		c := r.client()
		for i := range 50 {
			if _, err := c.Put(t.Context(), fmt.Sprint(i), []byte("v")); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		var leader *member
		for _, m := range r.members {
			text := m.metrics()
			if m.status().Role == "leader" {
				leader = m
			}
			want := map[string]string{
				"quorate_up": "1", "quorate_leader_known": "1", "quorate_commands_executed_total": "50", "quorate_outcomes": "50",
				"quorate_node_starts_total": "1", "quorate_requests_pending": "0", `quorate_role{role="probing"}`: "0",
				`quorate_role{role="leader"}`:                      number(m.status().Role == "leader"),
				"quorate_elections_won_total":                      number(m.status().Role == "leader"),
				`quorate_faults_in_force{kind="drop"}`:             "0",
				"quorate_journal_commit_seconds_count":             metric(text, "quorate_journal_batch_records_count"),
				`quorate_messages_dropped_total{cause="injected"}`: "0",
			}
			for name, value := range want {
				if got := metric(text, name); got != value {
					t.Errorf("%v: %s = %q, want %q", m.id, name, got, value)
				}
			}
			for _, name := range []string{"quorate_slots_chosen_total", "quorate_journal_batch_records_sum", "quorate_messages_sent_total", "quorate_loop_messages_total", "quorate_executed_slots", "quorate_ballot_number"} {
				if got := metric(text, name); got == "" || got == "0" {
					t.Errorf("%v: %s = %q, want something", m.id, name, got)
				}
			}
		}
		leader.ask("/drop?id=all&t=1h")
		time.Sleep(5 * time.Second)
		text := leader.metrics()
		if metric(text, `quorate_faults_in_force{kind="drop"}`) != "1" || metric(text, `quorate_messages_dropped_total{cause="injected"}`) == "0" || metric(text, "quorate_step_downs_total") != "1" {
			t.Error(text)
		}
		c.Close()
		r.close()
	})
}

func number(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// Rule: a node that is down, or failed, or stuck, still has metrics of its process.
func TestMetricsOfDeadNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[0]
		time.Sleep(time.Second)
		m.ask("/crash?t=10")
		text := m.metrics()
		if metric(text, "quorate_up") != "0" || metric(text, `quorate_faults_in_force{kind="crash"}`) != "1" || metric(text, "process_start_time_seconds") == "" ||
			metric(text, "quorate_executed_slots") != "" || metric(text, "quorate_messages_sent_total") != "" {
			t.Errorf("crashed: %s", text)
		}
		time.Sleep(15 * time.Second)
		if text := m.metrics(); metric(text, "quorate_up") != "1" || metric(text, "quorate_node_starts_total") != "2" {
			t.Errorf("again: %s", text)
		}
		m.fail(errors.New("disk full"))
		if text := m.metrics(); metric(text, "quorate_up") != "0" || metric(text, "quorate_messages_sent_total") == "" || metric(text, "quorate_executed_slots") != "" {
			t.Errorf("failed: %s", text)
		}
		r.close()
	})
}

// Rule: many scrapes under load neither wait for ever nor race.
func TestScrapesUnderLoad(t *testing.T) {
	r := newRig(t, 3, nil)
	var wg sync.WaitGroup
	for k := range 4 {
		c := r.client()
		wg.Go(func() {
			for i := range 200 {
				if _, err := c.Put(t.Context(), fmt.Sprint(k), []byte(fmt.Sprint(i))); err != nil {
					t.Error(err)
					return
				}
			}
		})
		wg.Go(func() {
			for i := range 25 {
				m := r.members[i%3]
				m.ask("/metrics")
				m.ask("/status")
				m.ask("/slow?id=all&delay=1ms&t=1ms")
			}
		})
	}
	wg.Wait()
	total := 0
	for _, m := range r.members {
		var n int
		fmt.Sscan(metric(m.metrics(), "quorate_commands_executed_total"), &n)
		total = max(total, n)
	}
	if total < 800 {
		t.Errorf("%d commands executed, want 800 or, with retries, more", total)
	}
}
