package server_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
)

// A cluster survives the crash of one of its three nodes, and a client tells
// what may have been executed when it does not survive the second.
func Example() {
	cluster, err := server.StartLocal(server.LocalConfig{
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return paxos.New(n, app, paxos.Config{})
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	c, err := cluster.Client(client.Config{})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	put, err := c.Put(ctx, "colour", []byte("green"))
	fmt.Println("put: version", put.Version, err)

	nodes := cluster.Cluster().IDs()
	cluster.Stop(nodes[0])
	got, err := c.Get(ctx, "colour")
	fmt.Printf("one node down: %s at version %d, %v\n", got.Value, got.Version, err)

	held, err := c.PutIf(ctx, "colour", []byte("red"), 7)
	fmt.Println("put at version 7:", held.OK, err)

	cluster.Stop(nodes[1])
	cluster.Stop(nodes[2])
	brief, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err = c.Put(brief, "colour", []byte("blue"))
	fmt.Println("all nodes down: not executed for certain:", errors.Is(err, client.ErrNotExecuted))
	// Output:
	// put: version 1 <nil>
	// one node down: green at version 1, <nil>
	// put at version 7: false <nil>
	// all nodes down: not executed for certain: true
}
