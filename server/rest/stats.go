package rest

import (
	"net/http"
	"sync/atomic"
)

// Stats counts what a handler did.
type Stats struct {
	Requests uint64 // that came in
	SentOn   uint64 // sent to the leader by a redirect: 307
	Invalid  uint64 // refused because of what they ask for: 4xx, but for absent keys and conditions
	Refused  uint64 // not executed though they were valid: 503
	Unknown  uint64 // whose outcome is unknown: 504
	Panics   uint64
	Waiting  int // requests that wait for an outcome now
	Bytes    int // of large values on their way now
}

type counters struct {
	requests, sentOn, invalid, refused, unknown, panics atomic.Uint64
}

func (c *counters) failed(f *failure) {
	switch {
	case f.status == http.StatusTemporaryRedirect:
		c.sentOn.Add(1)
	case f.status == http.StatusGatewayTimeout:
		c.unknown.Add(1)
	case f.status == http.StatusServiceUnavailable:
		c.refused.Add(1)
	case f.status >= 400 && f.status < 500 && f.Executed == executedNo && f.Reason != "condition":
		c.invalid.Add(1)
	}
}

// Stats returns the counters so far.
func (h *Handler) Stats() Stats {
	return Stats{
		Requests: h.count.requests.Load(), SentOn: h.count.sentOn.Load(), Invalid: h.count.invalid.Load(), Refused: h.count.refused.Load(),
		Unknown: h.count.unknown.Load(), Panics: h.count.panics.Load(),
		Waiting: int(h.requests.Load()), Bytes: int(h.bytes.Load()),
	}
}
