package checker

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// ticking is a clock that moves on with each look.
func ticking() func() time.Duration {
	var now time.Duration
	return func() time.Duration { now++; return now }
}

func newRecorder(t *testing.T, cfg RecorderConfig) *Recorder {
	t.Helper()
	rec, err := NewRecorder(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestRecordSize(t *testing.T) {
	if got := reflect.TypeFor[record]().Size(); got != recordSize {
		t.Errorf("a record has %d bytes, the memory limit supposes %d", got, recordSize)
	}
}

// What goes in comes out, short values and long ones.
func TestRecorderKeepsOperations(t *testing.T) {
	rec := newRecorder(t, RecorderConfig{Now: ticking()})
	long := bytes.Repeat([]byte("x"), inline+1)
	p, q := rec.Process(7), rec.Process(8)
	p.Invoke(quorate.OpPut, "a", []byte("short"), 0)
	q.Invoke(quorate.OpPutIf, "b", long, 3)
	if took := p.Return(Outcome{Status: quorate.Done, OK: true, Version: 1}); took != 2 {
		t.Errorf("the call took %v, want 2", took)
	}
	q.Return(Outcome{Status: quorate.NotExecuted})
	p.Read(quorate.ReadLocal, "a")
	p.Return(Outcome{Status: quorate.Done, OK: true, Version: 1, Value: long})
	q.Invoke(quorate.OpDelete, "a", nil, 0)
	history, err := rec.History()
	if err != nil {
		t.Fatal(err)
	}
	want := []Operation{
		{Process: 0, Client: 7, Op: quorate.OpPut, Key: "a", Value: []byte("short"), Call: 1, Return: 3, Status: quorate.Done, OK: true, Version: 1},
		{Process: 0, Client: 7, Op: quorate.OpGet, Key: "a", Result: long, Call: 5, Return: 6, Status: quorate.Done, OK: true, Read: quorate.ReadLocal, Version: 1},
		{Process: 1, Client: 8, Op: quorate.OpPutIf, Key: "b", Value: long, Condition: 3, Call: 2, Return: 4, Status: quorate.NotExecuted},
		{Process: 1, Client: 8, Op: quorate.OpDelete, Key: "a", Value: []byte{}, Call: 7, Status: quorate.Unknown},
	}
	if !reflect.DeepEqual(history, want) {
		t.Errorf("got\n%swant\n%s", list(history), list(want))
	}
	if rec.Len() != 4 || rec.Bytes() == 0 {
		t.Errorf("%d operations in %d bytes", rec.Len(), rec.Bytes())
	}
}

// A recorder checks what it recorded as Check does its copy.
func TestRecorderChecksByKey(t *testing.T) {
	rec := recordRun(t, 8, 10, 5000, 0.01)
	history, err := rec.History()
	if err != nil {
		t.Fatal(err)
	}
	got, err := rec.Check(context.Background(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Check(context.Background(), history, Config{})
	if err != nil {
		t.Fatal(err)
	}
	got.Elapsed, want.Elapsed = 0, 0
	if !reflect.DeepEqual(got, want) || got.Verdict != OK || got.Done+got.Open != 5000 || got.Keys != 10 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRecorderReportsMisuse(t *testing.T) {
	twice := newRecorder(t, RecorderConfig{})
	p := twice.Process(1)
	p.Invoke(quorate.OpGet, "k", nil, 0)
	p.Invoke(quorate.OpGet, "k", nil, 0)
	early := newRecorder(t, RecorderConfig{})
	early.Process(1).Return(Outcome{})
	bad := newRecorder(t, RecorderConfig{})
	p = bad.Process(1)
	p.Invoke(quorate.OpNop, "k", nil, 0)
	p.Return(Outcome{Status: quorate.Done})
	for name, rec := range map[string]*Recorder{"two calls": twice, "no call": early, "a nop": bad} {
		if _, err := rec.Check(context.Background(), Config{}); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "process 0") {
			t.Errorf("%s: %v, want a malformed history", name, err)
		}
	}
	if _, err := NewRecorder(RecorderConfig{MaxBytes: -1}); err == nil {
		t.Error("negative memory is accepted")
	}
}

// When memory runs out the history ends at one instant for all. It stays
// linearizable, whatever was under way; a violation in it still is one.
func TestRecorderEndsTheHistory(t *testing.T) {
	for _, long := range []bool{false, true} {
		rec := newRecorder(t, RecorderConfig{Now: ticking(), MaxBytes: 3*chunkLen*recordSize + 5000})
		p, q := rec.Process(1), rec.Process(2)
		value := []byte("value")
		if long {
			value = bytes.Repeat(value, 10)
		}
		version := uint64(0)
		for range 4 * chunkLen {
			version++
			q.Invoke(quorate.OpGet, "k", nil, 0)
			p.Invoke(quorate.OpPut, "k", value, 0)
			p.Return(Outcome{Status: quorate.Done, OK: true, Version: version})
			q.Return(Outcome{Status: quorate.Done, OK: true, Version: version, Value: value})
		}
		cut, truncated := rec.Truncated()
		result, err := rec.Check(context.Background(), Config{})
		if err != nil || !truncated || result.Verdict != Unknown || !strings.Contains(result.Reason, "memory for the history") {
			t.Errorf("long values %v: cut at %v, %v %q %v", long, cut, result.Verdict, result.Reason, err)
		}
		history, _ := rec.History()
		for i := range history {
			if o := &history[i]; o.Call >= cut || o.Status == quorate.Done && o.Return >= cut {
				t.Fatalf("long values %v: %v is beyond the cut at %v", long, o, cut)
			}
		}
		var streamed, written bytes.Buffer
		if _, err := rec.WriteEDN(&streamed, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := WriteEDN(&written, history, 0); err != nil || streamed.String() != written.String() {
			t.Errorf("long values %v: what is written for others does not end where the history does, %v", long, err)
		}
		if len(history) == 0 {
			t.Errorf("long values %v: nothing was kept", long)
		}
	}
	rec := newRecorder(t, RecorderConfig{Now: ticking(), MaxBytes: 2 * chunkLen * recordSize})
	p := rec.Process(1)
	for range 3 * chunkLen {
		p.Invoke(quorate.OpPut, "k", nil, 0)
		p.Return(Outcome{Status: quorate.Done, OK: true, Version: 1})
	}
	if result, err := rec.Check(context.Background(), Config{}); err != nil || result.Verdict != Violation {
		t.Errorf("%v %v, want a violation", result.Verdict, err)
	}
}

// Processes record side by side; keys are numbered once.
func TestRecorderIsConcurrent(t *testing.T) {
	rec := newRecorder(t, RecorderConfig{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	var s state
	for range 4 {
		wg.Go(func() {
			p := rec.Process(1)
			for range 2000 {
				p.Invoke(quorate.OpPut, "k", []byte("v"), 0)
				mu.Lock()
				s.version++
				v := s.version
				mu.Unlock()
				p.Return(Outcome{Status: quorate.Done, OK: true, Version: v})
			}
		})
	}
	wg.Wait()
	if result, err := rec.Check(context.Background(), Config{}); err != nil || result.Verdict != OK || result.Keys != 1 {
		t.Errorf("%+v %v", result, err)
	}
}

// Every record has its place, and a process that makes one call takes little.
func TestRecorderGrowsBySteps(t *testing.T) {
	for i := range 20 * chunkLen {
		if c := chunkOf(i); i < before(c) || i >= before(c)+sizeOf(c) || before(c+1) != before(c)+sizeOf(c) {
			t.Fatalf("record %d is in chunk %d, which holds %d from %d on", i, c, sizeOf(c), before(c))
		}
	}
	rec := newRecorder(t, RecorderConfig{MaxBytes: 10_000 * 1000})
	for range 10_000 {
		p := rec.Process(1)
		p.Invoke(quorate.OpPut, "k", nil, 0)
		p.Return(Outcome{Status: quorate.Done, OK: true, Version: 1})
	}
	if _, truncated := rec.Truncated(); truncated || rec.Len() != 10_000 {
		t.Errorf("%d calls in %d bytes, truncated %v", rec.Len(), rec.Bytes(), truncated)
	}
}
