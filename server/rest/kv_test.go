package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/rest"
)

// step is one request of a story and what must be answered.
type step struct {
	method, target, body string
	headers              []string
	status               int
	want                 string // the body of a success, or the reason of a failure
	etag                 string
	version              string // Quorate-Version
}

func tell(t *testing.T, h http.Handler, steps []step) {
	t.Helper()
	for i, s := range steps {
		w := ask(h, s.method, s.target, s.body, s.headers...)
		if w.Code != s.status {
			t.Errorf("step %d: %s %s: status %d, want %d: %s", i, s.method, s.target, w.Code, s.status, w.Body)
			continue
		}
		if got := w.Header().Get("ETag"); got != s.etag {
			t.Errorf("step %d: %s %s: tag %s, want %s", i, s.method, s.target, got, s.etag)
		}
		if got := w.Header().Get("Quorate-Version"); got != s.version {
			t.Errorf("step %d: %s %s: Quorate-Version %q, want %q", i, s.method, s.target, got, s.version)
		}
		if w.Code >= 400 {
			if f := failureOf(t, w); f.Reason != s.want {
				t.Errorf("step %d: %s %s: reason %q, want %q", i, s.method, s.target, f.Reason, s.want)
			}
		} else if got := w.Body.String(); got != s.want {
			t.Errorf("step %d: %s %s: %q, want %q", i, s.method, s.target, got, s.want)
		}
	}
}

func TestVersions(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake()})
	tell(t, h, []step{
		{method: "GET", target: "/kv/k", status: 404, want: "absent"},
		{method: "PUT", target: "/kv/k", body: "one", status: 201, etag: `"1"`},
		{method: "GET", target: "/kv/k", status: 200, want: "one", etag: `"1"`},
		{method: "PUT", target: "/kv/k", body: "two", status: 204, etag: `"2"`},
		{method: "HEAD", target: "/kv/k", status: 200, want: "two", etag: `"2"`}, // net/http drops the body
		{method: "PUT", target: "/kv/k", status: 204, etag: `"3"`},
		{method: "GET", target: "/kv/k", status: 200, want: "", etag: `"3"`}, // an empty value is a value
		{method: "DELETE", target: "/kv/k", status: 204, version: "4"},
		{method: "GET", target: "/kv/k", status: 404, want: "absent", version: "4"},
		{method: "DELETE", target: "/kv/k", status: 204, version: "5"},
		{method: "PUT", target: "/kv/k", body: "six", status: 204, etag: `"6"`},
	})
}

func TestConditions(t *testing.T) {
	const match, none = "If-Match", "If-None-Match"
	h := newHandler(t, rest.Config{Backend: newFake()})
	tell(t, h, []step{
		// A condition on what is absent.
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `"1"`}, status: 412, want: "condition"},
		{method: "DELETE", target: "/kv/k", headers: []string{match, `"1"`}, status: 412, want: "condition"},
		{method: "GET", target: "/kv/k", headers: []string{match, `*`}, status: 412, want: "condition"},
		{method: "GET", target: "/kv/k", headers: []string{none, `*`}, status: 404, want: "absent"},
		{method: "PUT", target: "/kv/k", body: "one", headers: []string{none, `*`}, status: 201, etag: `"1"`},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{none, ` * `}, status: 412, want: "condition", etag: `"1"`, version: "1"},
		{method: "DELETE", target: "/kv/k", headers: []string{none, `*`}, status: 412, want: "condition", etag: `"1"`, version: "1"},
		// A version, alone and among tags that never match.
		{method: "PUT", target: "/kv/k", body: "two", headers: []string{match, `"1"`}, status: 204, etag: `"2"`},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `"1"`}, status: 412, want: "condition", etag: `"2"`, version: "2"},
		{method: "PUT", target: "/kv/k", body: "three", headers: []string{match, `"a" , W/"2",, "2", "2"`}, status: 204, etag: `"3"`},
		{method: "PUT", target: "/kv/k", body: "four", headers: []string{match, `"b"`, match, `"3"`}, status: 204, etag: `"4"`},
		{method: "DELETE", target: "/kv/k", headers: []string{match, `"3"`}, status: 412, want: "condition", etag: `"4"`, version: "4"},
		// Tags that no version has: never true, and never taken for absence.
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `"0"`}, status: 412, want: "condition"},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `"04"`}, status: 412, want: "condition"},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `W/"4"`}, status: 412, want: "condition"},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `""`}, status: 412, want: "condition"},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `"99999999999999999999"`}, status: 412, want: "condition"},
		// What a command cannot be bound to.
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `"4", "5"`}, status: 400, want: "invalid"},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `*`}, status: 400, want: "invalid"},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{none, `"4"`}, status: 400, want: "invalid"},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `"4"`, none, `*`}, status: 400, want: "invalid"},
		// Reads.
		{method: "GET", target: "/kv/k", headers: []string{none, `"4"`}, status: 304, etag: `"4"`},
		{method: "GET", target: "/kv/k", headers: []string{none, `"3", W/"4"`}, status: 304, etag: `"4"`},
		{method: "HEAD", target: "/kv/k", headers: []string{none, `*`}, status: 304, etag: `"4"`},
		{method: "GET", target: "/kv/k", headers: []string{none, `"3"`}, status: 200, want: "four", etag: `"4"`},
		{method: "GET", target: "/kv/k", headers: []string{match, `"3", "4"`}, status: 200, want: "four", etag: `"4"`},
		{method: "GET", target: "/kv/k", headers: []string{match, `*`}, status: 200, want: "four", etag: `"4"`},
		{method: "GET", target: "/kv/k", headers: []string{match, `W/"4"`}, status: 412, want: "condition", etag: `"4"`, version: "4"},
		{method: "GET", target: "/kv/k", headers: []string{match, `"4"`, none, `"4"`}, status: 304, etag: `"4"`},
		{method: "GET", target: "/kv/k", headers: []string{"If-Modified-Since", "Sat, 28 Nov 2026 02:00:00 GMT"}, status: 200, want: "four", etag: `"4"`},
		// A tombstone counts as absent.
		{method: "DELETE", target: "/kv/k", headers: []string{match, `"4"`}, status: 204, version: "5"},
		{method: "PUT", target: "/kv/k", body: "x", headers: []string{match, `"5"`}, status: 412, want: "condition"},
		{method: "GET", target: "/kv/k", headers: []string{none, `"5"`}, status: 404, want: "absent", version: "5"},
		{method: "PUT", target: "/kv/k", body: "six", headers: []string{none, `*`}, status: 201, etag: `"6"`},
	})
}

func TestMalformedTags(t *testing.T) {
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b})
	for _, value := range []string{
		"", " ", ",", "7", `"7`, `7"`, `w/"7"`, `W/7`, `"7" "8"`, `"7";"8"`, `*, "7"`, `"7", *`, `"a b"`, "\"a\tb\"",
		strings.Repeat(`"1",`, 65),
	} {
		for _, name := range []string{"If-Match", "If-None-Match"} {
			for _, method := range []string{"GET", "PUT", "DELETE"} {
				w := ask(h, method, "/kv/k", "", name, value)
				wantStatus(t, w, 400)
				if f := failureOf(t, w); f.Executed != "no" || !strings.Contains(f.Error, name) {
					t.Errorf("%s %s: %s: %+v", method, name, value, f)
				}
			}
		}
	}
	if len(b.ops) > 0 {
		t.Errorf("executed %v", b.ops)
	}
}

func TestKeys(t *testing.T) {
	all := make([]byte, 256)
	var escaped strings.Builder
	for i := range all {
		all[i] = byte(i)
		const hex = "0123456789abcdef"
		escaped.Write([]byte{'%', hex[i>>4], hex[i&15]})
	}
	for target, key := range map[string]string{
		"/kv/a":                   "a",
		"/kv/a/b/":                "a/b/",
		"/kv/a%2Fb":               "a/b",
		"/kv//":                   "/",
		"/kv/../x":                "../x",
		"/kv/%2e%2e":              "..",
		"/kv/a+b":                 "a+b",
		"/kv/a%20b%3Fc%23d%25":    "a b?c#d%",
		"/kv/%C3%BC":              "ü",
		"/kv/7":                   "7",
		"/7":                      "7",
		"/007":                    "7",
		"/+7":                     "7",
		"/-7":                     "-7",
		"/kv/" + escaped.String(): string(all),
	} {
		b := newFake()
		w := ask(newHandler(t, rest.Config{Backend: b}), "PUT", target, "v")
		if w.Code > 204 || len(b.ops) != 1 || b.ops[0].Key != key {
			t.Errorf("%s: status %d, %+v", target, w.Code, b.ops)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		name           string
		method, target string
		body           string
		headers        []string
		status         int
		reason         string
	}{
		{name: "no resource", method: "GET", target: "/", status: 404, reason: "not-found"},
		{name: "no key", method: "GET", target: "/kv", status: 404, reason: "not-found"},
		{name: "an empty key", method: "GET", target: "/kv/", status: 400, reason: "invalid"},
		{name: "a word is not Paxi's", method: "GET", target: "/seven", status: 404, reason: "not-found"},
		{name: "beyond Paxi's integers", method: "GET", target: "/99999999999999999999", status: 404, reason: "not-found"},
		{name: "a long key", method: "GET", target: "/kv/12345", status: 413, reason: "too-large"},
		{name: "a long value", method: "PUT", target: "/kv/k", body: "123456789", status: 413, reason: "too-large"},
		{name: "a long value of Paxi's", method: "POST", target: "/1", body: "123456789", status: 413, reason: "too-large"},
		{name: "POST", method: "POST", target: "/kv/k", status: 405, reason: "method"},
		{name: "PATCH", method: "PATCH", target: "/kv/k", status: 405, reason: "method"},
		{name: "DELETE of Paxi's", method: "DELETE", target: "/1", status: 405, reason: "method"},
		{name: "PUT of a history", method: "PUT", target: "/history/k", status: 405, reason: "method"},
		{name: "a bad read mode", method: "GET", target: "/kv/k?read=fast", status: 400, reason: "invalid"},
		{name: "a write with a read mode", method: "PUT", target: "/kv/k?read=log", status: 400, reason: "invalid"},
		{name: "an unknown option", method: "GET", target: "/kv/k?raed=log", status: 400, reason: "invalid"},
		{name: "an option twice", method: "GET", target: "/kv/k?read=log&read=log", status: 400, reason: "invalid"},
		{name: "a broken query", method: "GET", target: "/kv/k?read=%zz", status: 400, reason: "invalid"},
		{name: "no time", method: "GET", target: "/kv/k?timeout=0s", status: 400, reason: "invalid"},
		{name: "negative time", method: "GET", target: "/kv/k?timeout=-1s", status: 400, reason: "invalid"},
		{name: "too much time", method: "GET", target: "/kv/k?timeout=61s", status: 400, reason: "invalid"},
		{name: "time without a unit", method: "GET", target: "/kv/k", headers: []string{"Quorate-Timeout", "5"}, status: 400, reason: "invalid"},
		{name: "a page of somebody else", method: "POST", target: "/1", body: "x", headers: []string{"Origin", "http://evil.example"}, status: 403, reason: "origin"},
		{name: "a site of somebody else", method: "PUT", target: "/kv/k", headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, reason: "origin"},
		{name: "a part of a value", method: "PUT", target: "/kv/k", body: "x", headers: []string{"Content-Range", "bytes 0-0/5"}, status: 400, reason: "invalid"},
		{name: "history of no key", method: "GET", target: "/history", status: 400, reason: "invalid"},
		{name: "history of a word in Paxi's format", method: "GET", target: "/history?key=k", status: 400, reason: "invalid"},
		{name: "history of an empty key", method: "GET", target: "/history/", status: 400, reason: "invalid"},
		{name: "history with options", method: "GET", target: "/history/k?read=log", status: 400, reason: "invalid"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newFake()
			h := newHandler(t, rest.Config{Backend: b, MaxKey: 4, MaxValue: 8})
			w := ask(h, tc.method, tc.target, tc.body, tc.headers...)
			wantStatus(t, w, tc.status)
			if f := failureOf(t, w); f.Reason != tc.reason || f.Executed != "no" {
				t.Errorf("%+v, want reason %s", f, tc.reason)
			}
			if len(b.ops) > 0 {
				t.Errorf("executed %+v", b.ops)
			}
			if h.Stats().Invalid != 1 || h.Stats().Requests != 1 {
				t.Errorf("counted as %+v", h.Stats())
			}
		})
	}
}

// Rule: a node that only its own machine reaches is known by its own names; a
// page whose name was made to lead there is of another origin, whatever it does.
func TestHosts(t *testing.T) {
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b, Hosts: []string{"quorate-0"}})
	for host, status := range map[string]int{
		"127.0.0.1:8080": 204, "localhost:8080": 204, "quorate-0:8080": 204, "": 204,
		"evil.example": 403, "evil.example:8080": 403, "localhost.evil.example": 403,
	} {
		for _, method := range []string{"DELETE", "GET"} {
			r := httptest.NewRequest(method, "/kv/k", nil)
			r.Host = host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if want := status; method == "DELETE" || want == 403 {
				wantStatus(t, w, want)
			}
		}
	}
	open := newHandler(t, rest.Config{Backend: b})
	wantStatus(t, ask(open, "DELETE", "http://any.example/kv/k", ""), 204)
}

func TestMethods(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake()})
	for target, allow := range map[string]string{
		"/kv/k":          "GET, HEAD, PUT, DELETE, OPTIONS",
		"/7":             "GET, HEAD, PUT, POST, OPTIONS",
		"/history/k":     "GET, HEAD, OPTIONS",
		"/history?key=7": "GET, HEAD, OPTIONS",
	} {
		w := ask(h, "OPTIONS", target, "")
		wantStatus(t, w, 204)
		wantHeader(t, w, "Allow", allow)
		w = ask(h, "TRACE", target, "")
		wantStatus(t, w, 405)
		wantHeader(t, w, "Allow", allow)
	}
}

func TestReadModes(t *testing.T) {
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b})
	ask(h, "PUT", "/kv/k", "v")
	for i, mode := range []quorate.ReadMode{quorate.ReadLog, quorate.ReadIndex, quorate.ReadLocal} {
		w := ask(h, "GET", "/kv/k?read="+mode.String(), "")
		wantStatus(t, w, 200)
		if got := b.ops[i+1].Read; got != mode {
			t.Errorf("%v was read as %v", mode, got)
		}
		stale, index := "", ""
		if mode == quorate.ReadLocal {
			stale, index = "true", "42"
		}
		wantHeader(t, w, "Quorate-Stale", stale)
		wantHeader(t, w, "Quorate-Index", index)
	}
	w := ask(h, "GET", "/kv/k?read=timeline", "", "Quorate-Seen", "17")
	wantStatus(t, w, 200)
	wantHeader(t, w, "Quorate-Index", "42")
	if op := b.ops[len(b.ops)-1]; op.Read != quorate.ReadTimeline || op.Seen != 17 {
		t.Errorf("%+v", op)
	}
	w = ask(h, "PUT", "/kv/k", "v", "Quorate-Seen", "0")
	wantStatus(t, w, 204)
	wantHeader(t, w, "Quorate-Index", "42")
	wantStatus(t, ask(h, "GET", "/kv/k?read=timeline", "", "Quorate-Seen", "all"), 400)
	w = ask(h, "GET", "/kv/none?read=local", "")
	wantStatus(t, w, 404)
	wantHeader(t, w, "Quorate-Stale", "true")
}

func TestTimeouts(t *testing.T) {
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b, Timeout: 3 * time.Second})
	for _, tc := range []struct {
		target, header string
		want           time.Duration
	}{
		{"/kv/k", "", 3 * time.Second},
		{"/kv/k?timeout=500ms", "", 500 * time.Millisecond},
		{"/kv/k", "60s", time.Minute},
		{"/kv/k?timeout=2s", "1s", 2 * time.Second},
	} {
		var headers []string
		if tc.header != "" {
			headers = []string{"Quorate-Timeout", tc.header}
		}
		b.do = deadlineOf(t, tc.want)
		wantStatus(t, ask(h, "PUT", tc.target, "v", headers...), 204)
	}
}
