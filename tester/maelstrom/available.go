package maelstrom

import (
	"fmt"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// available wants that a share of the operations succeeded, 1 being all of them.
func available(ops []history.Op, share float64) results.Check {
	invoked, ok := 0, 0
	for _, op := range ops {
		switch op.Type {
		case history.Invoke:
			invoked++
		case history.OK:
			ok++
		}
	}
	c := results.Check{Name: "availability", Valid: results.True, Details: details(map[string]int{"invoked": invoked, "ok": ok})}
	if float64(ok) < share*float64(invoked) {
		c.Valid = results.False
		c.Reason = fmt.Sprintf("of %d operations %d succeeded, which is %.2f %%: want %v %%", invoked, ok, 100*float64(ok)/float64(invoked), 100*share)
	}
	return c
}
