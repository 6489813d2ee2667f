package quorate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const testHorizon = 10 * time.Second

var commandKeys = []string{"", "a", "b"}

// commandGen draws from a domain so small that commands repeat, expire and
// meet each other.
func commandGen() *rapid.Generator[Command] {
	return rapid.Custom(func(t *rapid.T) Command {
		return Command{
			Client:  Client(rapid.Uint64Range(1, 2).Draw(t, "client")),
			Seq:     rapid.Uint64Range(0, 7).Draw(t, "seq"),
			Issued:  time.Duration(rapid.IntRange(0, 30).Draw(t, "issued")) * time.Second,
			Op:      Op(rapid.IntRange(0, 7).Draw(t, "op")),
			Key:     rapid.SampledFrom(commandKeys).Draw(t, "key"),
			Value:   []byte(rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "value")),
			Version: rapid.Uint64Range(0, 3).Draw(t, "version"),
		}
	})
}

func drawCommands(t *rapid.T, most int) []Command {
	return rapid.SliceOfN(commandGen(), 0, most).Draw(t, "commands")
}

// drawDistinct draws commands that have a number each, as clients number them.
func drawDistinct(t *rapid.T, most int) []Command {
	commands := drawCommands(t, most)
	for i := range commands {
		commands[i].Seq = uint64(i)
	}
	return commands
}

// fullSnapshot is everything that once holds.
func fullSnapshot(once *Once) []byte {
	var all []byte
	for _, key := range once.Keys() {
		all = fmt.Appendf(all, "%q: %x\n", key, once.Snapshot(nil, key))
	}
	return all
}

// naive is the exactly-once store written for the reader: a list per key, and
// every rule as a sentence.
type naive map[string]*naiveKey

type naiveKey struct {
	versions []*string // what each write left, nil for a delete
	newest   time.Duration
	done     []naiveOutcome
}

type naiveOutcome struct {
	id     CommandID
	issued time.Duration
	result Result
}

func (m naive) apply(c Command) Result {
	k := m[c.Key]
	switch {
	case c.Op == OpGet && k == nil:
		return Result{}
	case c.Op == OpGet:
		return k.read()
	case c.Op == OpTrim:
		m.at(c).advance(c.Issued)
	case c.Op.IsWrite():
		return m.write(c)
	}
	return Result{OK: c.Op <= OpTrim}
}

func (m naive) at(c Command) *naiveKey {
	if m[c.Key] == nil {
		m[c.Key] = &naiveKey{newest: c.Issued}
	}
	return m[c.Key]
}

func (m naive) write(c Command) Result {
	k := m.at(c)
	if c.Issued < k.newest-testHorizon {
		return Result{Expired: true}
	}
	for _, o := range k.done {
		if o.id == c.ID() && o.issued == c.Issued {
			return o.result
		}
	}
	r := k.execute(c)
	k.done = append(k.done, naiveOutcome{c.ID(), c.Issued, r})
	k.advance(c.Issued)
	return r
}

func (k *naiveKey) read() Result {
	r := Result{Version: uint64(len(k.versions))}
	if n := len(k.versions); n > 0 && k.versions[n-1] != nil {
		r.OK, r.Value = true, []byte(*k.versions[n-1])
	}
	return r
}

func (k *naiveKey) execute(c Command) Result {
	at := k.read()
	if !at.OK {
		at.Version = 0
	}
	if (c.Op == OpPutIf || c.Op == OpDeleteIf) && c.Version != at.Version {
		return Result{Version: at.Version}
	}
	var after *string
	if c.Op == OpPut || c.Op == OpPutIf {
		after = new(string(c.Value))
	}
	k.versions = append(k.versions, after)
	return Result{OK: true, Version: uint64(len(k.versions))}
}

func (k *naiveKey) advance(issued time.Duration) {
	k.newest = max(k.newest, issued)
	k.done = slices.DeleteFunc(k.done, func(o naiveOutcome) bool { return o.issued < k.newest-testHorizon })
}

// compare fails unless once gives every command the model's result, also after
// each key has moved to another Once by snapshot at some point on the way.
func compare(t interface{ Fatalf(string, ...any) }, commands []Command, moveAt int) {
	model, once := naive{}, NewOnce(NewKV(KVConfig{}), OnceConfig{Horizon: testHorizon})
	for i, c := range commands {
		if i == moveAt {
			once = moved(t, once)
		}
		want, got := model.apply(c), once.Apply(c)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%d: %v at %v = %+v, want %+v", i, c, c.Issued, got, want)
		}
	}
}

func moved(t interface{ Fatalf(string, ...any) }, from *Once) *Once {
	to := NewOnce(NewKV(KVConfig{}), OnceConfig{Horizon: from.Horizon()})
	for _, key := range from.Keys() {
		if err := to.Restore(key, from.Snapshot(nil, key)); err != nil {
			t.Fatalf("%v", err)
		}
	}
	if a, b := fullSnapshot(from), fullSnapshot(to); !bytes.Equal(a, b) {
		t.Fatalf("a move by snapshot changed\n%s to\n%s", a, b)
	}
	return to
}

// Executing a part of a history again, on a state that includes it, changes
// nothing: what a restart and a state transfer do. It holds for faulty clients,
// too, which give one number to several commands.
func TestReplayChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		commands := drawCommands(t, 60)
		once := NewOnce(NewKV(KVConfig{}), OnceConfig{Horizon: testHorizon})
		for _, c := range commands {
			once.Apply(c)
		}
		want := fullSnapshot(once)
		from := rapid.IntRange(0, len(commands)).Draw(t, "from")
		for _, c := range commands[from:] {
			once.Apply(c)
		}
		if got := fullSnapshot(once); !bytes.Equal(got, want) {
			t.Fatalf("a replay from command %d changed\n%s to\n%s", from, want, got)
		}
	})
}

func TestOnceBehavesAsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		commands := drawCommands(t, 60)
		compare(t, commands, rapid.IntRange(0, 60).Draw(t, "move at"))
	})
}

// The same with tables long enough to be indexed, to grow and to shrink: time
// goes on at changing speed, and commands come late, twice, or too late.
func TestOnceBehavesAsItsModelUnderLoad(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var commands []Command
		var now time.Duration
		for i := range 6000 {
			speed := []time.Duration{time.Millisecond, 30 * time.Millisecond, time.Second}[i/500%3]
			now += time.Duration(rng.Int64N(int64(speed)))
			c := Command{
				Client: Client(rng.Uint64N(4)), Seq: uint64(i), Issued: now - time.Duration(rng.Int64N(int64(3*time.Second))),
				Op: Op(rng.IntN(7)), Key: commandKeys[rng.IntN(3)], Value: []byte{byte(i)}, Version: rng.Uint64N(3),
			}
			if c.Op == OpTrim && i%10 > 0 {
				c.Op = OpPut
			}
			if back := rng.IntN(1500); rng.IntN(3) == 0 && back < i {
				c = commands[i-1-back]
			}
			commands = append(commands, c)
		}
		compare(t, commands, 3000)
	}
}

// Replicas that agree on the order of each key, and on nothing else, converge:
// this is what a table per client would break.
func TestOnceConvergesWhereOnlyTheOrderPerKeyAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		commands := drawCommands(t, 60)
		a, b := newTestOnce(), newTestOnce()
		for _, c := range commands {
			a.Apply(c)
		}
		byKey := map[string][]Command{}
		for _, c := range commands {
			byKey[c.Key] = append(byKey[c.Key], c)
		}
		for left := len(commands); left > 0; {
			key := rapid.SampledFrom(commandKeys).Draw(t, "next")
			if len(byKey[key]) > 0 {
				b.Apply(byKey[key][0])
				byKey[key] = byKey[key][1:]
				left--
			}
			// A read at one replica only leaves no trace.
			b.Apply(Command{Op: OpGet, Key: key, Issued: time.Hour})
		}
		if sa, sb := fullSnapshot(a), fullSnapshot(b); !bytes.Equal(sa, sb) {
			t.Fatalf("replicas diverged:\n%s\n%s", sa, sb)
		}
	})
}

// Duplicates change nothing, wherever and however often they come.
func TestOnceIgnoresDuplicates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		commands := drawDistinct(t, 40)
		plain, noisy := newTestOnce(), newTestOnce()
		for i, c := range commands {
			plain.Apply(c)
			noisy.Apply(c)
			for range rapid.IntRange(0, 3).Draw(t, "duplicates") {
				noisy.Apply(commands[rapid.IntRange(0, i).Draw(t, "of")])
			}
			if a, b := fullSnapshot(plain), fullSnapshot(noisy); !bytes.Equal(a, b) {
				t.Fatalf("after %d commands:\n%s, with duplicates\n%s", i+1, a, b)
			}
		}
	})
}

func newTestOnce() *Once {
	return NewOnce(NewKV(KVConfig{}), OnceConfig{Horizon: testHorizon})
}
