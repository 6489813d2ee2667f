package checker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// What recording adds to a call, the two looks at the clock apart.
func BenchmarkRecord(b *testing.B) {
	value := []byte("0123456789abcdef")
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = "key" + strconv.Itoa(i)
	}
	rec, err := NewRecorder(RecorderConfig{Now: func() time.Duration { return 0 }, MaxBytes: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	p := rec.Process(1)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1_000_000 == 0 {
			p = rec.Process(1)
			rec.processes = rec.processes[:0] // keeps the history small, however long this runs
		}
		p.Invoke(quorate.OpPut, keys[i%len(keys)], value, 0)
		p.Return(Outcome{Status: quorate.Done, OK: true, Version: 1})
	}
}

// recordRun records what a benchmark would: clients in closed loops on many
// keys, all of it in virtual time.
func recordRun(tb testing.TB, clients, keys, ops int, lost float64) *Recorder {
	var now time.Duration
	rec, err := NewRecorder(RecorderConfig{Now: func() time.Duration { return now }, MaxBytes: 1 << 40})
	if err != nil {
		tb.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	type call struct {
		p     *Process
		op    Operation
		under bool
	}
	calls := make([]call, clients)
	for i := range calls {
		calls[i].p = rec.Process(quorate.Client(i))
	}
	states := make([]state, keys)
	names := make([]string, keys)
	for i := range names {
		names[i] = "key" + strconv.Itoa(i)
	}
	for n := 0; n < ops; now += time.Microsecond {
		c := &calls[rng.IntN(clients)]
		if !c.under {
			k := rng.IntN(keys)
			c.op = Operation{Op: quorate.OpGet, Key: names[k], Status: quorate.Done}
			if rng.IntN(2) == 0 {
				c.op.Op, c.op.Value = quorate.OpPut, strconv.AppendInt(nil, int64(n), 10)
			}
			c.p.Invoke(c.op.Op, c.op.Key, c.op.Value, 0)
			states[k] = execute(states[k], &c.op, false)
			if rng.Float64() < lost {
				c.op.Status = quorate.Unknown
			}
			n++
		} else {
			c.p.Return(Outcome{Status: c.op.Status, OK: c.op.OK, Version: c.op.Version, Value: c.op.Result})
			if c.op.Status == quorate.Unknown {
				c.p = rec.Process(1) // the client goes on under another number
			}
		}
		c.under = !c.under
	}
	return rec
}

func BenchmarkCheck(b *testing.B) {
	for _, c := range []struct {
		name      string
		keys, ops int
		lost      float64
	}{
		{"150k on 1000 keys", 1000, 150_000, 0},
		{"150k on 1000 keys, 1 in 1000 lost", 1000, 150_000, 0.001},
		{"1M on 1000 keys, 1 in 1000 lost", 1000, 1_000_000, 0.001},
		{"1M on one key, 1 in 1000 lost", 1, 1_000_000, 0.001},
		{"100k on one key", 1, 100_000, 0},
		{"100k on one key, 1 in 100 lost", 1, 100_000, 0.01},
	} {
		b.Run(c.name, func(b *testing.B) {
			rec := recordRun(b, 64, c.keys, c.ops, c.lost)
			b.ReportAllocs()
			for b.Loop() {
				result, err := rec.Check(context.Background(), Config{})
				if err != nil || result.Verdict != OK {
					b.Fatalf("%+v %v", result, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.ops), "ns/operation")
		})
	}
}

// A history is read from a file and checked: what 'quorate check' does.
func BenchmarkReadEDN(b *testing.B) {
	for _, keys := range []int{1000, 1} {
		b.Run(fmt.Sprintf("1M on %d keys", keys), func(b *testing.B) {
			const ops = 1_000_000
			path := filepath.Join(b.TempDir(), "history.edn")
			f, err := os.Create(path)
			if err != nil {
				b.Fatal(err)
			}
			_, err = recordRun(b, 64, keys, ops, 0.001).WriteEDN(f, 0)
			if err := errors.Join(err, f.Close()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				f, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				history, err := ReadEDN(f)
				if err := errors.Join(err, f.Close()); err != nil {
					b.Fatal(err)
				}
				result, err := Check(context.Background(), history, Config{})
				if err != nil || result.Verdict != OK {
					b.Fatalf("%+v %v", result, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/ops, "ns/operation")
		})
	}
}
