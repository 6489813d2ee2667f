package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeLink answers requests by a function, within Send or later.
type fakeLink struct {
	onReply func(quorate.ID, quorate.Reply)
	onLost  func(quorate.ID)
	send    func(l *fakeLink, to quorate.ID, r quorate.Request) error
	closed  atomic.Int32
}

func (l *fakeLink) Send(to quorate.ID, r quorate.Request) error { return l.send(l, to, r) }

func (l *fakeLink) Close() error {
	l.closed.Add(1)
	return nil
}

func (l *fakeLink) answer(to quorate.ID, r quorate.Request, reply quorate.Reply) {
	reply.Client, reply.Seq, reply.Attempt = r.Command.Client, r.Command.Seq, r.Attempt
	l.onReply(to, reply)
}

func newClient(t testing.TB, cfg client.Config, send func(l *fakeLink, to quorate.ID, r quorate.Request) error) (*client.Client, *fakeLink) {
	t.Helper()
	if cfg.Nodes == nil {
		cfg.Nodes = []quorate.ID{nodeA, nodeB, nodeC}
	}
	link := &fakeLink{send: send}
	c, err := client.New(cfg, func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		link.onReply, link.onLost = onReply, onLost
		return link, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, link
}

func silent(*fakeLink, quorate.ID, quorate.Request) error { return nil }

func refusing(reason quorate.Reason) func(*fakeLink, quorate.ID, quorate.Request) error {
	return func(l *fakeLink, to quorate.ID, r quorate.Request) error {
		l.answer(to, r, quorate.Reply{Status: quorate.NotExecuted, Reason: reason})
		return nil
	}
}

// register is a link whose cluster is one register map.
func register() func(*fakeLink, quorate.ID, quorate.Request) error {
	var mu sync.Mutex
	sm := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	return func(l *fakeLink, to quorate.ID, r quorate.Request) error {
		mu.Lock()
		res := sm.Apply(r.Command)
		mu.Unlock()
		l.answer(to, r, quorate.Reply{Status: quorate.Done, OK: res.OK, Version: res.Version, Value: res.Value, Leader: to})
		return nil
	}
}

func TestMethods(t *testing.T) {
	c, _ := newClient(t, client.Config{}, register())
	ctx := t.Context()
	steps := []struct {
		name  string
		do    func() (client.Result, error)
		ok    bool
		value string
		next  bool // the version must be above the last one
	}{
		{"get of an absent key", func() (client.Result, error) { return c.Get(ctx, "k") }, false, "", false},
		{"put", func() (client.Result, error) { return c.Put(ctx, "k", []byte("a")) }, true, "", true},
		{"get", func() (client.Result, error) { return c.Get(ctx, "k") }, true, "a", false},
		{"put if at a wrong version", func() (client.Result, error) { return c.PutIf(ctx, "k", []byte("b"), 7) }, false, "", false},
		{"put if", func() (client.Result, error) { return c.PutIf(ctx, "k", []byte("c"), 1) }, true, "", true},
		{"read", func() (client.Result, error) { return c.Read(ctx, "k", quorate.ReadIndex) }, true, "c", false},
		{"delete if at a wrong version", func() (client.Result, error) { return c.DeleteIf(ctx, "k", 1) }, false, "", false},
		{"delete if", func() (client.Result, error) { return c.DeleteIf(ctx, "k", 2) }, true, "", true},
		{"put if absent", func() (client.Result, error) { return c.PutIf(ctx, "k", nil, 0) }, true, "", true},
		{"delete", func() (client.Result, error) { return c.Delete(ctx, "k") }, true, "", true},
	}
	var version uint64
	for _, step := range steps {
		res, err := step.do()
		if err != nil || res.OK != step.ok || string(res.Value) != step.value || res.Node != nodeA {
			t.Fatalf("%s: %+v, %v", step.name, res, err)
		}
		if step.next {
			if res.Version != version+1 {
				t.Fatalf("%s: version %d after %d", step.name, res.Version, version)
			}
			version = res.Version
		}
	}
	if s := c.Stats(); s.Calls != 10 || s.Done != 10 || s.Retries != 0 || c.Leader() != nodeA {
		t.Errorf("stats %+v, leader %v", s, c.Leader())
	}
}

// Rule: what is lent to Do may change afterwards, and what Do returned may, too.
func TestValuesAreCopied(t *testing.T) {
	c, _ := newClient(t, client.Config{}, register())
	value := []byte("abc")
	if _, err := c.Put(t.Context(), "k", value); err != nil {
		t.Fatal(err)
	}
	copy(value, "xyz")
	for range 2 {
		res, err := c.Get(t.Context(), "k")
		if err != nil || !bytes.Equal(res.Value, []byte("abc")) {
			t.Fatalf("got %q, %v", res.Value, err)
		}
		copy(res.Value, "uvw")
	}
}

func TestErrorsSayWhatHappened(t *testing.T) {
	cases := []struct {
		name  string
		send  func(*fakeLink, quorate.ID, quorate.Request) error
		ctx   time.Duration // of the context's deadline, zero for none
		kind  error
		cause error
		took  time.Duration
		text  string
	}{
		{"silence", silent, 0, client.ErrUnknown, client.ErrTimeout, 5 * time.Second, `put "k": outcome unknown after 4 attempts, last at 1.1: timed out`},
		{"silence until the context's deadline", silent, time.Second, client.ErrUnknown, context.DeadlineExceeded, time.Second,
			`put "k": outcome unknown after 2 attempts, last at 1.2: context deadline exceeded`},
		{"overloaded", refusing(quorate.ReasonOverloaded), time.Second, client.ErrNotExecuted, context.DeadlineExceeded, time.Second, "last refused: overloaded: context"},
		{"too large", refusing(quorate.ReasonTooLarge), 0, client.ErrNotExecuted, nil, 0, `put "k": not executed after 1 attempt, last at 1.1, last refused: too large`},
		{"no quorum", func(l *fakeLink, to quorate.ID, q quorate.Request) error {
			l.answer(to, q, quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonNoQuorum, Value: []byte("zone 2 is silent" + strings.Repeat("!", 1000))})
			return nil
		}, time.Second, client.ErrNotExecuted, context.DeadlineExceeded, time.Second, "last refused: no quorum: zone 2 is silent" + strings.Repeat("!", 240) + ": context"},
		{"a read mode", refusing(quorate.ReasonUnsupported), 0, client.ErrNotExecuted, nil, 0, "unsupported read mode log; log and local work with every protocol"},
		{"unreachable", func(*fakeLink, quorate.ID, quorate.Request) error { return errors.New("down") }, 0, client.ErrNotExecuted, client.ErrTimeout, 5 * time.Second, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := newClient(t, client.Config{}, tc.send)
				ctx := t.Context()
				if tc.ctx != 0 {
					var cancel func()
					ctx, cancel = context.WithTimeout(ctx, tc.ctx)
					defer cancel()
				}
				start := time.Now()
				_, err := c.Put(ctx, "k", nil)
				var e *client.Error
				if !errors.Is(err, tc.kind) || !errors.As(err, &e) || !errors.Is(e.Cause, tc.cause) || !strings.Contains(err.Error(), tc.text) {
					t.Errorf("got %v; want %v, %v, saying %q", err, tc.kind, tc.cause, tc.text)
				}
				if took := time.Since(start); took != tc.took {
					t.Errorf("took %v, want %v", took, tc.took)
				}
			})
		})
	}
}

func TestContextEndsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, link := newClient(t, client.Config{}, silent)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		go func() {
			_, err := c.Put(ctx, "k", nil)
			result <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-result; !errors.Is(err, client.ErrUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled with an attempt under way: %v", err)
		}
		link.onReply(nodeA, quorate.Reply{Client: c.Session(), Seq: 1, Status: quorate.Done}) // too late: nobody waits
		if _, err := c.Put(ctx, "k", nil); !errors.Is(err, client.ErrNotExecuted) || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the start: %v", err)
		}
		if s := c.Stats(); s.Stray != 1 || s.Calls != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestCloseEndsOpenCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, link := newClient(t, client.Config{}, silent)
		result := make(chan error)
		for range 10 {
			go func() {
				_, err := c.Get(t.Context(), "k")
				result <- err
			}()
		}
		synctest.Wait()
		c.Close()
		for range 10 {
			if err := <-result; !errors.Is(err, client.ErrUnknown) || !errors.Is(err, client.ErrClosed) {
				t.Errorf("open at the close: %v", err)
			}
		}
		if _, err := c.Get(t.Context(), "k"); !errors.Is(err, client.ErrNotExecuted) || !errors.Is(err, client.ErrClosed) {
			t.Errorf("after the close: %v", err)
		}
		c.Close()
		if link.closed.Load() != 1 {
			t.Errorf("the link was closed %d times", link.closed.Load())
		}
	})
}

func TestLostConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newClient(t, client.Config{}, func(l *fakeLink, to quorate.ID, r quorate.Request) error {
			if to == nodeA {
				go l.onLost(nodeA)
				return nil
			}
			l.answer(to, r, quorate.Reply{Status: quorate.Done, Version: 1})
			return nil
		})
		start := time.Now()
		res, err := c.Put(t.Context(), "k", nil)
		if err != nil || res.Node != nodeB || time.Since(start) != 0 {
			t.Errorf("answered by %v after %v, %v; want %v at once", res.Node, time.Since(start), err, nodeB)
		}
	})
}

func TestBusyLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("no room")
		tries := 0
		c, _ := newClient(t, client.Config{Busy: func(err error) bool { return errors.Is(err, full) }},
			func(l *fakeLink, to quorate.ID, r quorate.Request) error {
				if tries++; tries < 4 {
					return full
				}
				return instant(l, to, r)
			})
		start := time.Now()
		res, err := c.Put(t.Context(), "k", nil)
		if err != nil || res.Node != nodeA || time.Since(start) == 0 || c.Stats().Pauses != 3 {
			t.Errorf("%+v after %v, %v, stats %+v", res, time.Since(start), err, c.Stats())
		}
	})
}

// A request that no link can carry is not tried again and again.
func TestTooLargeForTheLink(t *testing.T) {
	c, _ := newClient(t, client.Config{}, func(*fakeLink, quorate.ID, quorate.Request) error {
		return fmt.Errorf("send: %w", wire.ErrTooLarge)
	})
	_, err := c.Put(t.Context(), "k", []byte("v"))
	var e *client.Error
	if !errors.As(err, &e) || e.Outcome.Status != quorate.NotExecuted || e.Outcome.Reason != quorate.ReasonTooLarge || e.Outcome.Attempts != 1 {
		t.Errorf("got %v", err)
	}
}

func TestConnectFails(t *testing.T) {
	down := errors.New("no such host")
	_, err := client.New(client.Config{Nodes: []quorate.ID{nodeA}}, func(func(quorate.ID, quorate.Reply), func(quorate.ID)) (client.Link, error) {
		return nil, down
	})
	if !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
}

func TestSessionsDiffer(t *testing.T) {
	a, _ := newClient(t, client.Config{}, silent)
	b, _ := newClient(t, client.Config{}, silent)
	if a.Session() == b.Session() || a.Session() == 0 {
		t.Errorf("sessions %v and %v", a.Session(), b.Session())
	}
	if c, _ := newClient(t, client.Config{Session: 5}, silent); c.Session() != 5 {
		t.Errorf("session %v, want 5", c.Session())
	}
}

func TestConfigIsChecked(t *testing.T) {
	ok := []quorate.ID{nodeA}
	for _, cfg := range []client.Config{
		{}, {Nodes: []quorate.ID{nodeA, nodeA}}, {Nodes: []quorate.ID{quorate.Others}}, {Nodes: []quorate.ID{quorate.Route(1)}},
		{Nodes: ok, Read: 9}, {Nodes: ok, Timeout: -1}, {Nodes: ok, AttemptTimeout: -1}, {Nodes: ok, Return: -1},
		{Nodes: ok, BackoffMin: 2, BackoffMax: 1}, {Nodes: ok, MaxAttempts: -1},
	} {
		if err := cfg.Validate(); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
	if err := (client.Config{Nodes: ok, BackoffMin: time.Second}).Validate(); err != nil {
		t.Error(err)
	}
}

// Many callers share one client over a link that refuses, loses and delays;
// every call ends once, and what is Done was executed once.
func TestManyCallers(t *testing.T) {
	var executed sync.Map
	var wg sync.WaitGroup
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(3, 4))
	c, _ := newClient(t, client.Config{AttemptTimeout: time.Millisecond, BackoffMin: time.Microsecond, BackoffMax: time.Millisecond, Timeout: time.Minute},
		func(l *fakeLink, to quorate.ID, r quorate.Request) error {
			mu.Lock()
			fate := rng.IntN(20)
			mu.Unlock()
			execute := func() {
				executed.LoadOrStore(r.Command.Seq, true)
				l.answer(to, r, quorate.Reply{Status: quorate.Done, Version: r.Command.Seq, Value: r.Command.Value})
			}
			switch fate {
			case 0:
				return errors.New("down")
			case 1: // lost
			case 2:
				wg.Go(func() { l.onLost(to) })
			case 3:
				l.answer(to, r, quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonNoLeader})
			case 4:
				execute()
			default:
				wg.Go(execute)
			}
			return nil
		})
	var callers sync.WaitGroup
	for i := range 64 {
		callers.Go(func() {
			for j := range 50 {
				value := fmt.Appendf(nil, "%d.%d", i, j)
				res, err := c.Put(t.Context(), "k", value)
				if err != nil || !bytes.Equal(res.Value, value) {
					t.Errorf("put %s: %s, %v", value, res.Value, err)
					return
				}
				if _, ok := executed.Load(res.Version); !ok {
					t.Errorf("put %s was never executed", value)
				}
			}
		})
	}
	callers.Wait()
	wg.Wait()
	if s := c.Stats(); s.Calls != 3200 || s.Done != 3200 || s.Attempts != s.Calls+s.Retries {
		t.Errorf("stats %+v", s)
	}
}
