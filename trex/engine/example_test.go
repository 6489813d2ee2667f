package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/trex/engine"
)

// counter is the object that is replicated.
type counter struct{ sum int64 }

// Apply executes a command: a number to add.
func (c *counter) Apply(command []byte) []byte {
	n, err := strconv.ParseInt(string(command), 10, 64)
	if err != nil {
		return []byte("not a number") // the same on every member
	}
	c.sum += n
	return c.Query(nil)
}

// Query answers the only question there is.
func (c *counter) Query([]byte) []byte { return strconv.AppendInt(nil, c.sum, 10) }

// Snapshot writes the state.
func (c *counter) Snapshot(w io.Writer) error {
	_, err := fmt.Fprint(w, c.sum)
	return err
}

// Restore reads it.
func (c *counter) Restore(r io.Reader) error {
	_, err := fmt.Fscan(r, &c.sum)
	return err
}

// A counter on three members in this process. One of them dies.
func ExampleOpenLocal() {
	cluster, err := engine.OpenLocal(engine.LocalConfig{}, func(quorate.ID) engine.App { return &counter{} })
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()
	ctx := context.Background()

	sum, err := cluster.Engine(0).Execute(ctx, []byte("40"))
	fmt.Println(string(sum), err)

	if err := cluster.Stop(cluster.Engine(0).ID()); err != nil {
		fmt.Println(err)
	}
	sum, err = cluster.Engine(1).Execute(ctx, []byte("2"))
	fmt.Println(string(sum), err)

	sum, err = cluster.Engine(2).Query(ctx, nil, quorate.ReadIndex)
	fmt.Println(string(sum), err)
	// Output:
	// 40 <nil>
	// 42 <nil>
	// 42 <nil>
}

// add says what a caller may believe.
func add(ctx context.Context, e *engine.Engine, n int) string {
	sum, err := e.Execute(ctx, strconv.AppendInt(nil, int64(n), 10))
	switch {
	case err == nil:
		return "done, the sum is " + string(sum)
	case errors.Is(err, client.ErrNotExecuted):
		return "nothing was added, and it is safe to try again"
	case errors.Is(err, client.ErrUnknown):
		return "look at the sum before you try again"
	}
	return "added, but the new sum did not arrive"
}

// What an error says of the command.
func ExampleEngine_Execute() {
	cluster, err := engine.OpenLocal(engine.LocalConfig{MaxCommand: 10}, func(quorate.ID) engine.App { return &counter{} })
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	fmt.Println(add(ctx, cluster.Engine(0), 1))
	fmt.Println(add(ctx, cluster.Engine(0), 12345678901))
	cluster.Close()
	fmt.Println(add(ctx, cluster.Engine(0), 1))
	// Output:
	// done, the sum is 1
	// nothing was added, and it is safe to try again
	// nothing was added, and it is safe to try again
}
