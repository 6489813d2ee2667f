package bench

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/sleep"
)

// async is a fake whose clients need not be waited for.
type async struct {
	*fake
	took func(at time.Duration, n uint64) time.Duration // of the n-th call, begun so long after the first; negative: it never ends
	cost time.Duration                                  // that Start itself takes

	mu        sync.Mutex
	begin     time.Time
	begun     uint64
	open, max int
	calls     map[int][]begun // by session
	late      []func()        // tells those that never ended, on closing
}

type begun struct {
	at  time.Duration
	op  client.Op
	val string
}

func newAsync(took time.Duration) *async {
	return &async{fake: newFake(), took: func(time.Duration, uint64) time.Duration { return took }, calls: map[int][]begun{}}
}

func (a *async) start(context.Context, Config) (Target, error) {
	a.begin = time.Now()
	return a, nil
}

func (a *async) Client(i int) (Client, error) {
	c, err := a.fake.Client(i)
	return &asyncClient{c.(*fakeClient), a, i}, err
}

func (a *async) Close() error {
	for _, tell := range a.late {
		tell()
	}
	return a.fake.Close()
}

type asyncClient struct {
	*fakeClient
	a *async
	i int
}

func (c *asyncClient) Start(op client.Op, done client.Waiter) {
	op.Value = bytes.Clone(op.Value)
	a := c.a
	if a.cost > 0 {
		sleep.For(context.Background(), a.cost)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	at := time.Since(a.begin)
	a.calls[c.i] = append(a.calls[c.i], begun{at, op, string(op.Value)})
	a.begun++
	a.open++
	a.max = max(a.max, a.open)
	took := a.took(at, a.begun)
	if took < 0 {
		a.late = append(a.late, func() { done.Ended(client.Result{}, client.ErrUnknown) })
		return
	}
	time.AfterFunc(took, func() {
		a.mu.Lock()
		a.open--
		a.mu.Unlock()
		done.Ended(c.Do(context.Background(), op))
	})
}

// stalled is a server that takes a millisecond, but does nothing for a second from
// the third on.
func stalled(at time.Duration, _ uint64) time.Duration {
	const from, upto = 3 * time.Second, 4 * time.Second
	if at >= from && at < upto {
		return upto - at + time.Millisecond
	}
	return time.Millisecond
}
