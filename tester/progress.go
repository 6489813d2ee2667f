package tester

import "time"

// Phase is a part of a test.
type Phase string

// The phases, in their order.
const (
	Setup Phase = "setup" // the cluster starts, and the store is prepared
	Main  Phase = "main"  // clients work while things go wrong
	Heal  Phase = "heal"  // all faults end, and all members come back
	Final Phase = "final" // clients read what is left
	Check Phase = "check" // what they saw is checked, and kept
)

// Progress is how a test goes on.
type Progress struct {
	Phase   Phase
	Elapsed time.Duration // in the phase
	Total   time.Duration // of the phase; 0 if nobody knows
	// Operations until now, by their ends, and how many are under way.
	OK, Fail, Info, Open int
	Rate                 float64  // operations that ended a second, lately
	Faults               []string // active ones
}

// lookEvery is how often those who watch are told.
const lookEvery = 250 * time.Millisecond

// tell tells those who watch, until done is closed.
func (r *run) tell(phase Phase, total time.Duration, done <-chan struct{}) {
	began := time.Now()
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	last, at := 0, began
	for now := began; ; {
		c, active := r.book.look()
		ended := c.ok + c.fail + c.info
		p := Progress{Phase: phase, Elapsed: now.Sub(began), Total: total, OK: c.ok, Fail: c.fail, Info: c.info, Open: c.invoked - ended, Faults: active}
		if past := now.Sub(at).Seconds(); past > 0 {
			p.Rate = float64(ended-last) / past
		}
		last, at = ended, now
		r.watch(p)
		select {
		case now = <-ticks.C:
		case <-done:
			return
		}
	}
}

// phase runs a part of the test, and tells how it goes on.
func (r *run) phase(phase Phase, total time.Duration, do func() error) error {
	r.diary.say("phase %s", phase)
	if r.watch == nil {
		return do()
	}
	done, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		r.tell(phase, total, done)
	}()
	defer func() { close(done); <-told }()
	return do()
}
