package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/trex/engine"
)

// frugal gives every result in the same bytes.
type frugal struct {
	counter
	result [1]byte
}

func (f *frugal) Apply([]byte) []byte { f.result[0]++; return f.result[:] }

// What an App does with its result later does not change what a retry gets.
func TestResultsAreCopied(t *testing.T) {
	c := open(t, engine.LocalConfig{}, func(quorate.ID) engine.App { return &frugal{} })
	raw := newRaw(t)
	first, second := raw.command(1, ask{}), raw.command(2, ask{})
	for _, cmd := range []quorate.Command{first, second, first} {
		if r := raw.reply(c, 0, cmd); len(r.Value) != 1 || r.Value[0] != byte(cmd.Seq) {
			t.Errorf("command %d returns %v", cmd.Seq, r.Value)
		}
	}
}

var errBroken = errors.New("broken")

// broken takes so many snapshots, and restores none.
type broken struct {
	counter
	good int
}

func (b *broken) Snapshot(w io.Writer) error {
	if b.good--; b.good < 0 {
		return errBroken
	}
	return b.counter.Snapshot(w)
}

func (b *broken) Restore(io.Reader) error { return errBroken }

// An App that cannot take a snapshot stops its member, which says why; one that
// cannot restore what its journal has does not start.
func TestBrokenApps(t *testing.T) {
	if err := openWith(&broken{})(); !errors.Is(err, errBroken) {
		t.Errorf("an App without a snapshot of its initial state: %v", err)
	}
	good := 1
	l, err := engine.OpenLocal(engine.LocalConfig{Options: hasty()}, func(quorate.ID) engine.App { return &broken{good: good} })
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{l, t}
	defer c.Close()
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	for range 3 {
		go func() {
			for ctx.Err() == nil {
				_, _ = c.Engine(0).Execute(ctx, []byte("1")) // nobody may be left
			}
		}()
	}
	for c.Engine(0).Err() == nil {
		c.pause(ctx, "the end of a member")
	}
	cancel()
	if err := c.Engine(0).Err(); !errors.Is(err, errBroken) {
		t.Errorf("a member whose App takes no snapshot: %v", err)
	}

	good = 1000
	l2, err := engine.OpenLocal(engine.LocalConfig{Options: hasty()}, func(quorate.ID) engine.App { return &broken{good: good} })
	if err != nil {
		t.Fatal(err)
	}
	c2 := &cluster{l2, t}
	defer c2.Close()
	for range 30 {
		if _, err := c2.Engine(0).Execute(within(t), []byte("1")); err != nil {
			t.Fatal(err)
		}
	}
	id := c2.Cluster().ID(0)
	for ctx := within(t); ; c2.pause(ctx, "a trimmed log") {
		if r, err := c2.Report(ctx, id); err != nil {
			t.Fatal(err)
		} else if r.Executed > 25 && r.Retained < 10 {
			break
		}
	}
	if err := errors.Join(c2.Stop(id), c2.Start(id)); !errors.Is(err, errBroken) {
		t.Errorf("a member whose App restores nothing: %v", err)
	}
}

// A member that an operator has crashed comes back with the same App, from its
// initial state and its journal.
func TestCrashByAnOperator(t *testing.T) {
	f := newFleet(t, 1)
	ports := proc.Ports(t, 1)
	file := &quorate.Config{Addresses: f.cfg.Members, AdminAddresses: map[quorate.ID]string{f.id(0): fmt.Sprintf("http://127.0.0.1:%d", ports[0])}}
	cfg := f.config(0)
	cfg.Members, cfg.File, cfg.Init, cfg.DataDir = nil, file, true, filepath.Join(f.dir, "journal")
	e, err := engine.Open(cfg, &counter{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for round := range 3 {
		sum, err := e.Execute(within(t), []byte("10"))
		if err != nil || string(sum) != fmt.Sprint(10*(round+1)) {
			t.Fatalf("round %d: %s, %v", round, sum, err)
		}
		res, err := http.Post(file.AdminAddresses[f.id(0)]+"/crash?t=10ms", "", strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("crash: %s", res.Status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
