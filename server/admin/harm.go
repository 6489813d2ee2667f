package admin

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	journal "github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/server"
)

// Harm is what can be made wrong on purpose in a process, besides what its node sends.
// What is nil is refused.
type Harm struct {
	// Clock is the node's.
	Clock *server.Clock
	// Disk is what its journal is on.
	Disk *journal.Faults
	// Volatile is the disk behind it, if that forgets what was not synced: then it can
	// lie, and lose its power.
	Volatile *journal.Volatile
	// Power ends the node and cuts the power of the disk, and starts both again after
	// d. It returns when the node has ended, and refuses as [Target.Crash] does.
	Power func(d time.Duration) error
	// End ends the process at once.
	End func()
}

// errHarmless is wrapped by what says that something cannot be made wrong here.
var errHarmless = errors.New("it cannot be made wrong")

// Bounds of what a request may ask for.
const (
	// MaxBump bounds how far a clock is set.
	MaxBump = 5 * time.Minute
	// MinPeriod bounds how often it is set to and fro.
	MinPeriod = time.Millisecond
	// MinRate and MaxRate bound how wrong its rate is.
	MinRate, MaxRate = 0.5, 2.0
	// MaxSync bounds which sync the process is to end at.
	MaxSync = 1_000_000
)

// harm is what one fault does to a clock or a disk.
type harm struct {
	skew  server.Skew
	disk  string // slow, fail, full, lie, kill; empty if it is none
	delay time.Duration
	sync  int
}

// String returns what it does, empty for none.
func (h harm) String() string {
	switch {
	case h.disk == "slow":
		return fmt.Sprintf("slow by %v", h.delay)
	case h.disk == "kill":
		return fmt.Sprintf("kill at sync %d", h.sync)
	case h.disk != "":
		return h.disk
	case h.skew.Rate != 0:
		return fmt.Sprintf("rate %g", h.skew.Rate)
	case h.skew.Period != 0:
		return fmt.Sprintf("%+.3fs to and fro, each for %v", h.skew.Ahead.Seconds(), h.skew.Period)
	case h.skew.Ahead != 0:
		return fmt.Sprintf("%+.3fs", h.skew.Ahead.Seconds())
	}
	return ""
}

// harms does to a clock and a disk what is in force. The ledger's lock guards it.
type harms struct {
	Harm
	now total
}

// total is all that is done.
type total struct {
	skew             server.Skew
	slow             time.Duration
	fail, full, lies bool
	kill             int
	since            time.Time // of the kill: another one counts anew
}

// apply does what the entries say, and undoes what they do not say any more.
func (h *harms) apply(entries []entry) {
	var t total
	for _, e := range entries {
		switch e.harm.disk {
		case "":
			if e.kind == clock {
				t.skew = e.harm.skew
			}
		case "slow":
			t.slow = max(t.slow, e.harm.delay)
		case "fail":
			t.fail = true
		case "full":
			t.full = true
		case "lie":
			t.lies = true
		case "kill":
			t.kill, t.since = e.harm.sync, e.until
		}
	}
	if h.Clock != nil && t.skew != h.now.skew {
		h.Clock.Set(t.skew)
	}
	if h.Disk != nil {
		h.applyDisk(t)
	}
	h.now = t
}

func (h *harms) applyDisk(t total) {
	if t.slow != h.now.slow {
		h.Disk.SlowSync(t.slow)
	}
	if t.fail != h.now.fail {
		var err error
		if t.fail {
			err = fmt.Errorf("%w, on purpose", syscall.EIO)
		}
		h.Disk.FailSync(err)
	}
	if t.full != h.now.full {
		h.Disk.Full(t.full)
	}
	if t.lies != h.now.lies {
		// What could not be written remains unsynced: the next sync says so.
		_ = h.Volatile.Lie(t.lies)
	}
	if t.since != h.now.since {
		h.Disk.AtSync(t.kill, h.End)
	}
}

// power is Harm.Power, where there is one.
func (h *harms) power(d time.Duration) error {
	if h.Power == nil || h.Volatile == nil {
		return fmt.Errorf("cut the power: %w: its disk keeps what is not synced when the process ends, or it has none; start it with --data-dir and --unsynced-in-memory", errHarmless)
	}
	return h.Power(d)
}

func (h *harms) readClock(q *query) entry {
	var e entry
	bump, rate := q.values.Has("bump"), q.values.Has("rate")
	switch {
	case h.Clock == nil:
		q.fail("the clock: %w", errHarmless)
	case bump == rate:
		q.fail("bump or rate: want one of them, such as bump=-2s, or rate=1.01")
	case rate:
		text := q.values.Get("rate")
		r, err := strconv.ParseFloat(text, 64)
		if err != nil || !(r >= MinRate && r <= MaxRate) {
			q.fail("rate=%.40s: want how fast the clock runs, from %v to %v", text, MinRate, MaxRate)
		}
		e.harm.skew.Rate = r
		if q.values.Has("period") {
			q.fail("period goes with bump only")
		}
	default:
		e.harm.skew.Ahead = q.bump()
		if q.values.Has("period") {
			if e.harm.skew.Period = q.time("period", MaxTime); e.harm.skew.Period < MinPeriod {
				q.fail("period=%v: want at least %v", e.harm.skew.Period, MinPeriod)
			}
		}
	}
	return e
}

// bump reads how far a clock is set, ahead or back.
func (q *query) bump() time.Duration {
	text := q.values.Get("bump")
	size := strings.TrimPrefix(text, "-")
	d, err := ParseTime(strings.TrimPrefix(size, "+"))
	switch {
	case err != nil:
		q.fail("bump=%w", err)
	case d > MaxBump:
		q.fail("bump=%.40s: want at most %v", text, MaxBump)
	}
	if size != text {
		d = -d
	}
	return d
}

func (h *harms) readDisk(q *query) entry {
	e := entry{harm: harm{disk: q.values.Get("fault")}}
	takes := map[string]string{"slow": "delay", "fail": "", "full": "", "lie": "", "kill": "sync"}
	more, known := takes[e.harm.disk]
	if !known {
		q.fail("fault=%.40s: want slow, fail, full, lie or kill", e.harm.disk)
		return e
	}
	for _, name := range []string{"delay", "sync"} {
		if q.values.Has(name) && name != more {
			q.fail("fault=%s takes no %s", e.harm.disk, name)
		}
	}
	switch e.harm.disk {
	case "slow":
		e.harm.delay = q.time("delay", MaxDelay)
	case "kill":
		n, err := strconv.Atoi(cmp.Or(q.values.Get("sync"), "1"))
		if e.harm.sync = n; err != nil || n < 1 || n > MaxSync {
			q.fail("sync=%.40s: want which sync from now on the process ends at, from 1 to %d", q.values.Get("sync"), MaxSync)
		}
		if h.End == nil {
			q.fail("end the process: %w", errHarmless)
		}
	}
	switch {
	case h.Disk == nil:
		q.fail("the disk: %w: the journal is in memory; start the member with --data-dir", errHarmless)
	case e.harm.disk == "lie" && h.Volatile == nil:
		q.fail("a lying disk: %w: it would show nowhere, since the system keeps what is not synced when the process ends; start the member with --unsynced-in-memory", errHarmless)
	}
	return e
}
