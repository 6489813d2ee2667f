// Package remote reaches a running cluster from its cluster file: for programs
// that are not members of it, such as the benchmark, the command line and tests
// of real processes.
//
//	cluster, err := remote.Open(remote.Config{File: file})
//	defer cluster.Close()
//	c, err := cluster.Client(client.Config{})
//	c.Put(ctx, "k", []byte("v"))
package remote
