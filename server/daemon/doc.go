// Package daemon is one member of a cluster file as a process: a [server.Node]
// with its journal, its place in the network, and its doors for HTTP clients and
// operators.
//
//	d, err := daemon.Start(daemon.Config{File: file, ID: id, Protocol: "paxos", New: paxos, DataDir: dir})
//	<-d.Done() // it failed, or somebody called Close
//	err = d.Err()
//
// Start returns when the member serves. From then on three things can happen to
// its node. It can be crashed on purpose and starts again from its journal
// ([Daemon.Crash]). It can fail, because its disk does: the daemon then answers
// for a while, to say why, and ends (Config.Linger). And it can be told to stop
// ([Daemon.Close]): it then takes no more requests, finishes those under way,
// and leaves. In all three, HTTP clients hear at once that this member does not
// serve, and why.
package daemon
