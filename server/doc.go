// Package server runs replicas in real time.
//
// [Node] is one live node: a replica on its link, with its journal and the loop
// that drives it. [Local] is a whole cluster of such nodes in this process, on
// channels or on loopback sockets, for comparisons, examples and tests: its
// nodes can be stopped dead and started again, and cut off from each other.
//
//	cluster, err := server.StartLocal(server.LocalConfig{New: protocol})
//	defer cluster.Close()
//	c, err := cluster.Client(client.Config{})
//	c.Put(ctx, "k", []byte("v"))
//	cluster.Stop(cluster.Cluster().ID(0))
//	c.Get(ctx, "k")
//
// A node serves the process that it runs in without a socket: [Node.Do],
// [Node.Submit] and [Node.History] are what server/rest puts behind HTTP, and
// [Seat] stands for a node that may crash and start again.
//
// The package knows no protocol: it gets a [quorate.Constructor].
package server
