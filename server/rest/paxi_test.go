package rest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/server/rest"
)

// Rule: Paxi's headers come back as they were, and name nothing: its clients
// share and restart them.
func TestPaxi(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake()})
	headers := []string{"Id", "1.1", "Cid", "1", "Timestamp", "1795833600123456789"}
	for i, s := range []struct{ method, target, body, want string }{
		{"GET", "/7", "", ""},
		{"PUT", "/7", "one", ""},
		{"GET", "/7", "", "one"},
		{"POST", "/7", "two", ""}, // the same Cid again: another command
		{"GET", "/7", "", "two"},
		{"GET", "/007", "", "two"},
		{"PUT", "/-7", "minus", ""},
		{"GET", "/-7", "", "minus"},
		{"PUT", "/8", "", ""},
		{"GET", "/8", "", ""},
	} {
		w := ask(h, s.method, s.target, s.body, headers...)
		wantStatus(t, w, 200)
		if got := w.Body.String(); got != s.want {
			t.Errorf("%s %s: %q, want %q", s.method, s.target, got, s.want)
		}
		wantHeader(t, w, "Id", "1.1")
		wantHeader(t, w, "Cid", "1")
		wantHeader(t, w, "Timestamp", "1795833600123456789")
		absent := ""
		if i == 0 {
			absent = "true"
		}
		wantHeader(t, w, "Nv", absent)
	}
	w := ask(h, "GET", "/kv/7", "", headers...)
	if w.Code != 200 || w.Body.String() != "two" || w.Header().Get("Id") != "" {
		t.Errorf("the same key at /kv: %d %q with id %q", w.Code, w.Body, w.Header().Get("Id"))
	}
}

func TestHistory(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake()})
	ask(h, "PUT", "/7", "one")
	ask(h, "DELETE", "/kv/7", "")
	ask(h, "PUT", "/7", "")
	ask(h, "PUT", "/kv/7", "\x00\xff")

	w := ask(h, "GET", "/history?key=7", "")
	wantStatus(t, w, 200)
	wantHeader(t, w, "Id", nodeID.String())
	wantHeader(t, w, "Quorate-Stale", "true")
	var paxi [][]byte // as Paxi decodes it
	if err := json.Unmarshal(w.Body.Bytes(), &paxi); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%q", paxi); got != `["one" "" "" "\x00\xff"]` || paxi[1] != nil || paxi[2] == nil {
		t.Errorf("Paxi reads %s", got)
	}
	w = ask(h, "GET", "/history?key=9", "")
	if w.Code != 200 || w.Body.String() != "[]" {
		t.Errorf("history of an absent key: %d %s", w.Code, w.Body)
	}

	w = ask(h, "GET", "/history/7", "")
	wantStatus(t, w, 200)
	want := `{"node":"1.1","truncated":false,"versions":[{"version":1,"value":"b25l"},{"version":2,"deleted":true},{"version":3,"value":""},{"version":4,"value":"AP8="}]}` + "\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got %s", got)
	}
}

// Rule: an answer holds the newest versions within the bounds of count and bytes.
func TestHistoryIsBounded(t *testing.T) {
	b := newFake()
	for _, tc := range []struct {
		count, bytes, want int
	}{{100, 1000, 8}, {3, 1000, 3}, {100, 25, 2}, {100, 5, 0}} {
		h := newHandler(t, rest.Config{Backend: b, MaxHistory: tc.count, MaxHistoryBytes: tc.bytes})
		for len(b.kv.History("k/y")) < 8 {
			ask(h, "PUT", "/kv/k%2Fy", strings.Repeat("x", 10))
		}
		w := ask(h, "GET", "/history/k%2Fy", "")
		var answer struct {
			Truncated bool
			Versions  []struct {
				Version uint64
				Value   string
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if len(answer.Versions) != tc.want || answer.Truncated != (tc.want < 8) || (w.Header().Get("Quorate-Truncated") == "true") != answer.Truncated {
			t.Errorf("%+v: %d versions, truncated %v", tc, len(answer.Versions), answer.Truncated)
		}
		if n := len(answer.Versions); n > 0 && answer.Versions[n-1].Version != 8 {
			t.Errorf("%+v: the newest is missing", tc)
		}
		for _, v := range answer.Versions {
			if got, err := base64.StdEncoding.DecodeString(v.Value); err != nil || !slices.Equal(got, []byte(strings.Repeat("x", 10))) {
				t.Errorf("value %q, %v", got, err)
			}
		}
	}
}
