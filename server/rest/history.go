package rest

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/quorate/quorate"
)

// history answers with the versions of a key that this node keeps:
//
//	{"node":"1.1","truncated":false,"versions":[{"version":1,"value":"aGVsbG8="},{"version":2,"deleted":true}]}
func (h *Handler) history(x *exchange, key string) *failure {
	if x.r.URL.RawQuery != "" {
		return bad("query: /history/{key} takes none")
	}
	all, b, truncated, f := h.versions(x, key)
	if f != nil || x.answered {
		return f
	}
	defer h.give(cap(b))
	b = append(b, `{"node":"`...)
	b = append(b, h.cfg.Backend.ID().String()...)
	b = append(b, `","truncated":`...)
	b = strconv.AppendBool(b, truncated)
	b = append(b, `,"versions":[`...)
	for i, v := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"version":`...)
		b = strconv.AppendUint(b, v.Version, 10)
		if v.Deleted {
			b = append(b, `,"deleted":true}`...)
			continue
		}
		b = append(b, `,"value":"`...)
		b = base64.StdEncoding.AppendEncode(b, v.Value)
		b = append(b, `"}`...)
	}
	h.sendHistory(x, append(b, "]}\n"...), truncated)
	return nil
}

// paxiHistory answers with the values of an integer key as Paxi encodes them:
// an array of strings in base64, the oldest first, null for a delete.
func (h *Handler) paxiHistory(x *exchange) *failure {
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil || len(query) != 1 || len(query["key"]) != 1 {
		return bad("query: want key={integer}, or /history/{key} for any key")
	}
	key, ok := paxiKey("/" + query["key"][0])
	if !ok {
		return bad("query: key %.100q is no integer: /history/{key} takes any key", query["key"][0])
	}
	all, b, truncated, f := h.versions(x, key)
	if f != nil || x.answered {
		return f
	}
	defer h.give(cap(b))
	b = append(b, '[')
	for i, v := range all {
		if i > 0 {
			b = append(b, ',')
		}
		if v.Deleted {
			b = append(b, "null"...)
			continue
		}
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v.Value)
		b = append(b, '"')
	}
	x.w.Header().Set("Id", h.cfg.Backend.ID().String())
	h.sendHistory(x, append(b, ']'), truncated)
	return nil
}

// versions returns the newest versions of a key that fit into an answer, and the
// memory for it, whose capacity the caller must give back.
func (h *Handler) versions(x *exchange, key string) (all []quorate.Versioned, b []byte, truncated bool, f *failure) {
	if m := x.r.Method; m != http.MethodGet && m != http.MethodHead {
		return nil, nil, false, x.notAllowed("GET, HEAD, OPTIONS")
	}
	if f := h.checkKey(key); f != nil {
		return nil, nil, false, f
	}
	if f := h.enter(); f != nil {
		return nil, nil, false, f
	}
	defer h.leave(x.r)
	ctx, cancel := context.WithTimeout(x.r.Context(), h.cfg.Timeout)
	defer cancel()
	all, err := h.cfg.Backend.History(ctx, key)
	if err != nil {
		return nil, nil, false, failed(err)
	}
	first, size := len(all), 0
	for first > 0 && len(all)-first < h.cfg.MaxHistory {
		size += len(all[first-1].Value)
		if size > h.cfg.MaxHistoryBytes {
			break
		}
		first--
	}
	all = all[first:]
	b, f = h.room(x, all)
	return all, b, first > 0, f
}

// room returns the memory for an answer, which counts as a large value's does. A reader that is slow on purpose must
// not hold it for long.
func (h *Handler) room(x *exchange, all []quorate.Versioned) ([]byte, *failure) {
	size := 100 // what stands around the versions
	for _, v := range all {
		size += base64.StdEncoding.EncodedLen(len(v.Value)) + 50 // {"version":18446744073709551615,"deleted":true},
	}
	if !h.hold(size) {
		return nil, h.busy("%d bytes of values are on their way", h.cfg.MaxBytes)
	}
	_ = http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(sendTime))
	return make([]byte, 0, size), nil
}

// sendHistory sends what one node knows; the others may be ahead or behind.
func (h *Handler) sendHistory(x *exchange, body []byte, truncated bool) {
	header := x.w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header["Quorate-Stale"] = h.text
	if truncated {
		header.Set("Quorate-Truncated", "true")
	}
	_, _ = x.w.Write(body) // who hung up needs no answer
}
