// Package admin is a node's door for operators: metrics, health, status,
// profiles, and faults on purpose. It is HTTP, on a listener of its own.
//
// [Handler] serves one node. It needs a [Target], which is the process around
// the node, and it wants to see the node's events, links and commits:
//
//	h, err := admin.New(admin.Config{Target: daemon, Token: token})
//	node, err := server.StartNode(h.Instrument(cfg)) // at each start
//	http.Serve(listener, h)
//
// [Client] is the other end, for commands, tests and benchmarks. What the
// endpoints take and give is described in docs/admin.md.
//
// Whoever reaches the door can crash the node, so it belongs on the loopback
// interface, or behind a token: [CheckListen] refuses an address that is
// neither. A page in a browser on the same machine reaches the loopback
// interface, too; requests that one could have made are refused.
package admin
