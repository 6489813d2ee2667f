package admin

import (
	"fmt"
	"net/http"

	"github.com/quorate/quorate"
)

// Health is the answer to a probe.
type Health struct {
	ID     quorate.ID `json:"id"`
	OK     bool       `json:"ok"`
	State  string     `json:"state"`
	Role   string     `json:"role,omitempty"`
	Leader string     `json:"leader,omitempty"`
	Why    string     `json:"why,omitempty"` // not
}

// serveLive says whether the process is worth keeping. A node that is down on
// purpose comes back by itself, so its process is; that of a node that failed
// is not, since only a start from the journal can help it.
func (h *Handler) serveLive(w http.ResponseWriter, r *http.Request) {
	v := h.look(r.Context())
	health := h.health(v)
	health.OK = v.state == StateRunning || v.state == StateDown
	h.probe(w, health)
}

// serveReady says whether the node can serve clients now: it runs, it votes, and
// it knows a leader.
func (h *Handler) serveReady(w http.ResponseWriter, r *http.Request) {
	v := h.look(r.Context())
	health := h.health(v)
	switch {
	case v.state != StateRunning:
	case v.Identity.Learner:
		health.Why = "it lost its disk and does not vote until it is admitted: quorate admit"
	case v.Leader == 0:
		health.Why = "it knows no leader"
	default:
		health.OK = true
	}
	h.probe(w, health)
}

func (h *Handler) health(v view) Health {
	health := Health{ID: h.target.ID(), State: v.state, Role: v.Role}
	if v.Leader != 0 {
		health.Leader = v.Leader.String()
	}
	if v.err != nil {
		health.Why = fmt.Sprintf("the node is %s: %v", v.state, v.err)
	}
	return health
}

func (h *Handler) probe(w http.ResponseWriter, health Health) {
	code := http.StatusOK
	if !health.OK {
		code = http.StatusServiceUnavailable
	} else {
		health.Why = ""
	}
	writeJSON(w, code, health)
}
