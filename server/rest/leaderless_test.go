package rest_test

import (
	"strings"
	"testing"
)

// Rule: without a leader each member answers for itself, writes and reads alike, and
// redirects nobody. A read mode that needs a leader is refused, with those that do not.
func TestEachMemberAnswers(t *testing.T) {
	all := startPlaces(t, "tcp", runEPaxos)
	c := web(t)
	for i, p := range all {
		if w, body := fetch(t, c, "PUT", p.url("/kv/k"), p.id.String()); w.StatusCode/100 != 2 {
			t.Errorf("a write at %v: status %d: %s", p.id, w.StatusCode, body)
		}
		next := all[(i+1)%len(all)]
		if w, body := fetch(t, c, "GET", next.url("/kv/k"), ""); w.StatusCode != 200 || body != p.id.String() {
			t.Errorf("a read at %v, after a write at %v: status %d: %s", next.id, p.id, w.StatusCode, body)
		}
		if w, body := fetch(t, c, "GET", p.url("/kv/k?read=local"), ""); w.StatusCode != 200 || body != p.id.String() {
			t.Errorf("a local read at %v: status %d: %s", p.id, w.StatusCode, body)
		}
		for _, mode := range []string{"index", "lease", "handoff", "timeline", "follower"} {
			w, body := fetch(t, c, "GET", p.url("/kv/k?read="+mode), "")
			if w.StatusCode != 400 || !strings.Contains(body, `"unsupported"`) || !strings.Contains(body, "read mode "+mode+"; log and local work") {
				t.Errorf("a read %s at %v: status %d: %s", mode, p.id, w.StatusCode, body)
			}
		}
	}
}
