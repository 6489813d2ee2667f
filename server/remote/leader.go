package remote

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// nobody is the index of no member.
const nobody = -1

// anywhere reports whether any member answers an operation, and not only, by
// itself or by others, the leader.
func anywhere(op *client.Op) bool { return op.Kind == quorate.OpGet && op.Read.Spread() }

// connect returns an idle connection or a new one to the member that is asked now,
// and its place in the order: the leader, if one is known, unless anybody will do.
func (r *REST) connect(ctx context.Context, until time.Time, anybody bool) (*restConn, int, error) {
	r.mu.Lock()
	at := r.at
	if !anybody && r.leader != nobody {
		at = r.leader
	}
	id := r.order[at]
	for i, c := range slices.Backward(r.idle) {
		if c.id == id {
			r.idle = slices.Delete(r.idle, i, i+1)
			r.mu.Unlock()
			return c, at, nil
		}
		if c.id != r.order[r.at] && (r.leader == nobody || c.id != r.order[r.leader]) {
			r.idle = slices.Delete(r.idle, i, i+1)
			c.close() // of a member that was left
		}
	}
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return nil, at, client.ErrClosed
	}
	conn, host, err := r.dial(ctx, id, until)
	if err != nil {
		return nil, at, fmt.Errorf("member %v: %w", id, err)
	}
	return &restConn{httpConn: newHTTPConn(conn, host, r.cluster.largest), id: id}, at, nil
}

// goOn asks the member to which another one redirects. Only members are followed
// to, so that nobody else gets a value or a certificate to see; and none that has
// failed this call, for who does not know yet that the leader is gone still
// names it.
func (c *restCall) goOn(from int, location string) {
	c.fail(from)
	r := c.client
	to := slices.IndexFunc(r.order, func(id quorate.ID) bool { return isAt(location, r.cluster.file.HTTPAddresses[id]) })
	if to < 0 || slices.Contains(c.failed, to) {
		c.leave(from)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leader = to
}

// isAt reports whether a location is of a member's listener.
func isAt(location, address string) bool {
	scheme, endpoint, err := quorate.SplitAddress(address)
	return err == nil && strings.HasPrefix(location, cmp.Or(scheme, "http")+"://"+endpoint+"/")
}

// fail notes that a member did not execute the call.
func (c *restCall) fail(at int) {
	if !slices.Contains(c.failed, at) {
		c.failed = append(c.failed, at)
	}
}

// leave asks another member from now on, if that one is still the one asked.
func (c *restCall) leave(at int) {
	c.fail(at)
	r := c.client
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leader == at {
		r.leader = nobody
	}
	if r.at == at {
		r.at = (at + 1) % len(r.order)
	}
}
