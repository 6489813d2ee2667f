package nemesis

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

func mustSay(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want one with %q", name, err, want)
	}
}

const ms = time.Millisecond

func TestValidateAccepts(t *testing.T) {
	for _, f := range []Fault{
		{Kind: Partition, Shape: "majority", Grudge: Isolate(3, 1)},
		{Kind: Partition, Shape: "bridge", Grudge: Isolate(3, 1), At: 1, For: 2, Flap: ms},
		{Kind: Partition, Shape: ShapeMute, Nodes: []int{2}},
		{Kind: Partition, Shape: ShapeShunned, Nodes: []int{1}},
		{Kind: Partition, Shape: ShapeIsolate, After: &Trigger{On: OnElected, Node: -1, Nth: 1}},
		{Kind: Loss, Nodes: []int{0}, Amount: 1},
		{Kind: Duplicate, Nodes: []int{0}, Amount: 0.5},
		{Kind: Delay, Nodes: []int{0}, Extra: ms},
		{Kind: Crash, Nodes: []int{0, 1, 2}, Torn: Torn},
		{Kind: Crash, Torn: All, After: &Trigger{On: OnSend("P2a"), Node: 2, Nth: 7}},
		{Kind: Crash, Nodes: []int{0, 1}, After: &Trigger{On: OnAnswered, Node: 1, Nth: 1}},
		{Kind: Pause, Nodes: []int{0}},
		{Kind: Slow, Nodes: []int{0}, Extra: ms},
		{Kind: SlowDisk, Nodes: []int{0}, Extra: ms},
		{Kind: FullDisk, Nodes: []int{0}},
		{Kind: RotDisk, Nodes: []int{0}},
		{Kind: LoseDisk, Nodes: []int{0}},
		{Kind: Jump, Nodes: []int{0}, Extra: -ms},
		{Kind: Drift, Nodes: []int{0}, Amount: -0.5},
	} {
		if err := f.Validate(3); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	trigger := func(on string, node, nth int) *Trigger { return &Trigger{On: on, Node: node, Nth: nth} }
	one := []int{1}
	for _, test := range []struct {
		f    Fault
		want string
	}{
		{Fault{}, `unknown kind of fault ""`},
		{Fault{Kind: "crush", Nodes: one}, "did you mean crash?"},
		{Fault{Kind: Crash, Nodes: one, At: -1}, "at -1ns: want 0 to"},
		{Fault{Kind: Crash, Nodes: one, At: math.MaxInt64}, "want 0 to"},
		{Fault{Kind: Crash, Nodes: one, For: -1}, "for -1ns: want 0 to"},
		{Fault{Kind: Crash, Nodes: one, For: math.MaxInt64}, "want 0 to"},
		{Fault{Kind: Crash}, "no nodes"},
		{Fault{Kind: Partition, Shape: ShapeIsolate}, "no nodes"},
		{Fault{Kind: Crash, Nodes: []int{3}}, "node 3: want the index of a member, 0 to 2"},
		{Fault{Kind: Crash, Nodes: []int{-1}}, "node -1"},
		{Fault{Kind: Crash, Nodes: []int{1, 2, 1}}, "node 1 is named twice"},
		{Fault{Kind: Crash, After: trigger("elect", -1, 1)}, "did you mean elected?"},
		{Fault{Kind: Crash, After: trigger("", -1, 1)}, "unknown trigger"},
		{Fault{Kind: Crash, After: trigger("send:", -1, 1)}, "unknown trigger"},
		{Fault{Kind: Crash, After: trigger(OnElected, -2, 1)}, "trigger at node -2"},
		{Fault{Kind: Crash, After: trigger(OnElected, 3, 1)}, "trigger at node 3"},
		{Fault{Kind: Crash, After: trigger(OnElected, 0, 0)}, "occurrence 0"},
		{Fault{Kind: Crash, Nodes: one, Torn: "half"}, "unknown remains"},
		{Fault{Kind: Pause, Nodes: one, Torn: All}, "only crashes"},
		{Fault{Kind: Partition, Grudge: Isolate(3, 1)}, "unknown shape"},
		{Fault{Kind: Partition, Shape: "rings", Grudge: Isolate(3, 1)}, "did you mean ring?"},
		{Fault{Kind: Partition, Shape: "ring", Nodes: one}, "without a grudge"},
		{Fault{Kind: Partition, Shape: "ring", Grudge: Isolate(4, 1)}, "grudge of 4 members: the cluster has 3"},
		{Fault{Kind: Partition, Shape: "ring", Grudge: []quorate.Set{8, 0, 0}}, "grudge of member 0 names 3"},
		{Fault{Kind: Partition, Shape: "ring", Grudge: []quorate.Set{0, 2, 0}}, "grudge of member 1 names itself"},
		{Fault{Kind: Partition, Shape: "ring", Grudge: Isolate(3, 1), Flap: -1}, "flaps every -1ns"},
		{Fault{Kind: Partition, Shape: "ring", Grudge: Isolate(3, 1), Flap: 1}, "flaps every 1ns"},
		{Fault{Kind: Partition, Shape: "ring", Grudge: Isolate(3, 1), Flap: math.MaxInt64}, "flaps every"},
		{Fault{Kind: Crash, Nodes: one, Flap: ms}, "for partitions"},
		{Fault{Kind: Crash, Nodes: one, Shape: "ring"}, "for partitions"},
		{Fault{Kind: Crash, Nodes: one, Grudge: Isolate(3, 1)}, "for partitions"},
		{Fault{Kind: Loss, Nodes: one, Amount: 1.1}, "amount 1.1: want 0 to 1"},
		{Fault{Kind: Loss, Nodes: one, Amount: -0.1}, "amount -0.1"},
		{Fault{Kind: Duplicate, Nodes: one, Amount: math.NaN()}, "amount NaN"},
		{Fault{Kind: Crash, Nodes: one, Amount: 0.1}, "amount 0.1: want none"},
		{Fault{Kind: Drift, Nodes: one, Amount: -1}, "amount -1: want -0.9 to"},
		{Fault{Kind: Drift, Nodes: one, Amount: 9.5}, "amount 9.5: want -0.9 to 9"},
		{Fault{Kind: Drift, Nodes: one, Amount: math.Inf(1)}, "amount +Inf"},
		{Fault{Kind: Delay, Nodes: one}, "extra 0s: want 1ns to"},
		{Fault{Kind: Slow, Nodes: one, Extra: -1}, "extra -1ns"},
		{Fault{Kind: SlowDisk, Nodes: one, Extra: math.MaxInt64}, "extra"},
		{Fault{Kind: Jump, Nodes: one, Extra: math.MinInt64}, "extra"},
		{Fault{Kind: Pause, Nodes: one, Extra: 1}, "extra 1ns: want none"},
	} {
		mustSay(t, test.f.String(), test.f.Validate(3), test.want)
	}
}

func TestStruck(t *testing.T) {
	elected := &Trigger{On: OnElected, Node: -1, Nth: 1}
	for _, test := range []struct {
		f    Fault
		want Fault
	}{
		{Fault{Kind: Crash, After: elected}, Fault{Kind: Crash, Nodes: []int{2}}},
		{Fault{Kind: Crash, After: elected, Nodes: []int{0}}, Fault{Kind: Crash, Nodes: []int{0}}},
		{Fault{Kind: Crash, Nodes: []int{0}}, Fault{Kind: Crash, Nodes: []int{0}}},
		{Fault{Kind: Partition, Shape: ShapeIsolate, After: elected}, Fault{Nodes: []int{2}, Grudge: Isolate(3, 4)}},
		{Fault{Kind: Partition, Shape: ShapeDeaf, After: elected}, Fault{Nodes: []int{2}, Grudge: Deaf(3, 4)}},
		{Fault{Kind: Partition, Shape: ShapeMute, After: elected}, Fault{Nodes: []int{2}, Grudge: Mute(3, 4)}},
		{Fault{Kind: Partition, Shape: ShapeMute, Nodes: []int{0, 1}}, Fault{Nodes: []int{0, 1}, Grudge: Mute(3, 3)}},
		{Fault{Kind: Partition, Shape: ShapeShunned, After: elected}, Fault{Nodes: []int{2}, Grudge: Apart(3, 4, 1)}},
		{Fault{Kind: Partition, Shape: ShapeShunned, Nodes: []int{0, 1}}, Fault{Nodes: []int{0, 1}, Grudge: Apart(3, 3, 4)}},
		{Fault{Kind: Partition, Shape: "ring", Grudge: Ring([]int{0, 1, 2})}, Fault{Grudge: Ring([]int{0, 1, 2})}},
	} {
		if err := test.f.Validate(3); err != nil {
			t.Error(err)
		}
		got := test.f.Struck(3, 2, ms)
		if got.After != nil || got.At != ms {
			t.Errorf("%v struck: %+v", test.f, got)
		}
		if !slices.Equal(got.Nodes, test.want.Nodes) || !slices.Equal(got.Grudge, test.want.Grudge) {
			t.Errorf("%v strikes %v with grudge %b, want %v and %b", test.f, got.Nodes, got.Grudge, test.want.Nodes, test.want.Grudge)
		}
	}
}

// Whatever a file says: a fault that is valid can strike, one that is not can
// still be named.
func FuzzFault(f *testing.F) {
	for _, data := range []string{
		`{}`,
		`{"kind":"crash","nodes":[70,-5],"torn":"x"}`,
		`{"kind":"partition","shape":"mute","after":{"on":"send:","node":99,"nth":-3}}`,
		`{"kind":"partition","shape":"mute","nodes":[2,0],"for":3}`,
		`{"kind":"partition","shape":"ring","grudge":[6,5,18446744073709551614]}`,
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var fault Fault
		if json.Unmarshal(data, &fault) != nil {
			return
		}
		if s := fault.String(); s == "" {
			t.Error("no description")
		}
		if fault.Validate(3) != nil {
			return
		}
		struck := fault.Struck(3, 2, ms)
		if fault.Kind == Partition && len(struck.Grudge) != 3 || fault.Kind != Partition && len(struck.Nodes) == 0 {
			t.Errorf("%v strikes as %v", fault, struck)
		}
	})
}
