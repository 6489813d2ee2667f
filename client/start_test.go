package client_test

import (
	"bytes"
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/wire"
)

// told is a Waiter that notes what it is told.
type told struct {
	mu      sync.Mutex
	results []client.Result
	errs    []error
	next    func(n int) // called with the number of ends so far
}

func (w *told) Ended(r client.Result, err error) {
	w.mu.Lock()
	w.results, w.errs = append(w.results, r), append(w.errs, err)
	n := len(w.results)
	w.mu.Unlock()
	if w.next != nil {
		w.next(n)
	}
}

func (w *told) all() ([]client.Result, []error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.results, w.errs
}

// Rule: a started call ends once, with what Do would have returned, whatever ends it.
func TestStartTellsOnce(t *testing.T) {
	down := func(*fakeLink, quorate.ID, quorate.Request) error { return errors.New("down") }
	cases := []struct {
		name   string
		send   func(*fakeLink, quorate.ID, quorate.Request) error
		op     client.Op
		kind   error
		causes error
		took   time.Duration
	}{
		{"done", register(), client.Op{Kind: quorate.OpPut, Key: "k"}, nil, nil, 0},
		{"refused for ever", refusing(quorate.ReasonTooLarge), client.Op{Kind: quorate.OpPut, Key: "k"}, client.ErrNotExecuted, nil, 0},
		{"invalid", silent, client.Op{Kind: quorate.OpTrim, Key: "k"}, client.ErrNotExecuted, nil, 0},
		{"silence", silent, client.Op{Kind: quorate.OpPut, Key: "k"}, client.ErrUnknown, client.ErrTimeout, 5 * time.Second},
		{"unreachable", down, client.Op{Kind: quorate.OpPut, Key: "k"}, client.ErrNotExecuted, client.ErrTimeout, 5 * time.Second},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := newClient(t, client.Config{}, tc.send)
				start := time.Now()
				var took time.Duration
				w := &told{next: func(int) { took = time.Since(start) }}
				c.Start(tc.op, w)
				time.Sleep(time.Minute)
				synctest.Wait()
				_, errs := w.all()
				if len(errs) != 1 || !errors.Is(errs[0], tc.kind) || !errors.Is(errs[0], tc.causes) && tc.causes != nil || took != tc.took {
					t.Errorf("told %v after %v, want %v, %v after %v", errs, took, tc.kind, tc.causes, tc.took)
				}
			})
		})
	}
}

// Rule: Close tells those whose calls are open, and a call that starts later is told
// that it was not executed.
func TestCloseTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newClient(t, client.Config{}, silent)
		w := &told{}
		c.Start(client.Op{Kind: quorate.OpPut, Key: "k"}, w)
		if _, errs := w.all(); errs != nil {
			t.Fatalf("told %v of an open call", errs)
		}
		c.Close()
		if _, errs := w.all(); len(errs) != 1 || !errors.Is(errs[0], client.ErrClosed) || !errors.Is(errs[0], client.ErrUnknown) {
			t.Fatalf("Close told %v", errs)
		}
		c.Start(client.Op{Kind: quorate.OpPut, Key: "k"}, w)
		synctest.Wait()
		if _, errs := w.all(); len(errs) != 2 || !errors.Is(errs[1], client.ErrClosed) || !errors.Is(errs[1], client.ErrNotExecuted) {
			t.Errorf("after Close: told %v", errs)
		}
	})
}

// Rule: a Waiter may start the next call, also if that ends at once, for ever: nothing
// is told within Start, so nothing nests.
func TestWaitersStartCalls(t *testing.T) {
	for name, send := range map[string]func(*fakeLink, quorate.ID, quorate.Request) error{"answered": register(), "refused": refusing(quorate.ReasonTooLarge)} {
		t.Run(name, func(t *testing.T) {
			const n = 10_000
			c, _ := newClient(t, client.Config{}, send)
			var mu sync.Mutex // held around Start and within Ended: together they must not nest
			done := make(chan struct{})
			w := &told{}
			start := func() { c.Start(client.Op{Kind: quorate.OpPut, Key: "k"}, w) }
			depth := 0
			w.next = func(ended int) {
				mu.Lock()
				defer mu.Unlock()
				if depth++; depth > 1 {
					t.Error("told within Ended")
				}
				if ended < n {
					start()
				} else {
					close(done)
				}
				depth--
			}
			start()
			<-done
			if s := c.Stats(); s.Calls != n || s.Done+s.Failed != n {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

// Rule: what is lent to Start may change once it has returned, and what a Waiter is told
// is its own.
func TestStartCopiesValues(t *testing.T) {
	c, _ := newClient(t, client.Config{}, register())
	value := []byte("abc")
	w := &told{}
	c.Start(client.Op{Kind: quorate.OpPut, Key: "k", Value: value}, w)
	copy(value, "xyz")
	for range 2 {
		got := &told{}
		c.Start(client.Op{Kind: quorate.OpGet, Key: "k"}, got)
		results, errs := got.all()
		if len(results) != 1 || errs[0] != nil || !bytes.Equal(results[0].Value, []byte("abc")) {
			t.Fatalf("got %v, %v", results, errs)
		}
		copy(results[0].Value, "uvw")
	}
}

// Calls of Do and of Start share a session.
func TestStartAndDo(t *testing.T) {
	c, _ := newClient(t, client.Config{}, register())
	w := &told{}
	for i := range 20 {
		c.Start(client.Op{Kind: quorate.OpPut, Key: "k"}, w)
		if r, err := c.Put(context.Background(), "k", nil); err != nil || r.Version != uint64(2*i+2) {
			t.Fatalf("put %d: %+v, %v", i, r, err)
		}
	}
	results, _ := w.all()
	for i, r := range results {
		if r.Version != uint64(2*i+1) {
			t.Errorf("started call %d: %+v", i, r)
		}
	}
}

// Rule: Start itself tells of no end, even of one that is known at once.
func TestStartTellsOnAnotherGoroutine(t *testing.T) {
	large := func(*fakeLink, quorate.ID, quorate.Request) error { return wire.ErrTooLarge }
	for name, op := range map[string]client.Op{"invalid": {Kind: quorate.OpTrim, Key: "k"}, "too large for a link": {Kind: quorate.OpPut, Key: "k"}} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := newClient(t, client.Config{}, large)
			stack := ""
			w := &told{next: func(int) { stack = string(debug.Stack()) }}
			c.Start(op, w)
			synctest.Wait()
			if stack == "" || strings.Contains(stack, "(*Client).Start(") {
				t.Errorf("%s: told within Start, or never:\n%s", name, stack)
			}
		})
	}
}
