package workloads

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// mark is a key that says whose a test's keys are. What an earlier test left under the
// same names would look like a violation.
type mark struct{ at, own string }

func newMark(cfg Config) mark {
	return mark{cfg.Prefix + cfg.name + "-test", strconv.FormatUint(rand.Uint64(), 36)}
}

// Setup takes the names of the keys for this test. Called again after an error it takes
// its own mark for what it is.
func (m mark) Setup(ctx context.Context, c Client) error {
	r, err := putIf(ctx, c, m.at, []byte(m.own), client.Result{})
	if err == nil && !r.OK {
		r, err = get(ctx, c, m.at, quorate.ReadLog)
	}
	switch {
	case err != nil:
		return fmt.Errorf("take the names of the keys for this test: %w", err)
	case len(r.Value) > 0 && string(r.Value) != m.own:
		return fmt.Errorf("an earlier test of this cluster has keys of the same names, says key %s: choose another seed", m.at)
	}
	return nil
}
