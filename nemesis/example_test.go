package nemesis_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

func ExampleCut() {
	c, err := quorate.Grid(1, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, shape := range []string{"majority", "bridge", "ring", "one-way"} {
		grudge, err := nemesis.Cut(shape, c, rng)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(nemesis.Fault{Kind: nemesis.Partition, Shape: shape, Grudge: grudge, At: time.Second, For: 300 * time.Millisecond})
	}
	// Output:
	// partition majority 0,1|2,3,4 at 1s for 300ms
	// partition bridge 1,2|0|3,4 at 1s for 300ms
	// partition ring without 0-3,0-4,1-2,1-4,2-3 at 1s for 300ms
	// partition one-way 0,1,3,4 deaf to 2 at 1s for 300ms
}

// A trigger strikes at the moment that matters, whoever it is by then.
func ExampleTrigger() {
	f := nemesis.Fault{
		Kind: nemesis.Partition, Shape: nemesis.ShapeMute, For: 200 * time.Millisecond,
		After: &nemesis.Trigger{On: nemesis.OnElected, Node: -1, Nth: 2},
	}
	if err := f.Validate(3); err != nil {
		fmt.Println(err)
	}
	fmt.Println(f)
	fmt.Println(f.Struck(3, 1, 1200*time.Millisecond)) // when 1 won the second election
	// Output:
	// partition mute whoever is elected (2nd time) for 200ms
	// partition mute 0,2 deaf to 1 at 1.2s for 200ms
}

func ExampleDraw_Schedule() {
	c, err := quorate.Grid(1, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	groups, err := nemesis.ParseGroups("crash,pause")
	if err != nil {
		fmt.Println(err)
		return
	}
	d := nemesis.Draw{Groups: groups, Cluster: c, Span: time.Second, Election: 100 * time.Millisecond}
	for _, f := range d.Schedule(rand.New(rand.NewPCG(7, 7))) {
		fmt.Println(f)
	}
	// Output:
	// crash whoever is elected (3rd time) for 16.8ms
	// crash whoever writes (21st time), torn batch, for 22.7ms
	// crash 0,1 at 216ms, torn batch, for 19.8ms
	// crash whoever writes (23rd time) after 446.2ms, whole batch, for 10.5ms
	// crash 0 at 673.6ms, whole batch, for 134.1ms
	// crash 2 at 781.6ms, torn batch, for 28.1ms
	// crash 2 at 852.4ms for 134.1ms
}

func ExampleWAN() {
	wan, err := nemesis.WAN("wpaxos")
	if err != nil {
		fmt.Println(err)
		return
	}
	for zone, region := range wan.Names {
		fmt.Printf("zone %d in %s: %v to zone 1\n", zone+1, region, wan.Between(zone, 0))
	}
	// Output:
	// zone 1 in JP: 213.5µs to zone 1
	// zone 2 in CA: 54ms to zone 1
	// zone 3 in OH: 67.5ms to zone 1
	// zone 4 in VA: 73ms to zone 1
	// zone 5 in IR: 100.5ms to zone 1
}
