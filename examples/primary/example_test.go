package primary_test

import (
	"context"
	"fmt"

	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/server"
)

// Three nodes in this process, and a client.
func Example() {
	cluster, err := server.StartLocal(server.LocalConfig{New: primary.New})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()
	c, err := cluster.Client(client.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if _, err := c.Put(ctx, "greeting", []byte("hello")); err != nil {
		fmt.Println(err)
		return
	}
	got, err := c.Get(ctx, "greeting")
	fmt.Printf("%s, version %d, error %v\n", got.Value, got.Version, err)
	// Output: hello, version 1, error <nil>
}
