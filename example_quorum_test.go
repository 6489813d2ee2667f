package quorate_test

import (
	"fmt"

	"github.com/quorate/quorate"
)

// A leader counts the votes on one accept request.
func ExampleTally() {
	c, _ := quorate.Grid(1, 3)
	tally := quorate.NewTally(quorate.MajorityQuorums(c).Phase2, c.All())
	fmt.Println(tally.Vote(0, true))
	fmt.Println(tally.Vote(0, true)) // a duplicate
	fmt.Println(tally.Vote(1, false))
	fmt.Println(tally.Vote(2, true))
	// Output:
	// pending
	// pending
	// pending
	// won
}

// Systems come from a flag or a cluster file. One that could choose two values
// is refused, with the two quorums that would.
func ExampleParseQuorums() {
	c, _ := quorate.Grid(1, 4)
	for _, spec := range []string{"even", "count:2,2"} {
		s, err := quorate.ParseQuorums(c, spec)
		if err != nil {
			fmt.Println(err)
			continue
		}
		elect, accept, _ := s.Tolerance()
		fmt.Printf("%v: commits with %d of 4 failed, elects with %d, since %s\n", s, accept.Worst, elect.Worst, s.Proof)
	}
	// Output:
	// even: commits with 2 of 4 failed, elects with 1, since 3+2 > 4
	// quorum system count:2,2: phase 1 {1.1, 1.2} and phase 2 {1.3, 1.4} share no member: want q1+q2 > 4
}

// An object's owner in WPaxos commits within its zone, with the nearest peers
// that are enough.
func ExampleMinimal() {
	c, _ := quorate.Grid(3, 3)
	s, _ := quorate.ZoneQuorums(c, 0, 1)
	self := c.ID(4)
	ask, _ := quorate.Minimal(s.Phase2, quorate.NearestFirst(c, self), c.Index(self))
	fmt.Println(self, "asks", c.Names(ask))
	// Output:
	// 2.2 asks {2.2, 2.3}
}
