package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// Injected is the answer to a fault that was injected or healed: what is in
// force at the node now.
type Injected struct {
	Faults []Fault `json:"faults"`
}

// query reads the parameters of a request that changes something. It answers,
// and returns nil, if the request is not one.
func (h *Handler) query(w http.ResponseWriter, r *http.Request, names ...string) *query {
	if r.ContentLength != 0 {
		refuse(w, http.StatusBadRequest, "bad_request", errors.New("the request has a body: parameters go into the query"))
		return nil
	}
	return parseQuery(r.URL.RawQuery, h.target.Cluster(), h.target.ID(), names...)
}

// inject returns the handler of a kind of fault whose parameters read takes.
func (h *Handler) inject(k kind, names []string, read func(q *query) entry) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := h.query(w, r, append(names, "t", "name")...)
		if q == nil {
			return
		}
		e := read(q)
		e.kind, e.name = k, q.name()
		d := q.time("t", MaxTime)
		if err := q.err(); err != nil {
			refuse(w, http.StatusBadRequest, "bad_request", err)
			return
		}
		if err := h.target.Failure(); err != nil {
			refuse(w, http.StatusConflict, "failed", err)
			return
		}
		if err := h.faults.add(e, d); err != nil {
			refuse(w, http.StatusConflict, "conflict", err)
			return
		}
		if k == clock {
			h.wake(r.Context())
		}
		h.log.Info("fault injected", "node", h.target.ID(), "kind", k, "to", q.cluster.Names(e.to), "what", e.harm.String(), "for", d)
		h.answer(w)
	}
}

// wake has the node look at its clock.
func (h *Handler) wake(ctx context.Context) {
	if n := h.target.Node(); n != nil {
		ctx, cancel := context.WithTimeout(ctx, h.wait)
		defer cancel()
		_ = n.Inspect(ctx, func(quorate.Replica, *quorate.Once) {}) // one that does not answer looks later
	}
}

func readDrop(q *query) entry {
	return entry{to: q.peers("id"), fault: transport.Fault{Cut: true}}
}

func readSlow(q *query) entry {
	e := entry{to: q.peers("id"), fault: transport.Fault{Delay: q.time("delay", MaxDelay)}}
	if q.values.Has("jitter") {
		e.fault.Jitter = q.time("jitter", MaxDelay)
	}
	return e
}

func readFlaky(q *query) entry {
	return entry{to: q.peers("id"), fault: transport.Fault{Loss: q.share("p")}}
}

func readDuplicate(q *query) entry {
	return entry{to: q.peers("id"), fault: transport.Fault{Duplicate: q.share("p")}}
}

func readReorder(q *query) entry {
	return entry{to: q.peers("id"), fault: transport.Fault{Reorder: q.share("p"), Late: q.time("delay", MaxDelay)}}
}

func readPartition(q *query) entry {
	return entry{to: q.cut(), fault: transport.Fault{Cut: true}}
}

// serveCrash ends the node, which starts again by itself.
func (h *Handler) serveCrash(w http.ResponseWriter, r *http.Request) {
	h.serveEnd(w, r, crash, h.target.Crash)
}

// servePower ends it and its disk's power, which come back together.
func (h *Handler) servePower(w http.ResponseWriter, r *http.Request) {
	h.serveEnd(w, r, power, h.faults.harms.power)
}

func (h *Handler) serveEnd(w http.ResponseWriter, r *http.Request, k kind, end func(d time.Duration) error) {
	q := h.query(w, r, "t")
	if q == nil {
		return
	}
	d := q.time("t", MaxTime)
	if err := q.err(); err != nil {
		refuse(w, http.StatusBadRequest, "bad_request", err)
		return
	}
	h.log.Info("fault injected", "node", h.target.ID(), "kind", k, "for", d)
	err := end(d)
	switch {
	case errors.Is(err, server.ErrStopped), errors.Is(err, errHarmless):
		refuse(w, http.StatusConflict, "conflict", err)
	case err != nil:
		refuse(w, http.StatusInternalServerError, "failed", err)
	default:
		h.faults.crashed(k, d)
		h.answer(w)
	}
}

func (h *Handler) serveHeal(w http.ResponseWriter, r *http.Request) {
	q := h.query(w, r, "name")
	if q == nil {
		return
	}
	name := q.name()
	if err := q.err(); err != nil {
		refuse(w, http.StatusBadRequest, "bad_request", err)
		return
	}
	h.faults.heal(name)
	h.log.Info("faults healed", "node", h.target.ID(), "name", name)
	h.answer(w)
}

func (h *Handler) answer(w http.ResponseWriter) {
	writeJSON(w, http.StatusOK, Injected{h.faults.inForce(h.target.Node() == nil)})
}
