package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// open serves a member on a socket and returns a client of it.
func (m *member) open(token string) *admin.Client {
	m.rig.t.Helper()
	s := httptest.NewServer(m.handler)
	m.rig.t.Cleanup(s.Close)
	return connect(m.rig.t, s.URL, token)
}

func connect(t testing.TB, url, token string) *admin.Client {
	t.Helper()
	c, err := admin.NewClient(admin.ClientConfig{URL: url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// The client's requests are those that the handler takes.
func TestClientAndHandler(t *testing.T) {
	r := newRig(t, 3, func(cfg *admin.Config) { cfg.Token = "secret" })
	m := r.members[0]
	c := m.open("secret")
	ctx := t.Context()
	second, third := r.cluster.ID(1), r.cluster.ID(2)
	if s, err := c.Status(ctx); err != nil || s.ID != m.id || s.State != admin.StateRunning {
		t.Errorf("%+v, %v", s, err)
	}
	if h, err := c.Live(ctx); err != nil || !h.OK {
		t.Errorf("%+v, %v", h, err)
	}
	steps := []struct {
		do   func() (admin.Injected, error)
		want string
	}{
		{func() (admin.Injected, error) { return c.Drop(ctx, time.Hour) }, "1.2 cut, 1.3 cut"},
		{func() (admin.Injected, error) { return c.Heal(ctx) }, ""},
		{func() (admin.Injected, error) { return c.Drop(ctx, time.Hour, second) }, "1.2 cut"},
		{func() (admin.Injected, error) { return c.Slow(ctx, time.Hour, 50*time.Millisecond, 0, third) }, "1.2 cut, 1.3 delay 50ms"},
		{func() (admin.Injected, error) { return c.Heal(ctx) }, ""},
		{func() (admin.Injected, error) {
			return c.Slow(ctx, time.Hour, time.Second, time.Millisecond, second, third)
		}, "1.2 delay 1s+1ms, 1.3 delay 1s+1ms"},
		{func() (admin.Injected, error) { return c.Heal(ctx) }, ""},
		{func() (admin.Injected, error) { return c.Flaky(ctx, time.Hour, 0.1, second) }, "1.2 loss 0.1"},
		{func() (admin.Injected, error) {
			return c.Partition(ctx, time.Hour, []quorate.ID{m.id, second}, []quorate.ID{third})
		}, "1.2 loss 0.1, 1.3 cut"},
		{func() (admin.Injected, error) { return c.Heal(ctx) }, ""},
		{func() (admin.Injected, error) { return c.Duplicate(ctx, time.Hour, 0.25, second) }, "1.2 duplicate 0.25 reorder 0 late 0s"},
		{func() (admin.Injected, error) { return c.Named("a").Reorder(ctx, time.Hour, 0.5, time.Second) },
			"1.2 duplicate 0.25 reorder 0.5 late 1s, 1.3 duplicate 0 reorder 0.5 late 1s"},
		{func() (admin.Injected, error) { return c.Named("a").Drop(ctx, time.Hour, third) }, "1.2 duplicate 0.25 reorder 0 late 0s, 1.3 cut"},
		{func() (admin.Injected, error) { return c.Named("a").Heal(ctx) }, "1.2 duplicate 0.25 reorder 0 late 0s"},
	}
	for i, step := range steps {
		in, err := step.do()
		if got := m.faults(); err != nil || got != step.want || (len(in.Faults) == 0) != (got == "") {
			t.Errorf("step %d: %q, want %q; %+v, %v", i, got, step.want, in, err)
		}
	}
	if in, err := c.Crash(ctx, time.Hour); err != nil || len(in.Faults) == 0 || in.Faults[0].Kind != "crash" || m.Node() != nil {
		t.Errorf("%+v, %v", in, err)
	}
	if h, err := c.Ready(ctx); err != nil || h.OK || h.Why == "" {
		t.Errorf("%+v, %v", h, err)
	}
	_, err := c.Crash(ctx, time.Hour)
	var refused *admin.RefusedError
	if !errors.As(err, &refused) || refused.Code != 409 || refused.Reason != "conflict" {
		t.Errorf("crash of a crashed node: %v", err)
	}
	m.admits(func(context.Context) error { return errors.New("the others do not meet") })
	if _, err := c.Admit(ctx, time.Second); err == nil || err.Error() != "the others do not meet" {
		t.Errorf("admit: %v", err)
	}
	m.admits(func(context.Context) error { return nil })
	if s, err := c.Admit(ctx, time.Second); err != nil || s.ID != m.id {
		t.Errorf("admit: %+v, %v", s, err)
	}
}

func TestClientMetrics(t *testing.T) {
	r := newRig(t, 3, nil)
	c := r.client()
	for i := range 20 {
		if _, err := c.Put(t.Context(), fmt.Sprint(i), []byte("v")); err != nil {
			t.Fatal(err)
		}
	}
	s, err := r.members[0].open("").Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, hasCPU := s["process_cpu_seconds_total"] // counts in hundredths of a second
	if u := s.Usage(); !hasCPU || u.Memory == 0 || u.Messages == 0 || u.Syncs == 0 || s["quorate_up"] != 1 {
		t.Errorf("%+v", u)
	}
}

func TestClientWithoutToken(t *testing.T) {
	r := newRig(t, 1, func(cfg *admin.Config) { cfg.Token = "secret" })
	for _, token := range []string{"", "wrong"} {
		c := r.members[0].open(token)
		var refused *admin.RefusedError
		if _, err := c.Status(t.Context()); !errors.As(err, &refused) || refused.Code != http.StatusUnauthorized {
			t.Errorf("status with %q: %v", token, err)
		}
		if _, err := c.Metrics(t.Context()); !errors.As(err, &refused) || refused.Code != http.StatusUnauthorized {
			t.Errorf("metrics with %q: %v", token, err)
		}
		if h, err := c.Live(t.Context()); err != nil || !h.OK {
			t.Errorf("live with %q: %+v, %v", token, h, err)
		}
	}
}

// Rule: a client tells apart who does not answer and who answers something else,
// and takes the token nowhere else.
func TestClientMeetsStrangers(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if _, err := connect(t, "http://"+closed.Addr().String(), "").Status(t.Context()); !errors.Is(err, admin.ErrUnreachable) || strings.Contains(err.Error(), "Get ") {
		t.Errorf("nobody there: %v", err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it never accepts
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	patient, err := admin.NewClient(admin.ClientConfig{URL: silent.Addr().String(), Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer patient.Close()
	if _, err := patient.Status(t.Context()); !errors.Is(err, admin.ErrUnreachable) || !strings.Contains(err.Error(), "within 20ms") {
		t.Errorf("silence: %v", err)
	}
	answers := map[string]http.HandlerFunc{
		"is this a node's admin address": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not here", 404) },
		"no answer of a node":            func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) },
		"status 302": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"more than": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(strings.Repeat(" ", 5<<20)))
		},
	}
	for want, answer := range answers {
		s := httptest.NewServer(answer)
		defer s.Close()
		if _, err := connect(t, s.URL, "secret").Status(t.Context()); err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, admin.ErrUnreachable) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestClientConfigIsChecked(t *testing.T) {
	for _, cfg := range []admin.ClientConfig{
		{}, {URL: "ftp://127.0.0.1:1"}, {URL: "http://127.0.0.1:1/path"}, {URL: "http://user@127.0.0.1:1"}, {URL: "http://127.0.0.1:1?x=y"},
		{URL: "http://"}, {URL: "127.0.0.1:1", Token: " "}, {URL: "127.0.0.1:1", Timeout: -1},
	} {
		if _, err := admin.NewClient(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
	for _, url := range []string{"127.0.0.1:9090", "http://127.0.0.1:9090/", "https://[::1]:9090"} {
		if _, err := admin.NewClient(admin.ClientConfig{URL: url}); err != nil {
			t.Error(err)
		}
	}
}

func TestUsage(t *testing.T) {
	s, err := admin.ParseSamples([]byte(`# HELP process_cpu_seconds_total x
process_cpu_seconds_total 1.25
process_resident_memory_bytes 1e+06
quorate_messages_sent_total 10
quorate_sent_bytes_total 1000
quorate_socket_writes_total 5
quorate_journal_commit_seconds_count 7
quorate_commands_executed_total NaN
quorate_messages_dropped_total{cause="a b"} 2
quorate_messages_dropped_total{cause="c"} 3
`))
	want := admin.Usage{CPU: 1250 * time.Millisecond, Memory: 1e6, Messages: 10, Bytes: 1000, Writes: 5, Dropped: 5, Syncs: 7}
	if got := s.Usage(); err != nil || got != want {
		t.Errorf("%+v, want %+v, %v", got, want, err)
	}
	for _, bad := range []string{"name\n", "name value\n", " 1\n"} {
		if _, err := admin.ParseSamples([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzParseSamples(f *testing.F) {
	f.Add([]byte("# HELP a b\na 1\nb{c=\"d e\"} 2.5e3\n\nc NaN\r\n"))
	f.Add([]byte("a"))
	f.Add([]byte(" 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := admin.ParseSamples(text)
		if err == nil {
			s.Usage()
		}
	})
}
