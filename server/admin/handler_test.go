package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/transport"
)

// badRequest is a request that makes no sense.
type badRequest struct {
	ask  string
	code int
	want string // in the reason
}

func badRequests() []badRequest {
	return []badRequest{
		{"/crash", 400, "t is missing"},
		{"/crash?t=", 400, "want a time"},
		{"/crash?t=soon", 400, "want a time"},
		{"/crash?t=0", 400, "more than 0"},
		{"/crash?t=-1", 400, "want a time"},
		{"/crash?t=-1s", 400, "more than 0"},
		{"/crash?t=1e9", 400, "want a time"},
		{"/crash?t=NaN", 400, "want a time"},
		{"/crash?t=99999999999999999999", 400, "want a time"},
		{"/crash?t=25h", 400, "at most 24h"},
		{"/crash?t=5&t=6", 400, "given twice"},
		{"/crash?time=5", 400, `unknown parameter "time"`},
		{"/crash?t=5;x", 400, "malformed query"},
		{"/crash?t=5&" + strings.Repeat("x", 5000), 400, "at most 4096"},
		{"/drop?t=5", 400, "id is missing: want one of {1.2, 1.3}"},
		{"/drop?id=1.2", 400, "t is missing"},
		{"/drop?id=1.1&t=5", 400, "this node itself"},
		{"/drop?id=1.4&t=5", 400, "1.4 is not a member of {1.1, 1.2, 1.3}"},
		{"/drop?id=2&t=5", 400, "want zone.node"},
		{"/drop?id=1.2,&t=5", 400, "want zone.node"},
		{"/drop?id=1.2,1.2&t=5", 400, "named twice"},
		{"/drop?idd=1.2&t=5", 400, "did you mean id?"},
		{"/drop", 400, "id is missing: want one of {1.2, 1.3}, several with commas, or all; t is missing"},
		{"/slow?id=1.2&t=5", 400, "delay is missing"},
		{"/slow?id=1.2&delay=2m&t=5", 400, "at most 1m"},
		{"/slow?id=1.2&delay=1s&jitter=-1s&t=5", 400, "more than 0"},
		{"/flaky?id=1.2&t=5", 400, "share of messages"},
		{"/flaky?id=1.2&p=0&t=5", 400, "above 0 and up to 1"},
		{"/flaky?id=1.2&p=1.1&t=5", 400, "above 0 and up to 1"},
		{"/flaky?id=1.2&p=NaN&t=5", 400, "above 0 and up to 1"},
		{"/duplicate?id=1.2&p=2&t=5", 400, "above 0 and up to 1"},
		{"/reorder?id=1.2&p=0.5&t=5", 400, "delay is missing"},
		{"/drop?id=1.2&t=5&name=", 400, "lower case letters"},
		{"/drop?id=1.2&t=5&name=A", 400, "lower case letters"},
		{"/drop?id=1.2&t=5&name=" + strings.Repeat("a", 65), 400, "up to 64"},
		{"/partition?t=5", 400, "group is missing"},
		{"/partition?group=1.1,1.2&group=1.2&t=5", 400, "{1.2} in two groups"},
		{"/partition?group=1.1,1.9&t=5", 400, "1.9 is not a member"},
		{"/heal?id=1.2", 400, "unknown parameter"},
		{"GET /admit", 405, "want POST"},
		{"POST /admit?t=0", 400, "more than 0"},
		{"POST /admit?t=2h", 400, "at most 1h"},
		{"POST /metrics", 405, "want GET or HEAD"},
		{"DELETE /crash?t=5", 405, "want POST or GET"},
		{"PUT /status", 405, "want GET or HEAD"},
		{"/", 404, "there are /livez"},
		{"/crush?t=5", 404, "/crash"},
		{"/debug/pprof/profile?seconds=86400", 400, "up to 300"},
		{"/debug/pprof/trace?seconds=-1", 400, "up to 300"},
		{"/debug/pprof/heap?seconds=86400", 400, "up to 300"},
	}
}

// Requests that make no sense are refused with a reason, and change nothing.
func TestBadRequests(t *testing.T) {
	r := newRig(t, 3, nil)
	m := r.members[0]
	for _, test := range badRequests() {
		w := m.ask(test.ask)
		var refusal admin.Refusal
		if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil {
			t.Errorf("%s: %v in %s", test.ask, err, w.Body)
		}
		if w.Code != test.code || refusal.Reason == "" || !strings.Contains(refusal.Error, test.want) {
			t.Errorf("%s: %d %q, want %d and %q", test.ask, w.Code, refusal.Error, test.code, test.want)
		}
	}
	if s := m.status(); s.State != admin.StateRunning || len(s.Faults) != 0 {
		t.Errorf("after all that: %+v", s)
	}
	body := httptest.NewRequest("POST", "/crash", strings.NewReader("t=5"))
	body.Host = "localhost"
	w := httptest.NewRecorder()
	if m.handler.ServeHTTP(w, body); w.Code != 400 || !strings.Contains(w.Body.String(), "parameters go into the query") {
		t.Errorf("parameters in the body: %d %s", w.Code, w.Body)
	}
}

// Rule: a node that failed takes no faults, one that is down does not crash.
func TestFaultsOfDeadNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[0]
		must[admin.Injected](m, "/crash?t=5")
		if w := m.ask("/crash?t=5"); w.Code != 409 || !strings.Contains(w.Body.String(), "does not run") {
			t.Errorf("crash of a crashed node: %d %s", w.Code, w.Body)
		}
		r.members[1].fail(errors.New("disk full"))
		if w := r.members[1].ask("/drop?id=1.1&t=5"); w.Code != 409 || !strings.Contains(w.Body.String(), "disk full") {
			t.Errorf("fault of a failed node: %d %s", w.Code, w.Body)
		}
		r.close()
	})
}

// Rule: a page of another site can crash no node, whatever browser shows it.
// Programs can, and so can a person who types the address.
func TestWebPagesAreRefused(t *testing.T) {
	for _, token := range []string{"", "secret"} {
		r := newRig(t, 3, func(cfg *admin.Config) { cfg.Token, cfg.Hosts = token, []string{"quorate-0.Quorate"} })
		m := r.members[0]
		tests := []struct {
			headers string
			code    int
		}{
			{"", 200},
			{"Sec-Fetch-Site: none", 200},
			{"Sec-Fetch-Site: same-origin", 200},
			{"Sec-Fetch-Site: cross-site", 403},
			{"Sec-Fetch-Site: same-site", 403}, // another port of this machine
			{"Origin: http://evil.example", 403},
			{"Origin: null", 403},
			{"Origin: http://127.0.0.1:8080", 403},
			{"Origin: http://127.0.0.1:9090", 200},
			{"Referer: http://evil.example/page", 403},
			{"Referer: http://127.0.0.1:9090/debug/pprof/", 200},
			{"Referer: ://", 403},
			{"Host: localhost:9090", 200},
			{"Host: LOCALHOST.", 200},
			{"Host: [::1]:9090", 200},
			{"Host: ::1", 200},
			{"Host: 10.0.0.7:9090", 200},
			{"Host: quorate-0.quorate:9090", 200},
		}
		for _, host := range []string{"0.0.0.0:9090", "[::]:9090", "rebound.evil.example:9090", "127.0.0.1.evil.example", "localhost.evil.example"} {
			code := 403
			if token != "" {
				code = 200 // who brings the token may call the listener what they like
			}
			tests = append(tests, struct {
				headers string
				code    int
			}{"Host: " + host, code})
		}
		for _, test := range tests {
			for _, what := range []string{"GET /heal", "POST /heal", "GET /metrics", "GET /readyz"} {
				want := test.code
				if what == "GET /readyz" && want == 200 {
					want = 0 // whatever it says
				}
				headers := []string{"Authorization: Bearer " + token}
				if test.headers != "" {
					headers = append(headers, test.headers)
				}
				w := m.ask(what, headers...)
				if want == 0 && w.Code != 403 {
					continue
				}
				if w.Code != want {
					t.Errorf("token %q, %s with %q: %d, want %d: %.200s", token, what, test.headers, w.Code, want, w.Body)
				}
			}
		}
	}
}

// Rule: with a token nothing but health is for those without it.
func TestToken(t *testing.T) {
	r := newRig(t, 3, func(cfg *admin.Config) { cfg.Token = "S3cret-t0ken" })
	m := r.members[0]
	closed := []string{"GET /crash?t=5", "POST /crash?t=5", "GET /drop?id=1.2&t=5", "GET /debug/pprof/heap", "GET /", "PUT /status", "GET /clock?bump=1s&t=5"}
	for _, path := range paths(t, m, "Authorization: Bearer S3cret-t0ken") {
		if path != "/livez" && path != "/readyz" && path != "/healthz" {
			closed = append(closed, "GET "+path, "POST "+path)
		}
	}
	for _, path := range closed {
		for _, auth := range []string{"", "S3cret-t0ken", "Bearer", "Bearer ", "Bearer S3cret-t0keN", "Bearer S3cret-t0ken ", "Bearer S3cret-t0kenn", "Basic S3cret-t0ken"} {
			w := m.ask(path, "Authorization: "+auth)
			if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: %d %s", path, auth, w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "S3cret") {
				t.Errorf("%s: the answer tells the token: %s", path, w.Body)
			}
		}
	}
	for _, auth := range []string{"Bearer S3cret-t0ken", "bearer S3cret-t0ken"} {
		if w := m.ask("/status", "Authorization: "+auth); w.Code != 200 {
			t.Errorf("%q: %d %s", auth, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/livez", "/readyz", "/healthz"} {
		if w := m.ask(path); w.Code == http.StatusUnauthorized {
			t.Errorf("%s wants the token", path)
		}
	}
}

func TestCheckListen(t *testing.T) {
	tests := []struct {
		address, token, want string // want in the error, empty for none
	}{
		{"127.0.0.1:9090", "", ""},
		{"127.9.9.9:9090", "", ""},
		{"[::1]:9090", "", ""},
		{"[::ffff:127.0.0.1]:9090", "", ""},
		{"localhost:9090", "", ""},
		{":9090", "", "without a token"},
		{"0.0.0.0:9090", "", "without a token"},
		{"[::]:9090", "", "without a token"},
		{"10.0.0.1:9090", "", "without a token"},
		{"localhost.example:9090", "", "without a token"},
		{"127.0.0.1.example:9090", "", "without a token"},
		{"127.0.0.1", "", "missing port"},
		{":9090", "secret", ""},
		{":9090", " ", "it is empty"},
		{":9090", "two words", "without spaces"},
		{"127.0.0.1:9090", "naïve", "ASCII"},
		{"127.0.0.1:9090", "line\n", "without spaces"},
		{":9090", strings.Repeat("x", 1025), "at most 1024"},
	}
	for _, test := range tests {
		err := admin.CheckListen(test.address, test.token)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %q: %v, want %q", test.address, test.token, err, test.want)
		}
		if test.want == "without a token" && !errors.Is(err, admin.ErrOpen) {
			t.Errorf("%s: %v does not wrap ErrOpen", test.address, err)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	m := &member{}
	for _, cfg := range []admin.Config{{}, {Target: m, Wait: -1}, {Target: m, Token: " "}} {
		if _, err := admin.New(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}

// Rule: who asks for an admission waits for a bounded time, and the admission goes
// on: there is one at a time, which all who ask share.
func TestAdmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[0]
		began := time.Now()
		var admissions atomic.Int32
		m.admits(func(ctx context.Context) error {
			admissions.Add(1)
			select {
			case <-time.After(10 * time.Second):
				return errors.New("the others do not meet")
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		late := m.ask("POST /admit?t=7")
		if late.Code != http.StatusGatewayTimeout || time.Since(began) != 7*time.Second || !strings.Contains(late.Body.String(), "goes on") {
			t.Errorf("%d %s after %v", late.Code, late.Body, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w := httptest.NewRecorder() // of a client that does not wait
		m.handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "POST", "http://localhost/admit", nil))
		if w.Code != http.StatusGatewayTimeout || time.Since(began) != 8*time.Second {
			t.Errorf("%d after %v", w.Code, time.Since(began))
		}
		if w := m.ask("POST /admit"); w.Code != 409 || !strings.Contains(w.Body.String(), "do not meet") || time.Since(began) != 10*time.Second {
			t.Errorf("%d %s after %v", w.Code, w.Body, time.Since(began))
		}
		if n := admissions.Load(); n != 1 {
			t.Errorf("%d admissions, want one that all share", n)
		}
		m.ask("POST /admit?t=1")
		m.admits(func(context.Context) error { return nil })
		time.Sleep(10 * time.Second)
		if s := must[admin.Status](m, "POST /admit"); s.ID != m.id || admissions.Load() != 2 {
			t.Errorf("%+v, %d admissions", s, admissions.Load())
		}
		r.close()
	})
}

// Rule: a handler that is closed waits for no admission.
func TestAdmissionEndsWithTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[0]
		m.admits(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		m.ask("POST /admit?t=1")
		r.close() // the bubble fails if a goroutine is left
	})
}

func TestProfiles(t *testing.T) {
	r := newRig(t, 1, nil)
	m := r.members[0]
	index := m.ask("/debug/pprof/").Body.String()
	if !strings.Contains(index, "goroutine") {
		t.Errorf("index: %s", index)
	}
	for _, path := range []string{"/debug/pprof/heap", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline", "/debug/pprof/symbol", "/debug/pprof/trace?seconds=0.01"} {
		if w := m.ask(path); w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s: %d, %d bytes", path, w.Code, w.Body.Len())
		}
	}
}

func FuzzFaults(f *testing.F) {
	for _, seed := range []string{"t=5", "id=1.2&t=5s", "id=all&p=0.5&t=1", "group=1.1,1.2&group=1.3&t=2", "id=1.2&delay=5ms&jitter=5ms&t=1h", "t=%zz", "id=1.2,1.3,9.9&t=1e3", "t=.", "t=1.2.3"} {
		f.Add(seed)
	}
	r := newRig(f, 3, nil)
	m := r.members[0]
	paths := []string{"/drop", "/slow", "/flaky", "/duplicate", "/reorder", "/partition", "/heal"}
	f.Fuzz(func(t *testing.T, query string) {
		if strings.ContainsAny(query, "#") {
			return
		}
		for _, path := range paths {
			request := httptest.NewRequest("POST", path, nil)
			request.Host = "localhost"
			request.URL.RawQuery = query
			w := httptest.NewRecorder()
			m.handler.ServeHTTP(w, request)
			if !slices.Contains([]int{200, 400}, w.Code) || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s?%s: %d %s", path, query, w.Code, w.Body)
			}
			if own := m.Node().Faults().Get(m.id); own != (transport.Fault{}) {
				t.Errorf("%s?%s: the node is cut off from itself: %+v", path, query, own)
			}
		}
		m.ask("/heal")
	})
}
