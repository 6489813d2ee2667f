package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// faults returns what the node's link does to its peers, as "1.2 cut", …
func (m *member) faults() string {
	var list []string
	for _, id := range m.rig.cluster.IDs() {
		f := m.Node().Faults().Get(id)
		switch {
		case f.Cut:
			list = append(list, id.String()+" cut")
		case f.Loss > 0 && f.Delay > 0:
			list = append(list, fmt.Sprintf("%v loss %v delay %v", id, f.Loss, f.Delay))
		case f.Duplicate > 0 || f.Reorder > 0:
			list = append(list, fmt.Sprintf("%v duplicate %v reorder %v late %v", id, f.Duplicate, f.Reorder, f.Late))
		case f.Loss > 0:
			list = append(list, fmt.Sprintf("%v loss %v", id, f.Loss))
		case f.Jitter > 0:
			list = append(list, fmt.Sprintf("%v delay %v+%v", id, f.Delay, f.Jitter))
		case f.Delay > 0:
			list = append(list, fmt.Sprintf("%v delay %v", id, f.Delay))
		}
	}
	return strings.Join(list, ", ")
}

// story is faults over time, and what the link of 1.1 then does.
type story struct {
	name string
	at   []at
}

type at struct {
	seconds int
	ask     string // may be empty
	want    string
}

func stories() []story {
	return []story{
		{"one", []at{{0, "/drop?id=1.2&t=5", "1.2 cut"}, {4, "", "1.2 cut"}, {6, "", ""}}},
		{"dropped twice, the longer first", []at{
			{0, "/drop?id=1.2&t=5", "1.2 cut"}, {1, "/drop?id=1.2&t=2", "1.2 cut"}, {4, "", "1.2 cut"}, {6, "", ""},
		}},
		{"dropped twice, the shorter first", []at{
			{0, "/drop?id=1.2&t=2", "1.2 cut"}, {1, "/drop?id=1.2&t=5", "1.2 cut"}, {4, "", "1.2 cut"}, {7, "", ""},
		}},
		{"a partition during slowness", []at{
			{0, "/slow?id=all&delay=100ms&t=10", "1.2 delay 100ms, 1.3 delay 100ms"},
			{1, "/partition?group=1.1,1.2&t=3", "1.2 delay 100ms, 1.3 cut"},
			{5, "", "1.2 delay 100ms, 1.3 delay 100ms"}, {11, "", ""},
		}},
		{"a partition replaces the one before", []at{
			{0, "/partition?group=1.1,1.2&group=1.3&t=10", "1.3 cut"},
			{1, "/partition?group=1.1,1.3&t=2", "1.2 cut"}, {4, "", ""},
		}},
		{"a partition that names others only", []at{{0, "/partition?group=1.2&t=1", "1.2 cut"}, {2, "", ""}}},
		{"a partition into one", []at{{0, "/partition?group=1.1,1.2,1.3&t=1", ""}}},
		{"the stronger holds", []at{
			{0, "/flaky?id=1.2&p=0.5&t=9", "1.2 loss 0.5"}, {1, "/flaky?id=1.2&p=0.25&t=9", "1.2 loss 0.5"},
			{2, "/slow?id=1.2&delay=50ms&t=1", "1.2 loss 0.5 delay 50ms"},
			{3, "/slow?id=1.3&delay=50ms&jitter=50ms&t=1", "1.2 loss 0.5, 1.3 delay 50ms+50ms"},
			{4, "", "1.2 loss 0.5"}, {9, "", "1.2 loss 0.25"}, {10, "", ""},
		}},
		{"slow and cut", []at{
			{0, "/drop?id=1.2&t=2", "1.2 cut"}, {1, "/slow?id=1.2&delay=50ms&t=5", "1.2 cut"}, {3, "", "1.2 delay 50ms"}, {7, "", ""},
		}},
		{"the slower holds", []at{
			{0, "/slow?id=1.2&delay=50ms&t=2", "1.2 delay 50ms"}, {1, "/slow?id=1.2&delay=20ms&jitter=10ms&t=5", "1.2 delay 50ms"},
			{3, "", "1.2 delay 20ms+10ms"}, {4, "/slow?id=1.2&delay=15ms&jitter=20ms&t=1", "1.2 delay 15ms+20ms"}, {7, "", ""},
		}},
		{"the most of twice and late", []at{
			{0, "/duplicate?id=1.2&p=0.5&t=9", "1.2 duplicate 0.5 reorder 0 late 0s"}, {1, "/duplicate?id=1.2&p=0.2&t=3", "1.2 duplicate 0.5 reorder 0 late 0s"},
			{2, "/reorder?id=1.2&p=0.2&delay=1s&t=2", "1.2 duplicate 0.5 reorder 0.2 late 1s"},
			{3, "/reorder?id=1.2&p=0.1&delay=2s&t=3", "1.2 duplicate 0.5 reorder 0.2 late 2s"},
			{5, "", "1.2 duplicate 0.5 reorder 0.1 late 2s"}, {7, "", "1.2 duplicate 0.5 reorder 0 late 0s"}, {10, "", ""},
		}},
		{"one of the same name takes the place", []at{
			{0, "/drop?id=1.2&t=9&name=a", "1.2 cut"}, {1, "/drop?id=1.3&t=9&name=a", "1.3 cut"},
			{2, "/flaky?id=1.2&p=0.5&t=9&name=b", "1.2 loss 0.5, 1.3 cut"}, {3, "/flaky?id=1.2&p=0.2&t=9&name=a", "1.2 loss 0.5"},
			{4, "/heal?name=b", "1.2 loss 0.2"}, {5, "/heal?name=c", "1.2 loss 0.2"}, {6, "/heal", ""},
		}},
		{"one without a name does not", []at{{0, "/drop?id=1.2&t=9", "1.2 cut"}, {1, "/drop?id=1.3&t=9", "1.2 cut, 1.3 cut"}, {2, "/heal?name=a", "1.2 cut, 1.3 cut"}, {3, "/heal", ""}}},
		{"healed", []at{{0, "POST /drop?id=all&t=1h", "1.2 cut, 1.3 cut"}, {1, "POST /heal", ""}, {2, "/drop?id=1.3&t=1s", "1.3 cut"}, {4, "", ""}}},
		{"across a crash", []at{
			{0, "/drop?id=1.2&t=10", "1.2 cut"}, {1, "/crash?t=2", "down"}, {4, "", "1.2 cut"}, {11, "", ""},
		}},
		{"while crashed", []at{
			{0, "/crash?t=3", "down"}, {1, "/partition?group=1.1&t=5", "down"}, {4, "", "1.2 cut, 1.3 cut"}, {7, "", ""},
		}},
		{"over while crashed", []at{{0, "/drop?id=1.2&t=2", "1.2 cut"}, {1, "/crash?t=3", "down"}, {5, "", ""}}},
	}
}

// Rule: what a direction suffers is the strongest of what is in force, and what
// ends takes away only its own.
func TestFaultsOverlapAndEnd(t *testing.T) {
	for _, test := range stories() {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 3, nil)
				m := r.members[0]
				began := time.Now()
				for _, step := range test.at {
					time.Sleep(time.Until(began.Add(time.Duration(step.seconds) * time.Second)))
					synctest.Wait()
					if step.ask != "" {
						if w := m.ask(step.ask); w.Code != 200 {
							t.Fatalf("%s: %d %s", step.ask, w.Code, w.Body)
						}
					}
					got := "down"
					if m.Node() != nil {
						got = m.faults()
					}
					if got != step.want {
						t.Errorf("after %d s, %q: %q, want %q", step.seconds, step.ask, got, step.want)
					}
				}
				r.close()
			})
		})
	}
}

// Rule: what somebody set at the link by other means stays.
func TestFaultsOfOthersStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[0]
		if err := m.Node().Faults().Set(r.cluster.ID(2), transport.Fault{Cut: true}); err != nil {
			t.Fatal(err)
		}
		m.ask("/drop?id=1.2&t=1")
		if got := m.faults(); got != "1.2 cut, 1.3 cut" {
			t.Error(got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := m.faults(); got != "1.3 cut" {
			t.Errorf("%q, want the other's", got)
		}
		r.close()
	})
}

// Rule: faults are bounded in number, and those that ended do not count.
func TestFaultsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[0]
		for range 3 {
			for k := range 64 {
				if w := m.ask("/drop?id=1.2&t=5"); w.Code != 200 {
					t.Fatalf("fault %d: %d %s", k, w.Code, w.Body)
				}
			}
			if w := m.ask("/drop?id=1.2&t=5"); w.Code != 409 || !strings.Contains(w.Body.String(), "too many faults") {
				t.Errorf("one too many: %d %s", w.Code, w.Body)
			}
			time.Sleep(5 * time.Second)
		}
		r.close()
	})
}

// Rule: a handler that is closed leaves no fault, and takes none.
func TestFaultsEndWithTheHandler(t *testing.T) {
	r := newRig(t, 3, nil)
	m := r.members[0]
	m.ask("/drop?id=1.2&t=1h")
	m.handler.Close()
	if w := m.ask("/drop?id=1.3&t=1h"); w.Code != 409 || m.faults() != "" {
		t.Errorf("%d %s, %q", w.Code, w.Body, m.faults())
	}
}

// Rule: the status lists what is in force, and for how long.
func TestFaultsAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[0]
		m.ask("/flaky?id=1.2,1.3&p=0.5&t=5")
		m.ask("/slow?id=1.3&delay=1s&jitter=500ms&t=10&name=slowly")
		time.Sleep(2 * time.Second)
		s := m.status()
		ids := []quorate.ID{r.cluster.ID(1), r.cluster.ID(2)}
		if got, want := fmt.Sprint(s.Faults), fmt.Sprint("[{flaky  ", ids, " 0.5 0 0 0 0  3} {slow slowly [1.3] 0 0 0 1 0.5  8}]"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		m.ask("/crash?t=3")
		time.Sleep(time.Second)
		s = m.status()
		if got := fmt.Sprint(s.Faults); got != "[{crash  [] 0 0 0 0 0  2} {flaky  [1.2 1.3] 0.5 0 0 0 0  2} {slow slowly [1.3] 0 0 0 1 0.5  7}]" || s.State != "down" {
			t.Errorf("%s %s", s.State, got)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if s := m.status(); s.State != "running" || len(s.Faults) != 1 {
			t.Errorf("%+v", s)
		}
		r.close()
	})
}
