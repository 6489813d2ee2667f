package workloads

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
)

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"registre", Config{}, "did you mean register?"},
		{"register", Config{Concurrency: -1}, "-1 workers"},
		{"register", Config{Keys: -1}, "-1 keys"},
		{"register", Config{OpsPerKey: -1}, "-1 operations"},
		{"register", Config{Read: 99}, "reads of mode"},
	} {
		if _, err := New(c.name, c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %+v: %v, want %q", c.name, c.cfg, err, c.want)
		}
	}
}

// What is asked for depends on the seed, the worker and the count, however the workers
// take turns.
func TestNextIsAFunction(t *testing.T) {
	cfg := Config{Concurrency: 4, Keys: 2, OpsPerKey: 20}
	for _, kind := range Kinds() {
		asked := func(turns []int) map[int][]history.Op {
			w, err := New(kind.Name, cfg)
			if err != nil {
				t.Fatal(err)
			}
			all, rngs := map[int][]history.Op{}, map[int]*rand.Rand{}
			for _, worker := range turns {
				if rngs[worker] == nil {
					rngs[worker] = rand.New(rand.NewPCG(1, uint64(worker)))
				}
				all[worker] = append(all[worker], w.Next(rngs[worker], worker))
			}
			return all
		}
		var round, blocks []int
		for i := range 200 {
			round, blocks = append(round, i%4), append(blocks, i/50)
		}
		if a, b := asked(round), asked(blocks); !reflect.DeepEqual(a, b) {
			t.Errorf("%s asks for other things when the workers take other turns", kind.Name)
		}
	}
}

func TestKeysAreReplaced(t *testing.T) {
	w, err := New("register", Config{Concurrency: 4, Keys: 2, OpsPerKey: 25, Seed: 0xab})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	count, values := map[string]int{}, map[any]bool{}
	for i := range 1000 {
		op := w.Next(rng, i%4)
		key, v, _ := keyed(op.Value)
		count[key]++
		if op.F != "write" {
			continue
		}
		if values[v] {
			t.Fatalf("value %v again", v)
		}
		values[v] = true
	}
	if len(count) < 38 || len(count) > 44 {
		t.Errorf("%d keys for 1000 operations, 25 each", len(count))
	}
	for key, n := range count {
		if n > 50 || !strings.HasPrefix(key, "ab-register") {
			t.Errorf("%d operations on key %q", n, key)
		}
	}
	readers := map[any]int{}
	for worker := range 4 {
		for _, op := range w.Final(worker) {
			key, _, _ := keyed(op.Value)
			readers[key]++
		}
	}
	for key := range count {
		if readers[key] != 2 {
			t.Errorf("%d last reads of key %s", readers[key], key)
		}
	}
}

// answers is a store that says what it is told to, in turn, and then nothing.
type answers []any

func (a *answers) Do(_ context.Context, op client.Op) (client.Result, error) {
	if len(*a) == 0 {
		return client.Result{}, fmt.Errorf("%v: %w", op.Kind, client.ErrUnknown)
	}
	next := (*a)[0]
	*a = (*a)[1:]
	switch next := next.(type) {
	case error:
		return client.Result{}, fmt.Errorf("%v: %w", op.Kind, next)
	case client.Result:
		return next, nil
	}
	return client.Result{}, errors.ErrUnsupported
}

func is(value string, version uint64) client.Result {
	return client.Result{OK: true, Value: []byte(value), Version: version}
}

// ending is how an operation ends, by what its calls meet.
type ending struct {
	name, workload, op string
	answers            answers
	want               string
}

func (c ending) check(t *testing.T) {
	w, err := New(c.workload, Config{})
	if err != nil {
		t.Fatal(err)
	}
	end := w.Invoke(t.Context(), &c.answers, script(t, "0 invoke "+c.op)[0])
	if got := line(end); got != c.want {
		t.Errorf("%s, want %s", got, c.want)
	}
	if (end.Error == nil) != (end.Type == history.OK) {
		t.Errorf("error %v of %v", end.Error, end.Type)
	}
}

func TestEndsOfSingleWrites(t *testing.T) {
	no, unknown := client.ErrNotExecuted, client.ErrUnknown
	refused, done := client.Result{Version: 9}, client.Result{OK: true, Version: 10}
	for _, c := range []ending{
		{"read", "register", "read [k nil]", answers{is("7", 3)}, "ok read [k 7] version=3"},
		{"read of nothing", "register", "read [k nil]", answers{client.Result{}}, "ok read [k nil] version=0"},
		{"read of no number", "register", "read [k nil]", answers{is("x", 3)}, "ok read [k x] version=3"},
		{"unknown read", "register", "read [k nil]", answers{unknown}, "fail read [k nil]"},
		{"write", "register", "write [k 1]", answers{done}, "ok write [k 1] version=10"},
		{"refused write", "register", "write [k 1]", answers{no}, "fail write [k 1]"},
		{"unknown write", "register", "write [k 1]", answers{unknown}, "info write [k 1]"},
		{"cas", "register", "cas [k [nil 1]]", answers{is("7", 9), done}, "ok cas [k [7 1]] version=10"},
		{"cas of nothing", "register", "cas [k [nil 1]]", answers{client.Result{}, done}, "ok cas [k [nil 1]] version=10"},
		{"cas, nothing read", "register", "cas [k [nil 1]]", answers{unknown}, "fail cas [k [nil 1]]"},
		{"cas, changed", "register", "cas [k [nil 1]]", answers{is("7", 8), refused}, "fail cas [k [7 1]]"},
		{"cas, not executed", "register", "cas [k [nil 1]]", answers{is("7", 8), no}, "fail cas [k [7 1]]"},
		{"cas, unknown", "register", "cas [k [nil 1]]", answers{is("7", 8), unknown}, "info cas [k [7 1]]"},
		{"nonsense", "register", "jump [k 1]", nil, "fail jump [k 1]"},
		{"nonsense value", "register", "write [k x]", nil, "fail write [k x]"},

		{"cas of a value", "cas-register", "cas [k [7 1]]", answers{is("7", 9), done}, "ok cas [k [7 1]] version=10 condition=9"},
		{"cas of another value", "cas-register", "cas [k [6 1]]", answers{is("7", 9)}, "fail cas [k [6 1]]"},
		{"cas, value came again", "cas-register", "cas [k [7 1]]", answers{is("7", 7), refused}, "fail cas [k [7 1]]"},
		{"cas of a value, unknown", "cas-register", "cas [k [7 1]]", answers{is("7", 9), unknown}, "info cas [k [7 1]] condition=9"},

		{"read", "kv", "read [k nil]", answers{is("7", 3)}, "ok read [k 7] version=3 done=true"},
		{"read of nothing", "kv", "read [k nil]", answers{client.Result{}}, "ok read [k nil] version=0 done=false"},
		{"write", "kv", "write [k 1]", answers{done}, "ok write [k 1] version=10 done=true"},
		{"write-if", "kv", "write-if [k 1]", answers{is("7", 9), done}, "ok write-if [k 1] version=10 condition=9 done=true"},
		{"write-if, fixed", "kv", "write-if [k 1] condition=4", answers{refused}, "ok write-if [k 1] version=9 condition=4 done=false"},
		{"write-if of what was deleted", "kv", "write-if [k 1]", answers{client.Result{Version: 9}, done}, "ok write-if [k 1] version=10 condition=0 done=true"},
		{"delete-if, unknown", "kv", "delete-if [k nil]", answers{is("7", 9), unknown}, "info delete-if [k nil] condition=9"},
		{"delete, refused", "kv", "delete [k nil]", answers{no}, "fail delete [k nil]"},
	} {
		t.Run(c.name, c.check)
	}
}

func TestEndsOfUpdates(t *testing.T) {
	no, unknown := client.ErrNotExecuted, client.ErrUnknown
	refused, done := client.Result{Version: 9}, client.Result{OK: true, Version: 10}
	for _, c := range []ending{
		{"append", "append", "append [k 3]", answers{is("1 2", 9), done}, "ok append [k 3] version=10"},
		{"append, again", "append", "append [k 3]", answers{is("1", 8), refused, is("1 2", 9), done}, "ok append [k 3] version=10"},
		{"append, unknown and there", "append", "append [k 3]", answers{is("1", 8), unknown, is("1 3 2", 10)}, "ok append [k 3]"},
		{"append, unknown and not there yet", "append", "append [k 3]", answers{is("1", 8), unknown, is("1", 8), no}, "info append [k 3]"},
		{"append, unknown, one of two", "append", "append [k 3]", answers{is("1", 8), unknown, is("1", 8), done}, "ok append [k 3] version=10"},
		{"append, unknown, and the other one refused", "append", "append [k 3]", answers{is("1", 8), unknown, is("1", 8), refused, is("1 3", 9)}, "ok append [k 3]"},
		{"append, unknown, and too late ever since", "append", "append [k 3]", answers{is("1", 8), unknown, is("1 2", 9), no}, "fail append [k 3]"},
		{"append, unknown for good", "append", "append [k 3]", answers{is("1", 8), unknown}, "info append [k 3]"},
		{"append, nothing read", "append", "append [k 3]", answers{unknown}, "fail append [k 3]"},
		{"append, refused though it is there", "append", "append [k 3]", answers{is("1", 8), refused, is("1 3", 9), done}, "ok append [k 3] version=10"},
		{"list", "append", "read [k nil]", answers{is("1 x", 8)}, "ok read [k [1 x]] version=8"},

		{"enqueue", "queue", "enqueue [k 3]", answers{is("1 2", 9), done}, "ok enqueue [k 3] version=10"},
		{"enqueue, unknown", "queue", "enqueue [k 3]", answers{is("1 2", 9), unknown}, "info enqueue [k 3] condition=9"},
		{"dequeue", "queue", "dequeue [k nil]", answers{is("1 2", 9), done}, "ok dequeue [k 1] version=10"},
		{"dequeue, the last", "queue", "dequeue [k nil]", answers{is("1", 9), refused, is("2", 9), done}, "ok dequeue [k 2] version=10"},
		{"dequeue, unknown", "queue", "dequeue [k nil]", answers{is("1 2", 9), unknown}, "info dequeue [k 1] condition=9"},
		{"dequeue of nothing", "queue", "dequeue [k nil]", answers{is("", 9)}, "fail dequeue [k nil]"},

		{"add", "counter", "add 2", answers{is("5", 9), done}, "ok add 2 version=10 total=7"},
		{"add, again", "counter", "add 2", answers{is("5", 8), refused, is("6", 9), done}, "ok add 2 version=10 total=8"},
		{"add, unknown", "counter", "add 2", answers{is("5", 9), unknown}, "info add 2 condition=9 total=7"},
		{"add to no number", "counter", "add 2", answers{is("x", 9)}, "fail add 2"},
		{"transfer", "bank", "transfer {from 0 to 1 amount 3}", answers{is("3 3 3 3 3 3 3 3", 9), done}, "ok transfer {:from 0, :to 1, :amount 3} version=10"},
		{"transfer of too much", "bank", "transfer {from 0 to 1 amount 4}", answers{is("3 3 3 3 3 3 3 3", 9)}, "fail transfer {:from 0, :to 1, :amount 4}"},
		{"transfer without a bank", "bank", "transfer {from 0 to 1 amount 4}", answers{client.Result{}}, "fail transfer {:from 0, :to 1, :amount 4}"},
		{"transfer to nowhere", "bank", "transfer {from 0 to 8 amount 4}", nil, "fail transfer {:from 0, :to 8, :amount 4}"},
		{"balances", "bank", "read", answers{is("1 2", 9)}, "ok read {0 1, 1 2} version=9"},
		{"draw", "unique-ids", "generate", answers{is("7", 9), done}, "ok generate 8 version=10"},
		{"draw the first", "unique-ids", "generate", answers{client.Result{}, done}, "ok generate 1 version=10"},
		{"draw, unknown", "unique-ids", "generate", answers{is("7", 9), unknown}, "info generate nil condition=9"},
	} {
		t.Run(c.name, c.check)
	}
}

// line writes a completion as a test has it.
func line(op history.Op) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s %s", op.Type, op.F, strings.ReplaceAll(show(op.Value), `"`, ""))
	for _, e := range op.Extra {
		fmt.Fprintf(&b, " %v=%v", e.Key, e.Value)
	}
	return b.String()
}

func TestKeysWithManyUnknownOutcomesAreLeft(t *testing.T) {
	w, err := New("register", Config{Concurrency: 1, OpsPerKey: 1000})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	seen := map[string]int{}
	for range 200 {
		op := w.Next(rng, 0)
		key, _, _ := keyed(op.Value)
		if end := w.Invoke(t.Context(), &answers{is("1", 1)}, op); op.F == "cas" && end.Type == history.Info {
			seen[key]++
		}
	}
	if len(seen) < 2 {
		t.Errorf("unknown outcomes of one key alone: %v", seen)
	}
	for key, n := range seen {
		if n > unknownLimit {
			t.Errorf("%d unknown outcomes on key %s", n, key)
		}
	}
}

func TestSetupTakesTheNames(t *testing.T) {
	for _, kind := range Kinds() {
		s := newStore(sound)
		lossless := &session{s, 0, rand.New(rand.NewPCG(1, 1)), map[string]int{}}
		setup := func(w Workload) error {
			err := errors.New("not yet")
			for tries := 0; err != nil && tries < 50; tries++ {
				err = w.Setup(t.Context(), exact{lossless})
			}
			return err
		}
		first, _ := New(kind.Name, Config{})
		second, _ := New(kind.Name, Config{})
		other, _ := New(kind.Name, Config{Seed: 1})
		for range 2 {
			if err := setup(first); err != nil {
				t.Errorf("%s: %v", kind.Name, err)
			}
		}
		if err := setup(second); err == nil || !strings.Contains(err.Error(), "another seed") {
			t.Errorf("%s, the same names again: %v", kind.Name, err)
		}
		if err := setup(other); err != nil {
			t.Errorf("%s, other names: %v", kind.Name, err)
		}
	}
}

// exact is a session without a network.
type exact struct{ *session }

func (e exact) Do(_ context.Context, op client.Op) (client.Result, error) {
	return e.apply(op), nil
}

func TestReadModesAreAskedFor(t *testing.T) {
	for _, mode := range quorate.ReadModes() {
		op := readOf(mode, nil)
		if got := modeOf(&op); got != mode {
			t.Errorf("mode %v is read as %v", mode, got)
		}
	}
}
