package admin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// taker is where an answer goes that is taken by whoever asked, or not.
type taker struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (w *taker) SetWriteDeadline(t time.Time) error {
	w.until = t
	return nil
}

// Rule: who asks and takes no answer is given up, long before the time that the longest
// answer may take.
func TestWhoTakesNoAnswer(t *testing.T) {
	m := newRig(t, 1, nil).members[0]
	for _, path := range []string{"/metrics", "/status", "/readyz", "/debug/pprof/goroutine", "/nothing"} {
		w := &taker{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "localhost"
		m.handler.ServeHTTP(w, r)
		if left := time.Until(w.until); left < time.Second || left > time.Minute {
			t.Errorf("%s: %v are left to take the answer", path, left)
		}
	}
}

// Rule: what is asked for in a body is bounded, and so is its answer.
func TestSymbolsAreBounded(t *testing.T) {
	m := newRig(t, 1, nil).members[0]
	r := httptest.NewRequest("POST", "/debug/pprof/symbol", strings.NewReader(strings.Repeat("0x1+", 4<<20)))
	r.Host = "localhost"
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "too large") || w.Code != http.StatusOK {
		t.Errorf("%d, %.100s", w.Code, w.Body)
	}
}
