package checker

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	bounded "github.com/quorate/quorate/checker/search"
)

// hard returns an illegal register history that no search decides soon: many
// lost writes, each of which may have happened anywhere.
func hard(n int) []Operation {
	var history []Operation
	for i := range n {
		history = append(history, lost(put(i, 0, 0, fmt.Sprint("a", i), 0)))
	}
	for i := range n {
		at := time.Duration(10 + 10*i)
		history = append(history, get(n, at, at+5, fmt.Sprint("a", i), 0))
	}
	return append(history, get(n, 5000, 5001, "a0", 0), get(n, 5002, 5003, "never", 0))
}

func TestSearchRunsOutOfTime(t *testing.T) {
	start := time.Now()
	result, err := Check(context.Background(), hard(30), Config{Model: Register, TimeLimit: 50 * time.Millisecond, MaxSearchBytes: 1 << 33})
	if err != nil || result.Verdict != Unknown || result.Undecided != 1 || !strings.Contains(result.Reason, bounded.OutOfTime) {
		t.Errorf("%+v %v, want unknown", result, err)
	}
	t.Logf("took %v", time.Since(start))
}

func TestSearchRunsOutOfMemory(t *testing.T) {
	result, err := Check(context.Background(), hard(30), Config{Model: Register, MaxSearchBytes: 1 << 20})
	if err != nil || result.Verdict != Unknown || !strings.Contains(result.Reason, bounded.OutOfMemory) {
		t.Errorf("%+v %v, want unknown", result, err)
	}
}

// A violation on one key stands, whatever remains undecided on others.
func TestViolationBesidesUndecidedKeys(t *testing.T) {
	history := hard(30)
	for i := range history {
		history[i].Key = "hard"
	}
	history = append(history, put(98, 0, 10, "1", 0), miss(99, 20, 30, 0))
	result, err := Check(context.Background(), history, Config{Model: Register, MaxSearchBytes: 1 << 20})
	if err != nil || result.Verdict != Violation || result.Failed != 1 || result.Undecided != 1 {
		t.Errorf("%+v %v", result, err)
	}
}

func TestCounterexampleIsSmall(t *testing.T) {
	var history []Operation
	for i := range 50 {
		at := time.Duration(100 * i)
		history = append(history, put(1, at, at+10, fmt.Sprint(i), uint64(i+1)), get(2, at+20, at+30, fmt.Sprint(i), uint64(i+1)))
	}
	history[61].Result = []byte("29") // the read after write 30 returns what write 29 wrote
	for _, c := range []struct {
		model   Model
		witness int
		context int
	}{{KV, 2, 62}, {Register, 3, 62}} {
		result, err := Check(context.Background(), history, Config{Model: c.model})
		if err != nil || result.Verdict != Violation || len(result.Counterexamples) != 1 {
			t.Fatalf("%v: %+v %v", c.model, result, err)
		}
		x := result.Counterexamples[0]
		if len(x.Witness) != c.witness || len(x.Context) != c.context {
			t.Errorf("%v: %d witnesses, %d around; want %d, %d:\n%v\n%s", c.model, len(x.Witness), len(x.Context), c.witness, c.context, &x, list(x.Context))
		}
		if s := x.String(); !strings.Contains(s, "process 2 get k -> 29") {
			t.Errorf("%v: %s", c.model, s)
		}
	}
}

// The picture of a failing key is one page that shows the witnesses, also
// where only the end of a long history fits in.
func TestCounterexampleAsPage(t *testing.T) {
	for _, n := range []int{5, 1000} {
		var history []Operation
		for i := range n {
			at := time.Duration(100 * i)
			history = append(history, put(1, at, at+10, fmt.Sprint("<", i), uint64(i+1)))
		}
		end := time.Duration(100 * n)
		history = append(history, get(2, end, end+10, fmt.Sprint("<", n-2), uint64(n-1)))
		result, err := Check(context.Background(), history, Config{})
		if err != nil || len(result.Counterexamples) != 1 {
			t.Fatalf("%+v %v", result, err)
		}
		x := result.Counterexamples[0]
		if x.whole != (n < contextSize) || len(x.Context) > contextSize+len(x.Witness) {
			t.Errorf("%d writes: whole %v, %d operations in the picture", n, x.whole, len(x.Context))
		}
		var page strings.Builder
		if err := x.WriteHTML(&page); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"<html", "violation", "met an earlier state", fmt.Sprintf("version %d", n)} {
			if !strings.Contains(page.String(), want) {
				t.Errorf("%d writes: the page lacks %q", n, want)
			}
		}
	}
}

func TestManyFailingKeys(t *testing.T) {
	var history []Operation
	for i := range 100 {
		a, b := put(2*i, 0, 10, "1", 1), miss(2*i+1, 20, 30, 0)
		a.Key, b.Key = fmt.Sprintf("k%02d", 99-i), fmt.Sprintf("k%02d", 99-i)
		history = append(history, a, b)
	}
	result, err := Check(context.Background(), history, Config{MaxCounterexamples: 3, Workers: 4})
	if err != nil || result.Failed != 100 || len(result.Counterexamples) != 3 || result.Counterexamples[0].Key != "k00" {
		t.Errorf("%d failed, %v, %v", result.Failed, result.Counterexamples, err)
	}
}

// What was known at an instant: results that came later are not in it.
func TestHistoryUntil(t *testing.T) {
	history := []Operation{
		put(1, 0, 10, "1", 1), put(2, 5, 20, "2", 2), get(3, 5, 20, "1", 1), put(4, 16, 20, "3", 3),
		failed(put(5, 0, 5, "4", 4)), stale(get(6, 0, 5, "1", 1)), failed(put(7, 0, 50, "4", 4)), put(8, 15, 20, "5", 5),
	}
	got := until(history, 15)
	want := []Operation{put(1, 0, 10, "1", 1), lost(put(2, 5, 0, "2", 0)), lost(put(8, 15, 0, "5", 0))}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%swant\n%s", list(got), list(want))
	}
}
