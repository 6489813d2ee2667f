package rest

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/quorate/quorate"
)

// sendOn makes the refusal of a member that does not lead, and does not pass
// requests on, a redirect to the one that leads, if it is known where that is. As
// nothing was executed, the request may be made again as it is: 307 has clients
// keep its method, its body and its headers, and with them a command's number.
func (h *Handler) sendOn(r *http.Request, f *failure) {
	if f.Executed != executedNo || f.Reason != causeOf(quorate.ReasonNotLeader).word {
		return
	}
	// The leader that the answer names and the one of the Location are the same.
	f.leader = cmp.Or(f.leader, h.cfg.Backend.Leader())
	at := h.cfg.Addresses[f.leader]
	switch {
	case at == "" || at == h.cfg.Addresses[h.cfg.Backend.ID()]:
		return // to nowhere, or in a circle
	case r.TLS != nil && !strings.HasPrefix(at, "https://"):
		return // what came secured is not led to where all may read it
	}
	f.status, f.location = http.StatusTemporaryRedirect, at+r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		f.location += "?" + r.URL.RawQuery
	}
}
