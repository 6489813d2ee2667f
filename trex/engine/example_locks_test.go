package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/engine"
)

// lock is a command: Op is acquire or release. Now is the caller's clock, since the
// epoch: replicas must not read their own.
type lock struct {
	Op, Name string
	Now, For time.Duration
	Stamp    uint64 // of who has it already
}

// grant is a result. A resource that the lock guards refuses stamps below the
// greatest that it has seen: a holder that was too slow may not know that its time
// is over.
type grant struct {
	OK    bool
	Stamp uint64
	Until time.Duration
}

// locks are held until a time, by who knows their stamp.
type locks struct {
	Last uint64 // stamp
	Held map[string]grant
}

// Apply executes an acquire or a release.
func (l *locks) Apply(c lock) grant {
	has := l.Held[c.Name]
	mine := has.OK && c.Stamp == has.Stamp
	switch {
	case c.Op == "release" && mine:
		delete(l.Held, c.Name)
		return has
	case c.Op != "acquire" || has.OK && !mine && c.Now < has.Until:
		return grant{Until: has.Until}
	case !mine:
		l.Last++
		has = grant{OK: true, Stamp: l.Last}
	}
	has.Until = max(has.Until, c.Now+c.For) // one caller's clock may be behind
	l.Held[c.Name] = has
	return has
}

// Query tells who has a lock.
func (l *locks) Query(q lock) grant { return l.Held[q.Name] }

// Snapshot writes the state.
func (l *locks) Snapshot(w io.Writer) error { return json.NewEncoder(w).Encode(l) }

// Restore reads it.
func (l *locks) Restore(r io.Reader) error {
	*l = locks{}
	return json.NewDecoder(r).Decode(l)
}

// Locks that end by themselves: the time is in the command.
func ExampleOf() {
	cluster, err := engine.OpenLocal(engine.LocalConfig{}, func(quorate.ID) engine.App {
		return engine.Of(&locks{Held: map[string]grant{}})
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()
	ctx := context.Background()
	try := func(member int, c lock) {
		g, err := engine.For[lock, grant](cluster.Engine(member)).Execute(ctx, c)
		fmt.Println(c.Op, c.Now, g.OK, g.Stamp, g.Until, err)
	}
	try(0, lock{Op: "acquire", Name: "door", Now: 10 * time.Second, For: 5 * time.Second})
	try(1, lock{Op: "acquire", Name: "door", Now: 12 * time.Second, For: 5 * time.Second})
	try(0, lock{Op: "acquire", Name: "door", Now: 13 * time.Second, For: 5 * time.Second, Stamp: 1}) // longer
	if err := cluster.Stop(cluster.Engine(0).ID()); err != nil {
		fmt.Println(err)
	}
	try(1, lock{Op: "acquire", Name: "door", Now: 17 * time.Second, For: 5 * time.Second})
	try(1, lock{Op: "acquire", Name: "door", Now: 18 * time.Second, For: 5 * time.Second}) // it has expired
	try(2, lock{Op: "release", Name: "door", Stamp: 1})
	try(2, lock{Op: "release", Name: "door", Stamp: 2})
	// Output:
	// acquire 10s true 1 15s <nil>
	// acquire 12s false 0 15s <nil>
	// acquire 13s true 1 18s <nil>
	// acquire 17s false 0 18s <nil>
	// acquire 18s true 2 23s <nil>
	// release 0s false 0 23s <nil>
	// release 0s true 2 23s <nil>
}
