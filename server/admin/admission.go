package admin

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Bounds of the wait for an admission.
const (
	defaultAdmit = time.Minute
	maxAdmit     = time.Hour
)

// admissions is the admission under way, if there is one. It goes on when those
// who asked for it have gone, and who asks then waits for the same one.
type admissions struct {
	target Target
	ctx    context.Context // ends with the handler
	cancel context.CancelFunc

	mu  sync.Mutex
	now *admission
}

type admission struct {
	done chan struct{}
	err  error // valid once done is closed
}

func newAdmissions(t Target) *admissions {
	a := &admissions{target: t}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	return a
}

// join returns the admission under way, or starts one.
func (a *admissions) join() *admission {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now != nil {
		return a.now
	}
	mine := &admission{done: make(chan struct{})}
	a.now = mine
	go func() {
		mine.err = a.target.Admit(a.ctx)
		a.mu.Lock()
		a.now = nil
		a.mu.Unlock()
		close(mine.done)
	}()
	return mine
}

// serveAdmit answers when the node votes, or is known not to.
func (h *Handler) serveAdmit(w http.ResponseWriter, r *http.Request) {
	q := h.query(w, r, "t")
	if q == nil {
		return
	}
	d := defaultAdmit
	if q.values.Has("t") {
		d = q.time("t", maxAdmit)
	}
	if err := q.err(); err != nil {
		refuse(w, http.StatusBadRequest, "bad_request", err)
		return
	}
	// The server's deadline is for requests that do not wait for other nodes. A
	// writer without deadlines has none to move.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d + 10*time.Second))
	ctx, cancel := context.WithTimeout(r.Context(), d)
	defer cancel()
	h.log.Info("admission asked for", "node", h.target.ID(), "within", d)
	a := h.admissions.join()
	select {
	case <-ctx.Done():
		refuse(w, http.StatusGatewayTimeout, "timeout", h.notYet(d))
	case <-a.done:
		if a.err != nil {
			refuse(w, http.StatusConflict, "refused", a.err)
			return
		}
		h.serveStatus(w, r)
	}
}

// notYet says what an admission waits for.
func (h *Handler) notYet(d time.Duration) error {
	v := h.look(context.Background()) // bounded by itself; the request's context has ended
	if v.Admitting == "" {
		return fmt.Errorf("the node does not vote after %v; the admission goes on", d)
	}
	return fmt.Errorf("the node does not vote after %v, and the admission goes on: it %s", d, v.Admitting)
}
