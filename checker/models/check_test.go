package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

func reading(t *testing.T, text string) *history.History {
	t.Helper()
	h, err := history.Config{}.Read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return h
}

// hard is a register with many lost writes of values that were all read, and written
// twice each, so that nothing bounds when they took effect; and a read that nothing
// explains.
func hard(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{:process %d :type :invoke :f :write :value %d}\n", 2*i, i)
		fmt.Fprintf(&b, "{:process %d :type :invoke :f :write :value %d}\n", 2*i+1, i)
	}
	for i := range n {
		fmt.Fprintf(&b, "{:process %d :type :invoke :f :read}\n{:process %d :type :ok :f :read :value %d}\n", 1000, 1000, i)
	}
	return b.String() + "{:process 1000 :type :invoke :f :read}\n{:process 1000 :type :ok :f :read :value :never}\n"
}

// A search that would never end is unknown, in bounded time and memory, and keeps the
// others' verdicts.
func TestHard(t *testing.T) {
	h := reading(t, hard(40))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const memory = 32 << 20
	r, err := Check(context.Background(), h, Config{MaxSearchBytes: memory, Workers: 1, TimeLimit: time.Hour})
	if err != nil || r.Verdict != checker.Unknown || r.Undecided != 1 || !strings.Contains(r.Reason, "more memory") {
		t.Fatalf("%+v, %v", r, err)
	}
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 8*memory { // maps grow by copies
		t.Errorf("a search that may have %d MiB allocated %d MiB", memory>>20, spent>>20)
	}
	r, err = Check(context.Background(), h, Config{TimeLimit: time.Nanosecond})
	if err != nil || r.Verdict != checker.Unknown || !strings.Contains(r.Reason, "out of time") {
		t.Fatalf("%+v, %v", r, err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err = Check(ended, h, Config{}); err != nil || r.Verdict != checker.Unknown {
		t.Fatalf("%+v, %v", r, err)
	}
}

// A hard key takes nothing from the others: they are decided.
func TestHardKeyAmongEasyOnes(t *testing.T) {
	var b strings.Builder
	for line := range strings.Lines(hard(40)) {
		head, value, found := strings.Cut(line, ":value ")
		if !found {
			head, value = strings.TrimSuffix(line, "}\n"), "nil}"
		}
		fmt.Fprintf(&b, "%s :value [:hard %s]}\n", head, strings.TrimSuffix(strings.TrimSpace(value), "}"))
	}
	for k, seen := range []int{7, 7, 8} {
		for _, form := range []string{"{:process %d :type :invoke :f :write :value [%d 7]}\n", "{:process %d :type :ok :f :write :value [%d 7]}\n", "{:process %d :type :invoke :f :read :value [%d nil]}\n"} {
			fmt.Fprintf(&b, form, 2000+k, k)
		}
		fmt.Fprintf(&b, "{:process %d :type :ok :f :read :value [%d %d]}\n", 2000+k, k, seen)
	}
	var done, all int
	r, err := Check(context.Background(), reading(t, b.String()), Config{MaxSearchBytes: 8 << 20, Workers: 1, TimeLimit: time.Hour,
		Progress: func(d, a int) { done, all = d, a }})
	if err != nil || r.Verdict != checker.Violation || r.Keys != 4 || r.Failed != 1 || r.Undecided != 1 || !r.Split {
		t.Fatalf("%+v, %v", r, err)
	}
	if done != 4 || all != 4 {
		t.Errorf("%d of %d are done", done, all)
	}
	if !strings.HasPrefix(r.Reason, "1 of 4 keys are not linearizable; key 2: process 2002 read -> 8") {
		t.Error(r.Reason)
	}
}

func TestNothingSucceeded(t *testing.T) {
	for _, text := range []string{"", "{:process 0 :type :invoke :f :read}", "{:process 0 :type :invoke :f :write :value 1}\n{:process 0 :type :fail :f :write :value 1}"} {
		if r, err := Check(context.Background(), reading(t, text), Config{}); err != nil || r.Verdict != checker.Unknown || !strings.Contains(r.Reason, "no operation succeeded") {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

// The counterexample is what is needed, and no more.
func TestCounterexample(t *testing.T) {
	var b strings.Builder
	b.WriteString("{:process :nemesis :type :info :f :kill :value \"<n1>\"}\n")
	for i := range 50 {
		fmt.Fprintf(&b, "{:process 0 :type :invoke :f :write :value %d}\n{:process 0 :type :ok :f :write :value %d}\n", i, i)
		fmt.Fprintf(&b, "{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value %d}\n", i-i/49) // at last an old one
	}
	r, err := Check(context.Background(), reading(t, b.String()), Config{})
	if err != nil || r.Verdict != checker.Violation || r.Objects[0].Example == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	x := r.Objects[0].Example
	const want = `process 1 read -> 48, which no order of the operations before it explains; of 100 operations these do not go together:
  line 194 to line 195  process 0  write 48 -> ok
  line 198 to line 199  process 0  write 49 -> ok
  line 200 to line 201  process 1  read -> 48
`
	if x.String() != want {
		t.Errorf("got\n%swant\n%s", x, want)
	}
	if events := x.Events(); len(events) != 2*len(x.Operations) || events[0].Index >= events[1].Index {
		t.Errorf("%+v", events)
	}
	var page bytes.Buffer
	if err := x.WriteHTML(&page); err != nil || !strings.Contains(page.String(), "read -\\u003e 48") || !strings.Contains(page.String(), "kill \\\"\\u003cn1") {
		t.Errorf("%v, %.200s", err, page.String())
	}
}

// events writes events in short: "0 write 1" invokes, "0 ok 1" completes.
func events(list ...string) string {
	var b strings.Builder
	f := map[string]string{}
	for _, e := range list {
		process, rest, _ := strings.Cut(e, " ")
		what, value, _ := strings.Cut(rest, " ")
		kind := "invoke"
		if what == "ok" || what == "info" {
			kind = what
		} else {
			f[process] = what
		}
		if value == "" {
			value = "nil"
		}
		fmt.Fprintf(&b, "{:process %s :type :%s :f :%s :value %s}\n", process, kind, f[process], value)
	}
	return b.String()
}

// What is left out of a search, and of a counterexample, must change no verdict.
func TestCuts(t *testing.T) {
	unseen := []string{}
	for i := range 60 { // writes that crashed and nobody saw
		unseen = append(unseen, fmt.Sprintf("%d write %d", i, i))
	}
	for _, c := range []struct {
		name, text, model string
		want              checker.Verdict
		shown             int    // operations of the counterexample
		last              string // of them, as it is shown
	}{
		{"nobody saw them", events(append(unseen, "99 read", "99 ok 100")...), "register", checker.Violation, 1, "read -> 100"},
		{"nil is there from the beginning", events("0 write nil", "1 read", "1 ok", "2 write 1", "2 ok 1", "1 read", "1 ok"), "register", checker.OK, 0, ""},
		{"seen before it was written", events("1 read", "1 ok 5", "0 write 5", "1 read", "1 ok 5"), "register", checker.Violation, 1, "read -> 5"},
		{"a queue keeps what nobody took", events("0 enqueue 1", "0 ok 1", "0 enqueue 2", "0 ok 2", "0 dequeue", "0 ok 2"), "queue", checker.Violation, 3, "dequeue -> 2"},
		{"what is under way is open", events("0 write 1", "1 write 2", "1 ok 2", "2 read", "2 ok 7", "0 ok 1"), "register", checker.Violation, 1, "read -> 7"},
		{"a cas that is under way takes what crashed", events("0 write 3", "1 cas [3 4]", "2 read", "2 ok 4", "2 read", "2 ok 4", "2 read", "2 ok 9", "1 ok [3 4]"), "cas-register", checker.Violation, 1, "read -> 9"},
		{"a cas tells at the end what it found", events("0 write 3", "0 ok 3", "1 cas [nil 4]", "1 ok [3 4]", "2 read", "2 ok 4"), "cas-register", checker.OK, 0, ""},
		{"a cas never tells what it found", events("0 write 3", "0 ok 3", "3 cas [nil 3]", "3 ok [3 3]", "1 cas [nil 4]", "2 read", "2 ok 4"), "cas-register", checker.OK, 0, ""},
		{"a cas that crashed is from nil, which is there", events("1 cas [nil 4]", "2 read", "2 ok 4"), "cas-register", checker.OK, 0, ""},
		{"a cas that crashed is from nil, which is there again", events("0 write 3", "0 ok 3", "0 write nil", "0 ok nil", "1 cas [nil 4]", "2 read", "2 ok 4"), "cas-register", checker.OK, 0, ""},
		{"a cas that crashed is from nil, which is not there", events("0 write 3", "0 ok 3", "1 cas [nil 4]", "2 read", "2 ok 4"), "cas-register", checker.Violation, 3, "read -> 4"},
		{"a cas that is absent is from nil, which is not there", events("0 write 3", "0 ok 3", "1 cas [nil 4]", "1 ok [nil 4]"), "cas-register", checker.Violation, 2, "cas [nil 4] -> ok"},
		{"a cas tells the wrong thing", events("0 write 3", "0 ok 3", "1 cas [nil 4]", "1 ok [5 4]"), "cas-register", checker.Violation, 1, "cas [nil 4] -> [5 4]"},
		{"a cas that crashed takes what crashed", events("0 write 3", "1 cas [3 4]", "2 read", "2 ok 4"), "cas-register", checker.OK, 0, ""},
	} {
		r, err := Check(context.Background(), reading(t, c.text), Config{Model: c.model, Workers: 1, MaxSearchBytes: 1 << 20, TimeLimit: time.Hour})
		if err != nil || r.Verdict != c.want {
			t.Errorf("%s: %+v, %v", c.name, r, err)
			continue
		}
		if c.want == checker.Violation {
			if x := r.Objects[0].Example; len(x.Operations) != c.shown || !strings.HasSuffix(x.String(), c.last+"\n") {
				t.Errorf("%s: want %d operations, %s last\n%s", c.name, c.shown, c.last, x)
			}
		}
	}
	// What completes later counts as open: it is on both sides of the violation.
	text := events("0 write 1", "1 read", "1 ok 1", "1 read", "1 ok", "0 ok 1")
	r, err := Check(context.Background(), reading(t, text), Config{Model: "register"})
	if err != nil || r.Verdict != checker.Violation || !strings.Contains(r.Objects[0].Example.String(), "line 1 open       process 0  write 1 -> ?\n") {
		t.Errorf("%+v, %v", r, err)
	}
}

// Histories of the own store are decided by their versions.
func TestVersions(t *testing.T) {
	const good = `{:index 0, :time 1, :process 0, :type :invoke, :f :write, :value ["k" "a"]}
{:index 1, :time 2, :process 0, :type :ok, :f :write, :value ["k" "a"], :version 1, :done true}
{:index 2, :time 3, :process 0, :type :invoke, :f :read, :value ["k" nil], :mode :log}
{:index 3, :time 4, :process 0, :type :ok, :f :read, :value ["k" "a"], :version 1, :done true}
`
	r, err := Check(context.Background(), reading(t, good), Config{})
	if err != nil || r.Verdict != checker.OK || !r.Versions || r.Keys != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	bad := strings.Replace(good, `"a"], :version 1, :done true}`+"\n{:index 2", `"a"], :version 2, :done true}`+"\n{:index 2", 1)
	r, err = Check(context.Background(), reading(t, bad), Config{Model: "kv"})
	if err != nil || r.Verdict != checker.Violation || !r.Versions || len(r.Objects) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if x := r.Objects[0].Example; x.String() == "" || len(x.Events()) == 0 || x.WriteHTML(io.Discard) != nil {
		t.Errorf("%s %v", x, x.Events())
	}
	others := strings.NewReplacer(`"k"`, ":k", `"a"`, "[7]", ":version 1", ":version 1 :node 3").Replace(good)
	if r, err = Check(context.Background(), reading(t, others), Config{}); err != nil || r.Verdict != checker.OK || !r.Versions {
		t.Errorf("%+v, %v", r, err)
	}
	late := strings.NewReplacer(":f :write", ":f :write-if", ":version 1, :done true}\n{:index 2", ":version 1, :condition 0, :done true}\n{:index 2").Replace(good)
	if r, err = Check(context.Background(), reading(t, late), Config{}); err != nil || r.Verdict != checker.OK || !r.Versions {
		t.Errorf("a condition that is told at the end: %+v, %v", r, err)
	}
	if _, err = Check(context.Background(), reading(t, strings.Replace(late, ":condition 0, ", "", 1)), Config{}); !errors.Is(err, history.ErrMalformed) {
		t.Errorf("a condition that is never told: %v", err)
	}
	open := strings.NewReplacer(":process 0, :type :invoke, :f :read", ":process 1, :type :invoke, :f :read", ":process 0, :type :ok, :f :read", ":process 1, :type :ok, :f :read", ":type :ok, :f :write", ":type :info, :f :write", ":f :write", ":f :write-if").Replace(strings.Replace(good, ":type :ok, :f :write", ":type :info, :f :write", 1))
	if r, err = Check(context.Background(), reading(t, open), Config{}); err != nil || r.Verdict != checker.OK || !r.Versions {
		t.Errorf("a conditional write that crashed, on nobody knows what: %+v, %v", r, err)
	}
	if r, err = Check(context.Background(), reading(t, strings.ReplaceAll(good, ", :done true", "")), Config{}); err != nil || r.Verdict != checker.OK || r.Versions {
		t.Errorf("versions decide though it is not said what was done: %+v, %v", r, err)
	}
	if _, err = Check(context.Background(), reading(t, strings.Replace(good, ":mode :log", ":mode :psychic", 1)), Config{}); !errors.Is(err, history.ErrMalformed) {
		t.Error(err)
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		text, model string
		split       bool
	}{
		{"{:process 0 :type :invoke :f :read}", "register", false},
		{"{:process 0 :type :invoke :f :read :value [1 nil]}", "register", true},
		{"{:process 0 :type :invoke :f :cas :value [1 2]}", "cas-register", false},
		{"{:process 0 :type :invoke :f :cas :value [1 [1 2]]}", "cas-register", true},
		{"{:process 0 :type :invoke :f :put :value [1 2]}", "kv", true},
		{"{:process 0 :type :invoke :f :append :value [1 2]}", "append", true},
		{"{:process 0 :type :invoke :f :txn :value [[:append 1 2]]}", "append", false},
		{"{:process 0 :type :invoke :f :txn :value [[:r 1 nil]]}", "append", false},
		{"{:process 0 :type :invoke :f :txn :value [[:w 1 2]]}", "multi-register", false},
		{"{:process 0 :type :invoke :f :write :value {:x 1}}", "multi-register", false},
		{"{:process 0 :type :invoke :f :acquire}", "mutex", false},
		{"{:process 0 :type :invoke :f :enqueue :value 1}", "queue", false},
		{"{:process 0 :type :invoke :f :add :value 1}", "counter", false},
		{"{:process 0 :type :invoke :f :add :value 1}\n{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value #{1}}", "set", false},
	} {
		if r, err := Check(context.Background(), reading(t, c.text), Config{}); err != nil || r.Model != c.model || r.Split != c.split {
			t.Errorf("%s: %+v, %v", c.text, r, err)
		}
	}
	for _, c := range []struct {
		cfg       Config
		text, say string
	}{
		{Config{}, "{:process 0 :type :invoke :f :fly}", "line 1: process 0 invokes :fly, which no model knows; there are register"},
		{Config{Model: "register"}, "{:process 0 :type :invoke :f :cas :value [1 2]}", "line 1: process 0 invokes :cas, which a register does not know; its functions are read, write"},
		{Config{Keys: Split}, "{:process 0 :type :invoke :f :read}", "line 1: process 0 invokes :read with nil; want a vector of a key and a value"},
		{Config{Keys: Split}, "{:process 0 :type :invoke :f :read :value [1 nil]}\n{:process 0 :type :ok :f :read :value [2 3]}", "line 2: process 0 completes a :read of the key 1 with [2 3]"},
		{Config{}, "{:process 0 :type :invoke :f :write :value 1}\n{:process 0 :type :ok :f :write :value 2}", "line 2: process 0 completes with the value 2, but was invoked with 1"},
		{Config{}, "{:process 0 :type :invoke :f :read :value 1}\n{:process 0 :type :ok :f :read :value 2}", "line 2: process 0 completes with the value 2, but was invoked with 1"},
		{Config{}, "{:process 0 :type :invoke :f :read :value 1}\n{:process 0 :type :ok :f :read}", "line 2: process 0 read 1, but completes with no value"},
		{Config{}, "{:process 0 :type :invoke :f :cas :value 1}", "cas of 1: want [old new]"},
		{Config{}, "{:process 0 :type :invoke :f :txn :value [[:w 1]]}", "a transaction has the part [:w 1]; want [f k v]"},
		{Config{Model: "append"}, "{:process 0 :type :invoke :f :txn :value 3}", "the transaction 3 is no vector"},
		{Config{Model: "append"}, "{:process 0 :type :invoke :f :txn :value [[:w 1 2]]}", "want r or append"},
		{Config{Model: "multi-register"}, "{:process 0 :type :invoke :f :txn :value [[:append 1 2]]}", "want r or w"},
		{Config{}, "{:process 0 :type :invoke :f :txn :value [[:append 1 2]]}\n{:process 0 :type :ok :f :txn :value []}", "line 2: process 0 completes a transaction of 1 parts"},
		{Config{}, "{:process 0 :type :invoke :f :txn :value [[:append 1 2]]}\n{:process 0 :type :ok :f :txn :value [[:r 1 [2]]]}", "completes the part [:append 1 2] of a transaction as [:r 1 [2]]"},
		{Config{}, "{:process 0 :type :invoke :f :append :value [1 2]}\n{:process 0 :type :ok :f :append :value [1 3]}", "completes with the value 3, but was invoked with 2"},
		{Config{Model: "append"}, "{:process 0 :type :invoke :f :read :value [1 nil]}\n{:process 0 :type :ok :f :read :value [1 3]}", "read 3; want a vector"},
		{Config{Model: "multi-register"}, "{:process 0 :type :invoke :f :read :value 3}", "want a map of registers"},
		{Config{}, "{:process 0 :type :invoke :f :read :value {:x nil}}\n{:process 0 :type :ok :f :read :value {:y nil}}", "completes without the register :x"},
		{Config{}, "{:process 0 :type :invoke :f :read :value {:x nil}}\n{:process 0 :type :ok :f :read :value {}}", "completes with 0 registers"},
		{Config{}, "{:process 0 :type :invoke :f :read :value {:x nil}}\n{:process 0 :type :ok :f :read}", "completes with the value nil"},
		{Config{Model: "counter"}, "{:process 0 :type :invoke :f :add :value :x}", "add of :x; want a whole number"},
		{Config{Model: "counter"}, "{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read}", "read of nil; want a whole number"},
		{Config{Model: "set"}, "{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value 3}", "read 3; want a set"},
	} {
		_, err := Check(context.Background(), reading(t, c.text), c.cfg)
		if !errors.Is(err, history.ErrMalformed) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v\nwant %s", c.text, err, c.say)
		}
	}
	for _, cfg := range []Config{{Model: "regsiter"}, {Keys: 9}, {TimeLimit: -1}} {
		if _, err := Check(context.Background(), reading(t, ""), cfg); err == nil {
			t.Errorf("%+v passes", cfg)
		}
	}
	for _, name := range Names() {
		if about, functions := Describe(name); about == "" || functions == "" {
			t.Errorf("%s is not described", name)
		}
	}
}

// Values are equal however they are written; what a register holds at first can be told.
func TestValues(t *testing.T) {
	for _, c := range []struct {
		text    string
		initial any
		want    checker.Verdict
	}{
		{"{:process 0 :type :invoke :f :write :value {:a 1 :b #{2 3}}}\n{:process 0 :type :ok :f :write}\n{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value {:b #{3 2} :a 1}}", nil, checker.OK},
		{"{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value 0}", nil, checker.Violation},
		{"{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value 0}", int64(0), checker.OK},
		{"{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value 0.0}", int64(0), checker.Violation},
		{"{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read}", nil, checker.OK},
		{"{:process 0 :type :invoke :f :append :value 1}\n{:process 0 :type :ok :f :append}\n{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value [1]}", int64(0), checker.OK},
		{"{:process 0 :type :invoke :f :txn :value [[:r 1 nil]]}\n{:process 0 :type :ok :f :txn :value [[:r 1 nil]]}", int64(0), checker.OK},
	} {
		cfg := Config{Initial: c.initial, Model: "register"}
		if strings.Contains(c.text, ":append") || strings.Contains(c.text, ":txn") {
			cfg.Model = "append" // what registers hold is no list
		}
		if r, err := Check(context.Background(), reading(t, c.text), cfg); err != nil || r.Verdict != c.want {
			t.Errorf("%s: %+v, %v", c.text, r, err)
		}
	}
}

// Rule: a tag for tuples of a key and a value changes nothing.
func TestTaggedTuples(t *testing.T) {
	text := func(seen int) string {
		return fmt.Sprintf(`{:process 0 :type :invoke :f :write :value #jepsen.independent/tuple ["k" 1]}
{:process 0 :type :ok :f :write :value #jepsen.independent/tuple ["k" 1]}
{:process 0 :type :invoke :f :cas :value #jepsen.independent/tuple ["k" [1 2]]}
{:process 0 :type :ok :f :cas :value #jepsen.independent/tuple ["k" [1 2]]}
{:process 0 :type :invoke :f :read :value #jepsen.independent/tuple ["k" nil]}
{:process 0 :type :ok :f :read :value #jepsen.independent/tuple ["k" %d]}`, seen)
	}
	for seen, want := range map[int]checker.Verdict{1: checker.Violation, 2: checker.OK} {
		r, err := Check(context.Background(), reading(t, text(seen)), Config{})
		if err != nil || r.Verdict != want || !r.Split || r.Objects[0].Key != `"k"` {
			t.Errorf("%d: %+v, %v", seen, r, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(hard(2)))
	f.Add([]byte("{:process 0 :type :invoke :f :txn :value [[:append 1 2] [:r 1 nil]]}\n{:process 0 :type :ok :f :txn :value [[:append 1 2] [:r 1 [2]]]}"))
	f.Add([]byte(`{"process": 0, "type": "invoke", "f": "write", "value": {"x": 1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := history.Config{Sparse: true, MaxBytes: 1 << 12}.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, name := range append(Names(), "") {
			r, err := Check(context.Background(), h, Config{Model: name, TimeLimit: 50 * time.Millisecond, MaxSearchBytes: 1 << 18})
			if err != nil && !errors.Is(err, history.ErrMalformed) {
				t.Fatal(err)
			}
			for i := 0; err == nil && i < len(r.Objects); i++ {
				if x := r.Objects[i].Example; x != nil && (x.String() == "" || x.WriteHTML(io.Discard) != nil) {
					t.Fatal("a counterexample cannot be shown")
				}
			}
		}
	})
}
