package inject

import (
	"context"
	"time"
)

// Hurried is how long is left for what goes on once somebody has interrupted a test: to
// heal, and then to check what was done until then.
const Hurried = 5 * time.Second

// Hurry returns a context that user's end does not end at once, but [Hurried] later; or, if
// user has ended already, so long from now.
func Hurry(user context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(user))
	stop := context.AfterFunc(user, func() {
		late := time.NewTimer(Hurried)
		defer late.Stop()
		select {
		case <-late.C:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel() }
}
