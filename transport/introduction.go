package transport

import (
	"context"
	"sync"

	"github.com/quorate/quorate"
)

// introduction is what a link says of its node to others: nothing until the node
// knows its identity, and something else when it is admitted again. A node sends
// nothing before it is known.
type introduction struct {
	mu      sync.Mutex
	hello   quorate.Hello
	known   bool
	changes chan struct{} // closed when hello changes
	after   func()        // called when it has changed; may be nil
}

// of makes the introduction follow n, which has not started.
func (in *introduction) of(n *quorate.Node) {
	in.changes = make(chan struct{})
	in.hello, in.known = n.Identity()
	n.OnIdentity(func(h quorate.Hello) {
		in.mu.Lock()
		in.hello, in.known = h, true
		close(in.changes)
		in.changes = make(chan struct{})
		after := in.after
		in.mu.Unlock()
		if after != nil {
			after()
		}
	})
}

// follow has f called, on the node's loop, when there is something else to say.
func (in *introduction) follow(f func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.after = f
}

// get returns what to say and what closes when that changes; false as long as
// there is nothing to say.
func (in *introduction) get() (h quorate.Hello, changes <-chan struct{}, known bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.hello, in.changes, in.known
}

// wait is get once there is something to say; false if ctx ends before.
func (in *introduction) wait(ctx context.Context) (h quorate.Hello, changes <-chan struct{}, ok bool) {
	for {
		h, changes, known := in.get()
		if known {
			return h, changes, true
		}
		select {
		case <-changes:
		case <-ctx.Done():
			return h, changes, false
		}
	}
}
