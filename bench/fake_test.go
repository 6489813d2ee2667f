package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/sleep"
)

// fake is a store behind a lock, linearizable unless a test spoils it.
type fake struct {
	mu     sync.Mutex
	kv     *quorate.KV
	calls  uint64
	closed int

	delay    time.Duration                                           // of each call
	spoil    func(n uint64, op client.Op, res *client.Result) error  // after the n-th call was executed
	instead  func(ctx context.Context, n uint64, op client.Op) error // if not nil: executes nothing
	sessions int
}

func newFake() *fake { return &fake{kv: quorate.NewKV(quorate.KVConfig{})} }

func (f *fake) start(context.Context, Config) (Target, error) { return f, nil }

func (f *fake) Client(i int) (Client, error) {
	f.sessions++
	return &fakeClient{f, quorate.Client(i + 1)}, nil
}

func (f *fake) Counters() Counters {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Counters{Messages: 10 * f.calls, Bytes: 1000 * f.calls, Writes: 2 * f.calls}
}

func (f *fake) Local() bool { return true }

func (f *fake) Close() error {
	f.closed++
	return nil
}

type fakeClient struct {
	f       *fake
	session quorate.Client
}

func (c *fakeClient) Session() quorate.Client { return c.session }

func (c *fakeClient) Close() error {
	c.f.closed++
	return nil
}

func (c *fakeClient) Do(ctx context.Context, op client.Op) (client.Result, error) {
	if c.f.delay > 0 && !sleep.For(ctx, c.f.delay) {
		return client.Result{}, fmt.Errorf("%w: %w", client.ErrUnknown, ctx.Err())
	}
	c.f.mu.Lock()
	c.f.calls++
	n := c.f.calls
	if c.f.instead != nil {
		c.f.mu.Unlock()
		return client.Result{}, c.f.instead(ctx, n, op)
	}
	defer c.f.mu.Unlock()
	r := c.f.kv.Apply(quorate.Command{Op: op.Kind, Key: op.Key, Value: append([]byte{}, op.Value...), Version: op.Version})
	res := client.Result{OK: r.OK, Version: r.Version, Value: r.Value, Stale: op.Read == quorate.ReadLocal}
	if c.f.spoil != nil {
		if err := c.f.spoil(n, op, &res); err != nil {
			return client.Result{}, err
		}
	}
	return res, nil
}
