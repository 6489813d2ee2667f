package server

import (
	"context"
	"fmt"

	"github.com/quorate/quorate"
)

// Admit makes a node that lost its disk a voter again, and returns when it is
// one, or when it is known that it cannot become one: the error then wraps
// [quorate.ErrNotAdmitted]. It waits for all other members. If ctx ends before,
// the error says for whom it waits; the admission goes on.
func (n *Node) Admit(ctx context.Context) error {
	outcome := make(chan error, 1)
	if err := n.Inspect(ctx, func(quorate.Replica, *quorate.Once) {
		n.host.Admit(func(err error) { outcome <- err })
	}); err != nil {
		return err
	}
	select {
	case err := <-outcome:
		return err
	case <-ctx.Done():
		return fmt.Errorf("admit node %v: %w: it %s", n.id, ctx.Err(), n.admitting())
	case <-n.done:
		return fmt.Errorf("admit node %v: %w", n.id, ErrStopped)
	}
}

// admitting says what an admission waits for.
func (n *Node) admitting() string {
	what := "is over meanwhile"
	// The caller's context has ended, the loop answers or ends on its own.
	_ = n.Inspect(context.Background(), func(quorate.Replica, *quorate.Once) {
		if s := n.host.Admitting(); s != "" {
			what = s
		}
	})
	return what
}
