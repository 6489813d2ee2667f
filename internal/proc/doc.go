// Package proc is for tests of the real thing: it builds the quorate binary,
// and starts, kills and watches processes of it, alone or as a cluster.
//
//	c := proc.NewCluster(t, 3, nil)
//	c.StartAll(t, "--init")        // waits until all of them serve
//	c.Process(c.ID(0)).Kill()      // kill -9
//	c.Start(t, c.ID(0))            // again, from its journal
//
// Whatever a test started is killed when it ends. Where there is no go command,
// a test is skipped.
package proc
