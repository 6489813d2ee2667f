package tester

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/sleep"
)

// statusOf is what an error of a call says of it.
func statusOf(err error) quorate.Status {
	switch {
	case err == nil:
		return quorate.Done
	case errors.Is(err, client.ErrNotExecuted):
		return quorate.NotExecuted
	}
	return quorate.Unknown
}

// worker is one client after the other: each is a process of the history with a session
// of its own, and ends with the first operation whose outcome is unknown.
type worker struct {
	run     *run
	number  int
	process int
	rng     *rand.Rand // of what it asks for
	calls   *teller    // nil before the first operation
}

func (r *run) hire(number int) *worker {
	return &worker{run: r, number: number, process: number, rng: r.draws(drawsOps, number)}
}

// The purposes for which chance is drawn, of each worker.
const (
	drawsOps = iota
	drawsTimes
	drawsKeys
)

func (r *run) draws(purpose, worker int) *rand.Rand {
	return rand.New(rand.NewPCG(r.cfg.Seed, uint64(purpose)<<32|uint64(worker)))
}

// work begins operations until ctx ends. They begin at random times, drawn beforehand:
// one that is under way longer than until the next makes that late, and costs none.
func (w *worker) work(ctx context.Context) {
	times := w.run.draws(drawsTimes, w.number)
	mean := float64(w.run.cfg.Concurrency) / w.run.cfg.Rate * float64(time.Second)
	began := w.run.book.now()
	for due := began; ; {
		due += time.Duration(2 * mean * times.Float64())
		if !sleep.For(ctx, due-w.run.book.now()) {
			return
		}
		w.do(w.run.work.Next(w.rng, w.number))
	}
}

// do does one operation, and returns its completion. It is bounded by the time of its
// calls, not by the end of the test: what is under way then may succeed.
func (w *worker) do(op history.Op) history.Op {
	op.Process, op.Type = w.process, history.Invoke
	calls, err := w.client()
	w.run.book.write(op)
	if err != nil {
		op.Type, op.Error = history.Fail, err.Error()
	} else {
		op = w.run.work.Invoke(w.run.calls, calls, op)
		op.Process = w.process
	}
	w.run.book.write(op)
	if op.Type == history.Info {
		w.leave()
	}
	return op
}

// leave ends the client: its operation may be under way for ever.
func (w *worker) leave() {
	w.process += w.run.cfg.Concurrency
	w.close()
}

func (w *worker) close() {
	if w.calls != nil {
		_ = w.calls.session.Close() // all its calls have ended
		w.calls = nil
	}
}

// client returns the session of the process. It asks first the member that the worker
// is bound to, and others only when that does not answer, or says that it cannot: so
// members are asked that have fallen behind, or that still take themselves for leaders.
func (w *worker) client() (*teller, error) {
	if w.calls != nil {
		return w.calls, nil
	}
	s, err := w.run.session(w.number)
	if err != nil {
		return nil, err
	}
	w.calls = w.run.book.teller(s)
	return w.calls, nil
}

// homecoming is how long a session avoids its member after that failed it.
const homecoming = time.Second

// session opens a session that is bound to a member, by turns.
func (r *run) session(number int) (session, error) {
	ids := r.target.Members().IDs()
	nodes := make([]quorate.ID, len(ids))
	for i := range ids {
		nodes[i] = ids[(number+i)%len(ids)]
	}
	return r.target.Client(client.Config{Nodes: nodes, Nearest: true, Timeout: r.cfg.Timeout, Raw: r.cfg.Raw, Return: homecoming})
}
