package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/child"
	"github.com/quorate/quorate/trex/engine"
)

// TestMain lets this binary be a member of a test's cluster.
func TestMain(m *testing.M) {
	if cfg := os.Getenv("ENGINE_MEMBER"); cfg != "" {
		play(cfg)
		return
	}
	goleak.VerifyTestMain(m)
}

// role is what a child needs to know of its engine.Config.
type role struct {
	ID      string
	Members map[string]string
	Dir     string
	Init    bool
}

// play is a member until it is killed.
func play(text string) {
	var r role
	err := json.Unmarshal([]byte(text), &r)
	cfg := engine.Config{Members: map[quorate.ID]string{}, DataDir: r.Dir, Init: r.Init}
	for id, at := range r.Members {
		member, _ := quorate.ParseID(id)
		cfg.Members[member] = at
	}
	cfg.ID, _ = quorate.ParseID(r.ID)
	if err == nil {
		_, err = engine.Open(cfg, engine.Of(&pile{}))
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("serves")
	select {}
}

// spawn starts a member as a process, and waits until it serves.
func (f *fleet) spawn(i int, first bool) *child.Child {
	f.t.Helper()
	cfg := f.config(i)
	r := role{ID: cfg.ID.String(), Members: map[string]string{}, Dir: cfg.DataDir, Init: first}
	for id, at := range cfg.Members {
		r.Members[id.String()] = at
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ENGINE_MEMBER="+string(must(json.Marshal(r))(f.t)))
	in, out, err := os.Pipe()
	if err != nil {
		f.t.Fatal(err)
	}
	cmd.Stdout = out
	c, err := child.Start(cmd)
	out.Close()
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(c.Kill)
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil || line != "serves\n" {
		f.t.Fatalf("member %v says %q, %v", cfg.ID, line, err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, in) // until the child ends
		in.Close()
	}()
	return c
}

// Processes are killed with signal 9, whichever leads, in the midst of the work,
// and start again from their journals. Nothing that was acknowledged is lost, and
// nothing is executed twice.
func TestKilledProcesses(t *testing.T) {
	f := newFleet(t, 3)
	children := []*child.Child{nil, f.spawn(1, true), f.spawn(2, true)}
	cfg := f.config(0)
	cfg.Init = true
	e := f.start(cfg)

	ctx, stop := context.WithCancel(within(t))
	defer stop()
	var pushed, unknown []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ctx.Err() == nil; n++ {
			item := fmt.Sprint(n)
			switch _, err := engine.For[ask, answer](e).Execute(ctx, ask{Op: "push", Item: item}); {
			case err == nil:
				pushed = append(pushed, item)
			case errors.Is(err, client.ErrUnknown):
				unknown = append(unknown, item)
			}
		}
	}()
	for round := range 4 {
		victim := 1 + round%2
		if leader, err := e.Leader(ctx); err != nil {
			t.Fatal(err)
		} else if leader == f.id(2) {
			victim = 2
		}
		before := size(t, e)
		children[victim].Kill()
		for size(t, e) < before+10 { // the others go on
			<-glance()
		}
		children[victim] = f.spawn(victim, false)
	}
	stop()
	<-done
	items := must(engine.For[ask, answer](e).Query(within(t), ask{}, quorate.ReadIndex))(t).Items
	sorted := slices.Sorted(slices.Values(items))
	if n := len(slices.Compact(sorted)); n != len(items) {
		t.Errorf("%d of %d items are there twice", len(items)-n, len(items))
	}
	for _, item := range pushed {
		if !slices.Contains(items, item) {
			t.Errorf("%s was acknowledged and is not there", item)
		}
	}
	if extra := len(items) - len(pushed); extra < 0 || extra > len(unknown) {
		t.Errorf("%d items, %d acknowledged, %d unknown: %s", len(items), len(pushed), len(unknown), strings.Join(unknown, " "))
	}
	t.Logf("%d items, %d unknown", len(items), len(unknown))
}
