package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/rest"
)

// deadlineOf returns a backend's part that checks how long it is given.
func deadlineOf(t *testing.T, want time.Duration) func(context.Context, client.Op) (client.Result, error) {
	start := time.Now()
	return func(ctx context.Context, _ client.Op) (client.Result, error) {
		at, ok := ctx.Deadline()
		if early := start.Add(want); !ok || at.Before(early) || at.After(time.Now().Add(want)) {
			t.Errorf("the deadline is in %v, want %v", at.Sub(start), want)
		}
		return client.Result{OK: true, Version: 9}, nil
	}
}

// Rule: 503 says that nothing was executed and when to come again, 504 that
// something may have been, 4xx that it was the client's mistake.
func TestStatusOfFailures(t *testing.T) {
	const no, unknown = quorate.NotExecuted, quorate.Unknown
	for _, tc := range []struct {
		status quorate.Status
		reason quorate.Reason
		end    client.End
		cause  error
		code   int
		word   string
	}{
		{no, quorate.ReasonOverloaded, client.EndDeadline, nil, 503, "overloaded"},
		{no, quorate.ReasonNoLeader, client.EndDeadline, nil, 503, "no-leader"},
		{no, quorate.ReasonNotLeader, client.EndDeadline, nil, 503, "not-leader"},
		{no, quorate.ReasonDeadline, client.EndAnswered, nil, 503, "deadline"},
		{no, quorate.ReasonNoQuorum, client.EndDeadline, nil, 503, "no-quorum"},
		{no, quorate.ReasonLearner, client.EndDeadline, nil, 503, "learner"},
		{no, quorate.ReasonStopping, client.EndDeadline, nil, 503, "stopping"},
		{no, quorate.ReasonNotFollower, client.EndDeadline, nil, 503, "not-follower"},
		{unknown, quorate.ReasonNoLongerLeader, client.EndDeadline, nil, 504, "no-longer-leader"},
		{no, quorate.ReasonTooLarge, client.EndAnswered, nil, 413, "too-large"},
		{no, quorate.ReasonInvalid, client.EndAnswered, nil, 400, "invalid"},
		{no, quorate.ReasonUnsupported, client.EndAnswered, nil, 400, "unsupported"},
		{no, quorate.ReasonClock, client.EndAnswered, nil, 400, "clock"},
		{no, quorate.ReasonNone, client.EndInvalid, nil, 400, "invalid"},
		{no, quorate.ReasonNone, client.EndDeadline, context.DeadlineExceeded, 503, "deadline"},
		{no, quorate.ReasonNone, client.EndClosed, client.ErrClosed, 503, "crashed"},
		{no, quorate.ReasonNone, client.EndClosed, server.ErrStopped, 503, "crashed"},
		{no, quorate.ReasonNone, client.EndCancelled, context.Canceled, 503, "cancelled"},
		{unknown, quorate.ReasonNone, client.EndDeadline, context.DeadlineExceeded, 504, "deadline"},
		{unknown, quorate.ReasonDeadline, client.EndDeadline, nil, 504, "deadline"},
		{unknown, quorate.ReasonExpired, client.EndAnswered, nil, 504, "expired"},
		{unknown, quorate.ReasonOverloaded, client.EndDeadline, nil, 504, "overloaded"},
		{unknown, quorate.ReasonNone, client.EndClosed, client.ErrClosed, 504, "crashed"},
		{unknown, quorate.ReasonNone, client.EndCancelled, context.Canceled, 504, "cancelled"},
		{no, 99, client.EndAnswered, nil, 503, "unavailable"},
	} {
		t.Run(fmt.Sprint(tc.status, " ", tc.word, " ", tc.end), func(t *testing.T) {
			b := newFake()
			b.leader = nodeID + 1
			b.do = func(_ context.Context, op client.Op) (client.Result, error) {
				return client.Result{}, &client.Error{Op: op, Outcome: client.Outcome{Status: tc.status, Reason: tc.reason, End: tc.end}, Cause: tc.cause}
			}
			b.submit = func(_ context.Context, r quorate.Request) (quorate.Reply, error) {
				return quorate.Reply{Status: tc.status, Reason: tc.reason, Leader: nodeID + 2}, nil
			}
			h := newHandler(t, rest.Config{Backend: b})
			w := ask(h, "PUT", "/kv/k", "v")
			judge(t, w, tc.code, tc.word, b.leader)
			if tc.reason != quorate.ReasonNone {
				judge(t, ask(h, "PUT", "/kv/k", "v", session(1)...), tc.code, tc.word, nodeID+2)
			}
		})
	}
}

// Rule: what a replica says beside its reason is in the text, not at any length.
func TestWordsOfFailures(t *testing.T) {
	b := newFake()
	words := "zone 2 is silent" + strings.Repeat("!", 1000)
	b.submit = func(context.Context, quorate.Request) (quorate.Reply, error) {
		return quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonNoQuorum, Value: []byte(words)}, nil
	}
	f := failureOf(t, ask(newHandler(t, rest.Config{Backend: b}), "PUT", "/kv/k", "v", session(1)...))
	if !strings.Contains(f.Error, "not executed: no quorum: zone 2 is silent") || len(f.Error) > 400 {
		t.Errorf("it says %q", f.Error)
	}
}

func judge(t *testing.T, w *httptest.ResponseRecorder, code int, word string, leader quorate.ID) {
	t.Helper()
	wantStatus(t, w, code)
	f := failureOf(t, w)
	executed, retry, hint := "no", "", ""
	if leader != 0 {
		hint = leader.String()
	}
	if code == http.StatusGatewayTimeout {
		executed = "unknown"
	}
	if code == http.StatusServiceUnavailable {
		retry = "1"
	}
	if f.Executed != executed || f.Reason != word || f.Leader != hint {
		t.Errorf("%+v, want executed %s, reason %s, leader %v", f, executed, word, leader)
	}
	wantHeader(t, w, "Retry-After", retry)
}

func TestErrorsOfTheBackend(t *testing.T) {
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b})
	for err, word := range map[error]string{errors.New("no idea"): "unavailable", fmt.Errorf("node: %w", server.ErrStopped): "crashed"} {
		b.broken = err
		b.do = func(context.Context, client.Op) (client.Result, error) { return client.Result{}, err }
		b.submit = func(context.Context, quorate.Request) (quorate.Reply, error) { return quorate.Reply{}, err }
		judge(t, ask(h, "GET", "/kv/k", ""), 503, word, 0)
		judge(t, ask(h, "PUT", "/kv/k", "", session(1)...), 503, word, 0)
		judge(t, ask(h, "GET", "/history/k", ""), 503, word, 0)
	}
	if got := h.Stats(); got.Refused != 6 || got.Waiting != 0 {
		t.Errorf("counted as %+v", got)
	}
}

// Rule: a request that makes its handler panic is answered, and takes no place
// afterwards.
func TestPanics(t *testing.T) {
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b, MaxRequests: 1})
	for range 3 {
		b.do = func(context.Context, client.Op) (client.Result, error) { panic("broken") }
		w := ask(h, "GET", "/kv/k", "")
		wantStatus(t, w, 500)
		if f := failureOf(t, w); f.Executed != "unknown" || f.Reason != "internal" {
			t.Errorf("%+v", f)
		}
	}
	if got := h.Stats(); got.Panics != 3 || got.Waiting != 0 {
		t.Errorf("counted as %+v", got)
	}
	b.do = func(context.Context, client.Op) (client.Result, error) { panic(http.ErrAbortHandler) }
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("net/http does not hear that it should hang up")
		}
	}()
	ask(h, "GET", "/kv/k", "")
}

func TestStopped(t *testing.T) {
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b})
	h.Stop()
	w := ask(h, "PUT", "/kv/k", "v")
	judge(t, w, 503, "stopping", 0)
	wantHeader(t, w, "Connection", "close")
	if len(b.ops) > 0 {
		t.Error("a stopped handler executed something")
	}
}

// Rule: beyond the bound requests are refused at once, and the place of an
// answered one is free.
func TestRequestsAreBounded(t *testing.T) {
	b := newFake()
	entered, leave := make(chan struct{}), make(chan struct{})
	b.do = func(context.Context, client.Op) (client.Result, error) {
		close(entered)
		<-leave
		return client.Result{OK: true, Version: 2}, nil
	}
	h := newHandler(t, rest.Config{Backend: b, MaxRequests: 1})
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- ask(h, "PUT", "/kv/k", "v") }()
	<-entered
	if got := h.Stats().Waiting; got != 1 {
		t.Errorf("%d requests wait", got)
	}
	for _, headers := range [][]string{nil, session(1)} {
		judge(t, ask(h, "PUT", "/kv/k", "v", headers...), 503, "overloaded", 0)
	}
	judge(t, ask(h, "GET", "/history/k", ""), 503, "overloaded", 0)
	close(leave)
	wantStatus(t, <-first, 204)
	b.do = nil
	wantStatus(t, ask(h, "PUT", "/kv/k", "v"), 201)
}

func TestConfig(t *testing.T) {
	good := newFake()
	for name, cfg := range map[string]rest.Config{
		"no backend":            {},
		"negative":              {Backend: good, MaxValue: -1},
		"negative time":         {Backend: good, Timeout: -1},
		"default beyond bound":  {Backend: good, Timeout: 2 * time.Minute},
		"value beyond all room": {Backend: good, MaxValue: 1 << 20, MaxBytes: 1 << 20},
	} {
		if _, err := rest.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := rest.New(rest.Config{Backend: good, MaxValue: 1 << 30}); err != nil {
		t.Errorf("large values, and the rest by default: %v", err)
	}
}
