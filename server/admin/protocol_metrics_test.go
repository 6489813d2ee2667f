package admin_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
)

// amount returns the value of a metric, 0 if there is none.
func (m *member) amount(name string) float64 {
	m.rig.t.Helper()
	v, _ := strconv.ParseFloat(metric(m.metrics(), "quorate_"+name), 64)
	return v
}

// Every event of a protocol moves its metric, and no other.
func TestEventsAreCounted(t *testing.T) {
	for _, tc := range []struct {
		event quorate.Event
		name  string
		by    float64
	}{
		{quorate.Became{Role: "leader"}, `role_changes_total{role="leader"}`, 1},
		{quorate.Became{Role: "recoverer"}, `role_changes_total{role="recoverer"}`, 1},
		{quorate.Became{Role: "its own"}, `role_changes_total{role="its own"}`, 1},
		{quorate.Probed{Verdict: quorate.Won}, `probes_total{verdict="won"}`, 1},
		{quorate.Probed{Verdict: quorate.Lost}, `probes_total{verdict="lost"}`, 1},
		{quorate.Probed{}, `probes_total{verdict="pending"}`, 1},
		{quorate.Stood{}, "ballots_tried_total", 1},
		{quorate.Elected{}, "elections_won_total", 1},
		{quorate.SteppedDown{}, "step_downs_total", 1},
		{quorate.Retransmitted{Slots: 7}, "slots_retransmitted_total", 7},
		{quorate.Chosen{}, "slots_chosen_total", 1},
		{quorate.Installed{}, "snapshots_installed_total", 1},
		{quorate.Recovering{}, `recoveries_total{needs="promises"}`, 1},
		{quorate.Recovering{Stage: quorate.StageOthers}, `recoveries_total{needs="others"}`, 1},
		{quorate.Displaced{Commands: 3}, "commands_displaced_total", 3},
		{quorate.Component{Size: 5}, "component_slots_sum", 5},
		{quorate.Executed{Log: "1.1", Commands: []quorate.Command{{Op: quorate.OpPut}}}, "commands_executed_total", 1},
	} {
		m := newRig(t, 1, nil).members[0]
		m.Node().Close() // it has events of its own
		before := m.metrics()
		m.handler.Instrument(server.NodeConfig{}).Observer(tc.event)
		after := m.metrics()
		for name := range map[string]bool{
			`role_changes_total{role="leader"}`: true, `role_changes_total{role="recoverer"}`: true, `role_changes_total{role="follower"}`: true,
			`probes_total{verdict="won"}`: true, `probes_total{verdict="lost"}`: true, `probes_total{verdict="pending"}`: true, "ballots_tried_total": true,
			"elections_won_total": true, "step_downs_total": true, "slots_retransmitted_total": true, "slots_chosen_total": true, "snapshots_installed_total": true,
			`recoveries_total{needs="promises"}`: true, "commands_displaced_total": true, "component_slots_sum": true, "commit_to_execute_seconds_count": true,
			tc.name: true,
		} {
			was, _ := strconv.ParseFloat(metric(before, "quorate_"+name), 64)
			is, _ := strconv.ParseFloat(metric(after, "quorate_"+name), 64)
			want := 0.0
			if name == tc.name {
				want = tc.by
			}
			if is-was != want {
				t.Errorf("%+v moved %s by %v, want %v", tc.event, name, is-was, want)
			}
		}
	}
}

// What happens to a protocol shows: an election, a leader that nobody hears any
// more, what it sends again, how far it lags, and what it answers in the end.
func TestMetricsOfALeaderThatNobodyHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		c := r.client()
		for i := range 20 {
			if _, err := c.Put(t.Context(), fmt.Sprint(i), []byte("v")); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		var leader *member
		for _, m := range r.members {
			if m.status().Role == "leader" {
				leader = m
			}
			if lag := m.amount("commit_lag_slots"); lag != 0 {
				t.Errorf("%v lags %v slots with nothing to do", m.id, lag)
			}
		}
		for name, least := range map[string]float64{
			`role_changes_total{role="leader"}`: 1, `role_changes_total{role="candidate"}`: 1, `role_changes_total{role="probing"}`: 1,
			"ballots_tried_total": 1, `probes_total{verdict="won"}`: 1, `requests_answered_total{reason="none",status="done"}`: 20,
		} {
			if got := leader.amount(name); got < least {
				t.Errorf("the leader's %s is %v, want %v", name, got, least)
			}
		}
		resent := leader.amount("slots_retransmitted_total")
		leader.ask("/drop?id=all&t=1h")
		own := make(chan error, 1)
		go func() { // at the leader itself, which cannot commit it
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := leader.Node().Submit(ctx, quorate.Request{Timeout: time.Second, Command: quorate.Command{
				Client: 1, Seq: 1, Issued: time.Duration(time.Now().UnixNano()), Op: quorate.OpPut, Key: "k"}})
			own <- err
		}()
		time.Sleep(180 * time.Millisecond) // the others have not replaced it yet
		if leader.amount("commit_lag_slots") == 0 || leader.amount("slots_retransmitted_total") <= resent {
			t.Errorf("lag %v, retransmitted %v after %v", leader.amount("commit_lag_slots"), leader.amount("slots_retransmitted_total"), resent)
		}
		time.Sleep(5 * time.Second)
		<-own
		if leader.amount(`requests_answered_total{reason="deadline_passed",status="unknown"}`) != 1 {
			t.Errorf("the request was not answered as unknown:\n%s", leader.metrics())
		}
		if leader.amount(`role_changes_total{role="follower"}`) == 0 {
			t.Error("it still leads")
		}
		c.Close()
		r.close()
	})
}

// slow is a disk that takes a minute for a sync.
type slow struct{ quorate.Journal }

func (j slow) Commit(ops []quorate.RecordOp) error {
	time.Sleep(time.Minute)
	return j.Journal.Commit(ops)
}

func (slow) Immediate() bool { return false }

// What waits shows: records for a disk that is slow, messages for a loop that is busy.
func TestMetricsOfQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		c := r.client()
		m := r.members[2]
		m.Node().Close()
		time.Sleep(time.Second)
		m.startOn(slow{m.medium.Open()})
		time.Sleep(2 * time.Minute)
		for i := range 3 {
			if _, err := c.Put(t.Context(), fmt.Sprint(i), []byte("v")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if m.amount("journal_backlog_bytes") == 0 {
			t.Error("nothing waits for the disk")
		}
		busy, free := r.members[0], make(chan struct{})
		go busy.Node().Inspect(t.Context(), func(quorate.Replica, *quorate.Once) { <-free })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go busy.Node().Do(ctx, client.Op{Kind: quorate.OpPut, Key: "k"})
		time.Sleep(time.Second)
		if busy.amount("inbox_messages") == 0 || busy.amount("inbox_requests") == 0 {
			t.Errorf("%v messages and %v requests wait for the loop", busy.amount("inbox_messages"), busy.amount("inbox_requests"))
		}
		close(free)
		c.Close()
		r.close()
	})
}

// Slots are counted by how they were decided, and timed until they are executed.
func TestSlotsAreTimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newRig(t, 1, nil).members[0]
		m.Node().Close()
		observe := m.handler.Instrument(server.NodeConfig{}).Observer
		before := m.amount("commit_to_execute_seconds_sum")
		observe(quorate.Chosen{Log: "1.2", Slot: 3, Path: quorate.PathFast})
		observe(quorate.Chosen{Log: "1.1", Slot: 3, Path: quorate.PathSlow})
		observe(quorate.Chosen{Log: "1.3", Slot: 3})
		time.Sleep(time.Second)
		observe(quorate.Executed{Log: "1.2", Slot: 3})
		time.Sleep(2 * time.Second)
		observe(quorate.Executed{Log: "1.1", Slot: 3})
		again := m.handler.Instrument(server.NodeConfig{}).Observer // the node was started anew
		again(quorate.Executed{Log: "1.3", Slot: 3})
		if took, n := m.amount("commit_to_execute_seconds_sum")-before, m.amount("commit_to_execute_seconds_count"); took != 4 || n != 2 {
			t.Errorf("%v s in %v slots", took, n)
		}
		if fast, slow := m.amount(`slots_decided_total{path="fast"}`), m.amount(`slots_decided_total{path="slow"}`); fast != 1 || slow != 1 {
			t.Errorf("%v fast, %v slow", fast, slow)
		}
	})
}
