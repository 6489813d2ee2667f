package workload_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/workload"
)

func Example() {
	g, err := workload.New(workload.Config{Keys: 2, Reads: 0.3, Conditional: 0.4, Deletes: 0.2}, 7, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		fmt.Println(err)
		return
	}
	known := func(string) uint64 { return 3 } // what the last reply about a key said
	for range 6 {
		op := g.Next(known)
		fmt.Println(quorate.Command{Client: 7, Op: op.Kind, Key: op.Key, Value: op.Value, Version: op.Version})
	}
	// Output:
	// put k1=7.1 (7:0)
	// put k0=7.2 (7:0)
	// get k0 (7:0)
	// get k0 (7:0)
	// get k0 (7:0)
	// put k0=7.3 if 3 (7:0)
}
