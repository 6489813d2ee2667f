package nemesis

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
)

func TestString(t *testing.T) {
	when := func(on string, node, nth int) *Trigger { return &Trigger{On: on, Node: node, Nth: nth} }
	two := []int{2}
	at, long := 1200*ms, 300*ms
	for _, test := range []struct {
		f    Fault
		want string
	}{
		{Fault{Kind: Partition, Shape: "bridge", Grudge: Split(5, quorate.SetOf(0, 1, 2), quorate.SetOf(2, 3, 4)), At: at, For: long},
			"partition bridge 0,1|2|3,4 at 1.2s for 300ms"},
		{Fault{Kind: Partition, Shape: "majority", Grudge: Isolate(5, quorate.SetOf(1, 4)), Flap: 20 * ms, At: at},
			"partition majority 0,2,3|1,4 at 1.2s, flapping every 20ms"},
		{Fault{Kind: Partition, Shape: "ring", Grudge: Ring([]int{0, 1, 2, 3, 4}), At: at}, "partition ring without 0-2,0-3,1-3,1-4,2-4 at 1.2s"},
		{Fault{Kind: Partition, Shape: "zone-pair", Grudge: Apart(6, quorate.SetOf(0, 1), quorate.SetOf(4, 5))}, "partition zone-pair 0,1|2,3|4,5 at 0s"},
		{Fault{Kind: Partition, Shape: "chain", Grudge: Split(4, 3, 6, 12)}, "partition chain without 0-2,0-3,1-3 at 0s"},
		{Fault{Kind: Partition, Shape: "star", Grudge: Split(4, 9, 10, 12)}, "partition star without 0-1,0-2,1-2 at 0s"},
		{Fault{Kind: Partition, Shape: "split", Grudge: Split(4, 1, 2, 4, 8)}, "partition split 0|1|2|3 at 0s"},
		{Fault{Kind: Partition, Shape: "one-way", Grudge: Deaf(4, quorate.SetOf(0, 1))}, "partition one-way 0,1 deaf to 2,3 at 0s"},
		{Fault{Kind: Partition, Shape: "mute", Grudge: Mute(3, 2)}, "partition mute 0,2 deaf to 1 at 0s"},
		{Fault{Kind: Partition, Shape: "mute", After: when("send:P2a", -1, 3), For: long}, "partition mute whoever sends P2a (3rd time) for 300ms"},
		{Fault{Kind: Partition, Shape: "mute", Nodes: two, At: at}, "partition mute 2 at 1.2s"},
		{Fault{Kind: Crash, After: when("elected", 2, 2), Torn: Torn, For: 80 * ms}, "crash 2 when it is elected (2nd time), torn batch, for 80ms"},
		{Fault{Kind: Crash, After: when("elected", -1, 1), Torn: All}, "crash whoever is elected, whole batch"},
		{Fault{Kind: Crash, Nodes: []int{0, 1}, After: when("stepped-down", 2, 1), At: at}, "crash 0,1 when 2 steps down after 1.2s"},
		{Fault{Kind: Crash, Nodes: two, After: when("elected", 0, 1)}, "crash 2 when 0 is elected"},
		{Fault{Kind: Crash, After: when("elected", 0, 1)}, "crash 0 when it is elected"},
		{Fault{Kind: Crash, Nodes: two, After: when("flush", -1, 11), At: at}, "crash 2 when somebody writes (11th time) after 1.2s"},
		{Fault{Kind: Crash, Nodes: two, After: when("trimmed", -1, 1)}, "crash 2 when somebody has dropped records"},
		{Fault{Kind: Crash, Nodes: two, After: when("synced", -1, 21)}, "crash 2 when somebody has synced (21st time)"},
		{Fault{Kind: Crash, Nodes: two, Torn: Torn, At: at, For: long}, "crash 2 at 1.2s, torn batch, for 300ms"},
		{Fault{Kind: Delay, Extra: ms, After: when("elected", -1, 1), For: long}, "add up to 1ms to the messages of whoever is elected for 300ms"},
		{Fault{Kind: Pause, Nodes: two, At: at, For: long}, "pause 2 at 1.2s for 300ms"},
		{Fault{Kind: Loss, Nodes: two, Amount: 0.125, At: at}, "lose 12.5% of the messages of 2 at 1.2s"},
		{Fault{Kind: Duplicate, Nodes: two, Amount: 0.2, At: at}, "duplicate 20% of the messages of 2 at 1.2s"},
		{Fault{Kind: Delay, Nodes: two, Extra: ms, At: at}, "add up to 1ms to the messages of 2 at 1.2s"},
		{Fault{Kind: Slow, Nodes: two, Extra: ms, At: at}, "add up to 1ms to each step of 2 at 1.2s"},
		{Fault{Kind: SlowDisk, Nodes: two, Extra: ms, At: at}, "add 1ms to each sync of 2 at 1.2s"},
		{Fault{Kind: FullDisk, Nodes: two, At: at}, "fill the disk of 2 at 1.2s"},
		{Fault{Kind: RotDisk, Nodes: two, At: at}, "damage the disk of 2 at 1.2s"},
		{Fault{Kind: LoseDisk, Nodes: two, At: at}, "lose the disk of 2 at 1.2s"},
		{Fault{Kind: Jump, Nodes: two, Extra: -1500 * time.Microsecond, At: at}, "add -1.5ms to the clock of 2 at 1.2s"},
		{Fault{Kind: Drift, Nodes: two, Amount: 0.05, At: at}, "add 5% to the speed of the clock of 2 at 1.2s"},
		{Fault{Kind: Crash, Nodes: []int{70, -1}}, "crash -1,70 at 0s"},
		{Fault{Kind: "flood", At: at}, "flood nobody at 1.2s"},
		{Fault{Kind: Crash, After: when("new moon", 7, 13)}, "crash 7 when it new moon (13th time)"},
		{Fault{Kind: Partition, Shape: "x", Grudge: make([]quorate.Set, 70)}, "partition x of 70 members at 0s"},
		{Fault{Kind: Partition, Shape: "x", Grudge: make([]quorate.Set, 2)}, "partition x 0,1 at 0s"},
	} {
		if got := test.f.String(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}
