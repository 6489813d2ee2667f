package sessions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

// parse reads operations one after the other: "1 w 5" is process 1 that writes 5, "1 r 5"
// that it reads 5, "1 c 5 6" that it changes 5 to 6; with a ? nobody knows what came of it,
// with a ! it failed.
func parse(t testing.TB, text string) *history.History {
	t.Helper()
	var events []history.Op
	for word := range strings.SplitSeq(text, ",") {
		fields := strings.Fields(word)
		var process int
		fmt.Sscan(fields[0], &process)
		kind := history.OK
		switch fields[len(fields)-1] {
		case "?":
			kind, fields = history.Info, fields[:len(fields)-1]
		case "!":
			kind, fields = history.Fail, fields[:len(fields)-1]
		}
		number := func(i int) any {
			var n int64
			if fields[i] == "nil" {
				return nil
			}
			fmt.Sscan(fields[i], &n)
			return n
		}
		in, f := any(nil), map[string]string{"w": "write", "r": "read", "c": "cas", "d": "delete"}[fields[1]]
		out := in
		switch fields[1] {
		case "w":
			in = number(2)
			out = in
		case "r":
			out = number(2)
		case "c":
			in = []any{number(2), number(3)}
			out = in
		}
		events = append(events, history.Op{Process: process, Type: history.Invoke, F: f, Value: in}, history.Op{Process: process, Type: kind, F: f, Value: out})
	}
	for i := range events {
		events[i].Index = i
	}
	calls, err := history.Calls(events)
	if err != nil {
		t.Fatal(err)
	}
	return &history.History{Ops: events, Calls: calls}
}

func TestForeign(t *testing.T) {
	for _, c := range []struct{ name, want, says, text string }{
		{"one process", allKept, "", "1 r nil,1 w 1,1 r 1,1 w 2,1 r 2"},
		{"a stale read", allKept, "", "1 w 1,1 w 2,2 r 1,2 r 2"},
		{"its own write is not seen", "violation ok ok ok violation", "process 1 wrote 1 and then read nil", "1 w 1,1 r nil"},
		{"its own earlier write", "violation ok ok ok violation", "process 1 wrote 2 and then read 1", "1 w 1,1 w 2,1 r 1"},
		{"back and forth", "ok violation unknown unknown violation", "process 3 read 1 and then 2; process 3 read 2 and then 1", "1 w 1,2 w 2,3 r 1,3 r 2,3 r 1"},
		{"back to the beginning", "ok violation unknown unknown violation", "process 3 read 1 and then nil", "1 w 1,3 r 1,3 r nil"},
		{"two disagree on the order", "ok violation unknown unknown violation", "process 3 read 1 and then 2; process 4 read 2 and then 1", "1 w 1,2 w 2,3 r 1,3 r 2,4 r 2,4 r 1"},
		{"writes are seen the wrong way", "ok ok violation ok violation", "process 1 wrote 1 and then 2; process 3 read 2 and then 1", "1 w 1,1 w 2,3 r 2,3 r 1"},
		{"a write is seen before what its process read", "ok ok ok violation violation", "process 2 read 1 and then wrote 2", "1 w 1,2 r 1,2 w 2,3 r 2,3 r 1"},
		{"it read what it wrote later", "ok ok ok violation violation", "process 1 read 1 and then wrote 1", "1 r 1,1 w 1"},
		{"each sees the other's write after its own", "violation ok ok ok violation", "process 1 wrote 1 and then read 2; process 2 wrote 2 and then read 1", "1 w 1,2 w 2,1 r 2,2 r 1"},
		{"each alone, not together", "ok ok ok ok violation", "process 1 wrote 1 and then read 2; process 3 read 2 and then 1", "1 w 1,2 w 2,1 r 2,3 r 2,3 r 1"},
		{"a lost write is seen", allKept, "", "1 w 1 ?,2 r nil,2 r 1"},
		{"a lost write is seen too early", "ok ok ok violation violation", "process 1 read 2 and then wrote 1", "1 r 2,1 w 1 ?,2 r 1,2 w 2"},
		{"a failed write is seen", "unknown unknown unknown unknown violation", "nobody wrote 1", "1 w 1 !,2 r 1"},
		{"one value of two writes", "unknown unknown unknown unknown ok", "written more than once", "1 w 1,2 w 1,3 r 1"},
		{"one value of two writes, in no order", "unknown unknown unknown unknown violation", "no order of these keeps", "1 w 1,1 w 2,2 w 1,3 r 1,3 r 2,3 r 1,3 r 2"},
		{"nothing was seen to be written twice", allKept, "", "1 w 1,2 w 1,3 r nil"},
		{"cas", allKept, "", "1 w 1,2 c 1 2,3 c 2 3,1 r 3"},
		{"a lost cas of a lost write", allKept, "", "1 w 1 ?,2 c 1 2 ?,3 r 2"},
		{"two took it", "ok ok ok ok violation", "process 2 changed 1 to 2 at once; process 3 changed 1 to 3 at once", "1 w 1,2 c 1 2,3 c 1 3"},
		{"between a cas", "ok ok ok ok violation", "process 3 changed 1 to 2 at once", "1 w 1,1 w 9,3 c 1 2,4 w 8,4 r 9,4 w 7,5 r 9,5 r 2"},
		{"a cas against its order", "ok ok ok violation violation", "process 2 changed 1 to 2 at once", "1 w 1,2 c 1 2,3 r 2,3 r 1"},
		{"deleted", allKept, "", "1 w 1,1 d,2 r 1"},
		{"nothing succeeded", "unknown unknown unknown unknown unknown", "no operation succeeded", "1 w 1 ?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			results, err := CheckHistory(context.Background(), parse(t, c.text), All(), Config{})
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			said := ""
			for _, r := range results {
				words = append(words, r.Verdict.String())
				said += r.Reason + "\n"
			}
			if got := strings.Join(words, " "); got != c.want || !strings.Contains(said, c.says) {
				t.Errorf("got %s, want %s; it says\n%s", got, c.want, said)
			}
		})
	}
}

func TestForeignMalformed(t *testing.T) {
	for name, c := range map[string]struct {
		says   string
		events []history.Op
	}{
		"function": {"event 0: process 1 invokes :enqueue", []history.Op{{Process: 1, Type: history.Invoke, F: "enqueue"}}},
		"cas":      {"want [old new]", []history.Op{{Process: 1, Type: history.Invoke, F: "cas", Value: int64(3)}}},
		"key": {"event 1: process 1 completes with the value", []history.Op{
			{Process: 1, Type: history.Invoke, F: "read", Value: []any{"x", nil}}, {Process: 1, Type: history.OK, F: "read", Value: []any{"y", nil}}}},
	} {
		calls, err := history.Calls(c.events)
		if err != nil {
			t.Fatal(err)
		}
		_, err = CheckHistory(context.Background(), &history.History{Ops: c.events, Calls: calls}, All(), Config{})
		if !errors.Is(err, history.ErrMalformed) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h := parse(t, "1 w 1")
	if _, err := CheckHistory(context.Background(), h, []Guarantee{9}, Config{}); err == nil {
		t.Error("no such guarantee is accepted")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	results, err := CheckHistory(ctx, h, All(), Config{})
	for _, r := range results {
		if err != nil || r.Verdict != checker.Unknown || r.Reason != interrupted {
			t.Errorf("interrupted: %+v, %v", r, err)
		}
	}
}

// Keys are registers of their own.
func TestForeignKeys(t *testing.T) {
	text := `{:process 1 :type :invoke :f :write :value ["x" 1]} {:process 1 :type :ok :f :write :value ["x" 1]}
{:process 1 :type :invoke :f :read :value ["y" nil]} {:process 1 :type :ok :f :read :value ["y" nil]}
{:process 1 :type :invoke :f :read :value ["x" nil]} {:process 1 :type :ok :f :read :value ["x" nil]}`
	h, err := history.Config{}.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	results, err := CheckHistory(context.Background(), h, []Guarantee{ReadYourWrites}, Config{})
	if err != nil || results[0].Keys != 2 || results[0].Broken != 1 || results[0].Violations[0].Key != `"x"` {
		t.Errorf("%+v, %v", results, err)
	}
	if s := results[0].Violations[0].String(); !strings.Contains(s, "\n  process 1 write 1 [0s, 0s]\n  process 1 read -> nil") {
		t.Error(s)
	}
}

// A search ends when it has used up its memory.
func TestSearchIsBounded(t *testing.T) {
	var words []string
	for p := range 12 {
		for i := range 6 {
			words = append(words, fmt.Sprintf("%d w %d", p, i%3), fmt.Sprintf("%d r %d", p, (i+p)%3))
		}
	}
	words = append(words, "99 r 7", "98 w 7 ?", "97 r 8", "96 w 8 ?", "97 r 7", "97 r 8")
	h := parse(t, strings.Join(words, ","))
	results, err := CheckHistory(context.Background(), h, []Guarantee{Sequential}, Config{MaxSearchBytes: 1 << 20})
	if err != nil || results[0].Verdict != checker.Unknown || !strings.Contains(results[0].Reason, "more memory") {
		t.Errorf("%+v, %v", results, err)
	}
}
