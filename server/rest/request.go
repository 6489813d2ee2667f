package rest

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// exchange is one request and its answer.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	paxi  bool // asked as Paxi's clients do
	op    client.Op
	until deadlined

	follows  bool      // the client wants to know how much of the log its answers include
	answered bool      // by a method's own means
	etag     [1]string // backs headers of the answer
	length   [1]string
}

// deadlined is a context with a deadline that costs no timer: a [Backend] has
// its own.
type deadlined struct {
	context.Context
	at time.Time
}

// Deadline implements [context.Context].
func (d *deadlined) Deadline() (time.Time, bool) { return d.at, true }

// options reads what a request may say in its query and in Quorate-Timeout.
func (h *Handler) options(x *exchange) *failure {
	timeout, f := h.timeout(x.r.Header["Quorate-Timeout"])
	if f != nil {
		return f
	}
	if x.r.URL.RawQuery != "" {
		if f := h.query(x, &timeout); f != nil {
			return f
		}
	}
	if f := x.position(); f != nil {
		return f
	}
	x.until = deadlined{x.r.Context(), time.Now().Add(timeout)}
	if at, ok := x.until.Context.Deadline(); ok && at.Before(x.until.at) {
		x.until.at = at
	}
	return nil
}

// position reads the header by which a client tells the highest Quorate-Index that
// it has had: a timeline read then includes as much, whichever member it asks.
func (x *exchange) position() *failure {
	values := x.r.Header["Quorate-Seen"]
	if len(values) == 0 {
		return nil
	}
	n, err := strconv.ParseUint(values[0], 10, 64)
	if err != nil || len(values) > 1 {
		return bad("Quorate-Seen %.100q: want the highest Quorate-Index of the answers so far, or 0", values[0])
	}
	x.follows = true
	if x.op.Read == quorate.ReadTimeline {
		x.op.Seen = quorate.Slot(n)
	}
	return nil
}

// includes tells a client that may need it how much of the log an answer includes.
func (x *exchange) includes(res *client.Result) {
	if res.Stale || x.follows {
		x.w.Header()["Quorate-Index"] = []string{res.Index.String()}
	}
}

func (h *Handler) query(x *exchange, timeout *time.Duration) *failure {
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return bad("query: %v", err)
	}
	for name, values := range query { // unordered: any of several mistakes will do
		switch {
		case len(values) != 1:
			return bad("query: %s is given %d times", name, len(values))
		case name == "timeout":
			var f *failure
			if *timeout, f = h.timeout(values); f != nil {
				return f
			}
		case name == "read" && x.op.Kind == quorate.OpGet:
			if x.op.Read, err = quorate.ParseReadMode(values[0]); err != nil {
				return bad("query: %v", err)
			}
		case name == "read":
			return bad("query: read is for GET and HEAD")
		default:
			return bad("query: %.100q is not known: want read or timeout", name)
		}
	}
	return nil
}

// timeout reads the time that a request grants itself.
func (h *Handler) timeout(values []string) (time.Duration, *failure) {
	if len(values) == 0 {
		return h.cfg.Timeout, nil
	}
	d, err := time.ParseDuration(values[0])
	if err != nil || d <= 0 || d > h.cfg.MaxTimeout {
		return 0, bad("timeout %.100q: want a time such as 500ms or 2s, at most %v", values[0], h.cfg.MaxTimeout)
	}
	return d, nil
}

// session reads the headers by which a client names its command; ok is false
// if there are none.
func (x *exchange) session() (name quorate.Command, ok bool, f *failure) {
	id, seq, issued := x.r.Header["Quorate-Client"], x.r.Header["Quorate-Seq"], x.r.Header["Quorate-Issued"]
	given := len(id) + len(seq) + len(issued)
	if given == 0 {
		return name, false, nil
	}
	if given != 3 || len(id) != 1 || len(seq) != 1 {
		return name, false, bad("Quorate-Client, Quorate-Seq and Quorate-Issued: want each of them once, or none")
	}
	c, err := strconv.ParseUint(id[0], 16, 64)
	if err != nil || len(id[0]) != 16 || c == 0 {
		return name, false, bad("Quorate-Client %.100q: want 16 hexadecimal digits, drawn at random for each session", id[0])
	}
	n, err := strconv.ParseUint(seq[0], 10, 64)
	if err != nil || n == 0 {
		return name, false, bad("Quorate-Seq %.100q: want the command's number, 1 or more", seq[0])
	}
	ms, err := strconv.ParseInt(issued[0], 10, 64)
	if err != nil || ms < 0 || ms > int64(1<<63-1)/int64(time.Millisecond) {
		return name, false, bad("Quorate-Issued %.100q: want the time of the first attempt in milliseconds since 1970", issued[0])
	}
	return quorate.Command{Client: quorate.Client(c), Seq: n, Issued: time.Duration(ms) * time.Millisecond}, true, nil
}
