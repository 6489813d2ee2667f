package rest

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/hosts"
)

// Handler serves HTTP, see the package's doc. Safe for concurrent use.
type Handler struct {
	cfg      Config
	requests atomic.Int64 // that wait for an outcome
	bytes    atomic.Int64 // of large values
	stopping atomic.Bool
	count    counters

	origins http.CrossOriginProtection // its zero value trusts no other origin

	octets, text []string // values of headers
}

// New returns a handler.
func New(cfg Config) (*Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Handler{cfg: cfg.withDefaults(), octets: []string{"application/octet-stream"}, text: []string{"true"}}, nil
}

// Stop refuses what comes from now on; requests under way go on.
func (h *Handler) Stop() { h.stopping.Store(true) }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.count.requests.Add(1)
	defer func() {
		if p := recover(); p != nil {
			h.panicked(w, r, p)
		}
	}()
	x := exchange{w: w, r: r}
	if f := h.serve(&x); f != nil {
		h.sendOn(r, f)
		h.fail(w, f)
	}
}

// panicked answers a request whose handler broke, if nothing was answered yet.
// What it asked for may have been executed.
func (h *Handler) panicked(w http.ResponseWriter, r *http.Request, p any) {
	h.count.panics.Add(1)
	if p == http.ErrAbortHandler {
		panic(p) // net/http's own way to hang up
	}
	h.cfg.Logger.Error("request panicked", "node", h.cfg.Backend.ID(), "method", r.Method, "path", r.URL.Path, "reason", fmt.Sprint(p), "stack", string(debug.Stack()))
	h.fail(w, &failure{status: http.StatusInternalServerError, Reason: "internal", Executed: executedUnknown, Error: "the server failed to handle the request", hangUp: true})
}

// serve finds out what is asked for.
func (h *Handler) serve(x *exchange) *failure {
	if h.stopping.Load() {
		f := refuse(http.StatusServiceUnavailable, "stopping", "the node is shutting down")
		f.hangUp = true
		return f
	}
	if h.cfg.Hosts != nil && !hosts.Known(x.r.Host, h.cfg.Hosts) {
		return refuse(http.StatusForbidden, "origin", "the request is for the host %.100q, which is no name of this node: ask for localhost, an address, or %s",
			x.r.Host, strings.Join(h.cfg.Hosts, ", "))
	}
	path := x.r.URL.Path
	if key, ok := strings.CutPrefix(path, "/kv/"); ok {
		return h.kv(x, key)
	}
	if path == "/history" {
		return h.paxiHistory(x)
	}
	if key, ok := strings.CutPrefix(path, "/history/"); ok {
		return h.history(x, key)
	}
	if key, ok := paxiKey(path); ok {
		x.paxi = true
		return h.kv(x, key)
	}
	return refuse(http.StatusNotFound, "not-found", "no such resource: want /kv/{key}, /history/{key}, or /{integer key} as Paxi's clients ask")
}

// paxiKey returns the key that stands for an integer: Paxi reads a path with
// strconv.Atoi, to which 7, +7 and 007 are the same.
func paxiKey(path string) (string, bool) {
	if len(path) < 2 || path[0] != '/' {
		return "", false
	}
	n, err := strconv.Atoi(path[1:])
	if err != nil {
		return "", false
	}
	return strconv.Itoa(n), true
}

// operation returns what a method asks for; a failure if it is not offered.
func operation(x *exchange) (quorate.Op, *failure) {
	allow := "GET, HEAD, PUT, DELETE, OPTIONS"
	if x.paxi {
		allow = "GET, HEAD, PUT, POST, OPTIONS"
	}
	switch m := x.r.Method; {
	case m == http.MethodGet, m == http.MethodHead:
		return quorate.OpGet, nil
	case m == http.MethodPut, m == http.MethodPost && x.paxi:
		return quorate.OpPut, nil
	case m == http.MethodDelete && !x.paxi:
		return quorate.OpDelete, nil
	}
	return 0, x.notAllowed(allow)
}

// notAllowed refuses a method, or answers which ones there are.
func (x *exchange) notAllowed(allow string) *failure {
	if x.r.Method == http.MethodOptions {
		x.answered = true
		x.w.Header().Set("Allow", allow)
		x.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	f := refuse(http.StatusMethodNotAllowed, "method", "method %.20q is not allowed here: want one of %s", x.r.Method, allow)
	f.allow = allow
	return f
}

// busy refuses because a bound of this handler is reached.
func (h *Handler) busy(format string, args ...any) *failure {
	return refuse(http.StatusServiceUnavailable, "overloaded", format, args...)
}

// enter takes one of the places for requests that wait for an outcome. Where it
// succeeds, leave must follow.
func (h *Handler) enter() *failure {
	if h.requests.Add(1) > int64(h.cfg.MaxRequests) {
		h.requests.Add(-1)
		return h.busy("%d requests are under way, no more are taken", h.cfg.MaxRequests)
	}
	return nil
}

// leave gives the place back. From now on the connection may be closed for
// another one: what is left to do depends on the client.
func (h *Handler) leave(r *http.Request) {
	now(r, sending)
	h.requests.Add(-1)
}
