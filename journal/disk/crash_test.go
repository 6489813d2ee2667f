package disk_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/journal/disk"
)

var (
	crashSeed   = flag.Uint64("crash.seed", 0, "the seed of the crash test; 0 draws one")
	crashCycles = flag.Int("crash.cycles", 150, "how often it cuts the power")
)

// Rule: when the power fails, at any action on the disk, what was acknowledged is
// there when it is back; the batch under way is there in full or not at all.
func TestPowerFailures(t *testing.T) {
	powerFailures(t, *crashCycles, func(uint64) *medium { return newMedium(t) })
}

func powerFailures(t *testing.T, cycles int, on func(seed uint64) *medium) {
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("to try again: -run '%s' -crash.seed %d", t.Name(), seed)
	r := &crashRun{t: t, rng: rand.New(rand.NewPCG(seed, 0)), medium: on(seed), model: journal.NewMemory()}
	r.medium.memTable = 64 << 10
	if testing.Short() {
		cycles /= 2
	}
	for range cycles {
		r.cycle()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d batches acknowledged, %d of those under way appeared, %d did not, %d opens were interrupted", r.acked, r.appeared, r.lost, r.interrupted)
	if r.acked == 0 || r.appeared == 0 || r.lost == 0 || r.interrupted == 0 {
		t.Error("some case never came up")
	}
}

type crashRun struct {
	t      *testing.T
	rng    *rand.Rand
	medium *medium
	model  *journal.Memory
	next   uint64 // number of the next record of the log

	acked, appeared, lost, interrupted int
}

// cycle opens the journal, commits until the power fails, and looks at what is
// left.
func (r *crashRun) cycle() {
	var left atomic.Int64
	left.Store(1 + r.rng.Int64N(1+r.rng.Int64N(400)))
	faults := r.medium.faults
	faults.OnAction(func() {
		if left.Add(-1) == 0 {
			faults.CutPower()
		}
	})
	flying := r.live()
	var percent []int = []int{0, 20, 50, 80, 100}
	r.medium.crash(vfs.CrashCloneCfg{UnsyncedDataPercent: percent[r.rng.IntN(len(percent))], RNG: r.rng})
	r.compare(flying)
}

// live commits until the power fails and returns the ops of the batch under way,
// nil if there was none.
func (r *crashRun) live() []quorate.RecordOp {
	j, err := r.medium.open()
	if err != nil {
		if !errors.Is(err, disk.ErrPower) {
			r.t.Fatalf("open: %v", err)
		}
		r.interrupted++
		return nil
	}
	defer j.Close()
	for {
		ops := r.batch()
		if err := j.Commit(ops); err != nil {
			if !errors.Is(err, disk.ErrPower) {
				r.t.Fatalf("commit: %v", err)
			}
			return ops
		}
		r.acked++
		if err := r.model.Commit(ops); err != nil {
			r.t.Fatal(err)
		}
		if r.rng.IntN(300) == 0 { // an orderly stop, when the power is still there
			if err := j.Close(); err != nil && !errors.Is(err, disk.ErrPower) {
				r.t.Fatalf("close: %v", err)
			}
			return nil
		}
	}
}

// batch draws what a node might persist: a log that grows and is trimmed,
// promises that are replaced, now and then something large.
func (r *crashRun) batch() []quorate.RecordOp {
	var ops []quorate.RecordOp
	for range 1 + r.rng.IntN(4) {
		size := r.rng.IntN(300)
		if r.rng.IntN(20) == 0 {
			size = r.rng.IntN(60 << 10)
		}
		op := put(r.next, strings.Repeat("x", size)+fmt.Sprint(r.next, r.rng.Uint64()))
		switch r.rng.IntN(10) {
		case 0:
			op = forget(0, r.next-min(r.next, r.rng.Uint64N(30)))
		case 1:
			op = forget(r.next-min(r.next, r.rng.Uint64N(5)), 1<<63)
		case 2:
			op.Key.Number -= min(r.next, r.rng.Uint64N(20))
		case 3:
			op.Type, op.Key = "promise", quorate.RecordKey{Scope: string(rune('a' + r.rng.IntN(3)))}
		default:
			r.next++
		}
		ops = append(ops, op)
	}
	return ops
}

// compare looks at the disk after the crash, and goes on with what it has.
func (r *crashRun) compare(flying []quorate.RecordOp) {
	j, err := r.medium.open()
	if err != nil {
		r.t.Fatalf("open after the power failed: %v", err)
	}
	got, err := contents(j)
	if err = errors.Join(err, j.Close()); err != nil {
		r.t.Fatal(err)
	}
	without, err := contents(r.model)
	if err != nil {
		r.t.Fatal(err)
	}
	if slices.Equal(got, without) {
		if flying != nil {
			r.lost++
		}
		return
	}
	if err := r.model.Commit(flying); err != nil {
		r.t.Fatal(err)
	}
	with, err := contents(r.model)
	if err != nil {
		r.t.Fatal(err)
	}
	if !slices.Equal(got, with) {
		r.t.Errorf("%d records, want %d as acknowledged, or %d with the batch under way", len(got), len(without), len(with))
		return
	}
	r.appeared++
}

func forget(from, to uint64) quorate.RecordOp {
	return quorate.RecordOp{Type: "log", Key: quorate.RecordKey{Number: from}, Forget: true, To: to}
}
