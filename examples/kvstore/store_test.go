package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/engine"
)

// Three members in this process; what is written on one is read on another.
func Example() {
	cluster, err := engine.OpenLocal(engine.LocalConfig{}, func(quorate.ID) engine.App { return New() })
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()
	ctx := context.Background()
	one, two := Use(cluster.Engine(0)), Use(cluster.Engine(1))

	fmt.Println(one.Put(ctx, "hello", "world"))
	fmt.Println(two.Get(ctx, "hello"))
	fmt.Println(two.PutIf(ctx, "hello", "there", 1))
	fmt.Println(one.PutIf(ctx, "hello", "too late", 1))
	fmt.Println(one.Get(ctx, "hello"))
	// Output:
	// <nil>
	// {world 1} true <nil>
	// true <nil>
	// false <nil>
	// {there 2} true <nil>
}

// The calls and their results, one after the other.
func TestConsistentStore(t *testing.T) {
	const start = `
remove hello       ok
get hello          hello is absent
put hello world    ok
get hello          hello = world, version 1
put hello world    ok
get hello          hello = world, version 2
remove hello       ok
get hello          hello is absent
put hello world 10 false
get hello          hello is absent
put hello world 0  true
get hello          hello = world, version 1
put hello world 0  false
put hello world 1  true
get hello          hello = world, version 2
remove hello 1     false
get hello          hello = world, version 2
remove hello 2     true
get hello          hello is absent
remove hello 0     false
remove hello 2     false
put a b c d        error: unknown command, or a word too many or too few: try help
put a b c          error: version "c": want a number
fetch a            error: unknown command, or a word too many or too few: try help
get                error: unknown command, or a word too many or too few: try help
kill 9.9           error: node 9.9 is not a member of {1.1, 1.2, 1.3}
`
	var in, want strings.Builder
	for line := range strings.Lines(strings.TrimSpace(start) + "\n") {
		in.WriteString(line[:19] + "\n")
		want.WriteString(line[19:])
	}
	if got := play(t, in.String()); got != want.String() {
		t.Errorf("have:\n%s\nwant:\n%s", got, want.String())
	}
}

// A client that has read version 1 overwrites a value that it has never seen:
// versions restart when a key is removed.
func TestVersionsRestart(t *testing.T) {
	got := play(t, "put k first\nget k\nremove k\nput k second\nput k third 1\nget k\n")
	if !strings.HasSuffix(got, "true\nk = third, version 2\n") {
		t.Error(got)
	}
}

// The leader dies; the store goes on, and the leader comes back.
func TestFailover(t *testing.T) {
	leader := strings.TrimSpace(play(t, "put k v\nleader\n"))
	id := strings.Fields(leader)[1]
	got := play(t, "put k v\nkill "+id+"\nput k w 1\nget k\nleader\nstart "+id+"\nkill 1.1\nkill 1.1\nget k\n")
	for _, want := range []string{id + " is dead\ntrue\nk = w, version 2\n", "k = w, version 2\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nwant %q in it", got, want)
		}
	}
}

// play gives a demo its input, and returns its output but for the first line.
func play(t *testing.T, in string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := program().Main(args, strings.NewReader(in), &out); code != 0 {
		t.Errorf("exit code %d", code)
	}
	first, rest, _ := strings.Cut(out.String(), "\n")
	if first != "a cluster of three members is ready; help lists the commands" {
		t.Errorf("it says %q first", first)
	}
	return rest
}

func TestSnapshot(t *testing.T) {
	before := Table{"a": {"\xff\x00", 1<<64 - 1}, "": {"", 1}, "\xfe": {"x", 2}}
	var b bytes.Buffer
	if err := before.Snapshot(&b); err != nil {
		t.Fatal(err)
	}
	after := Table{"old": {"y", 3}}
	if err := after.Restore(&b); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("restored %v, want %v", after, before)
	}
	if err := after.Restore(strings.NewReader("{")); err == nil {
		t.Error("a torn snapshot is restored")
	}
}
