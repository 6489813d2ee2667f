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
