// Package tester tests clusters of real processes: clients work on one while things go
// wrong, all is healed, the clients read what is left, and what they saw is checked.
package tester

import (
	"context"
	"encoding/json"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/workloads"
	"github.com/quorate/quorate/transport"
)

// Config says what to test. Its zero value is a test of Multi-Paxos.
type Config struct {
	// Name is the test's. Empty is made of the protocol, the workload and the nemeses.
	Name string
	// Protocol is the name of the protocol. Zero is "paxos".
	Protocol string
	// Options are the protocol's.
	Options protocols.Options
	// Settings are further ones, a JSON object as a cluster file has them under "options":
	// those of this protocol only, such as how much log it keeps. Empty is none.
	Settings json.RawMessage
	// Zones and Nodes shape the cluster. Zero is one zone of three nodes.
	Zones, Nodes int
	// File is the cluster file of a cluster that runs already, which is tested instead.
	// Nil starts one.
	File *quorate.Config
	// Elsewhere says of a configuration that was read that its test was of a cluster that
	// ran already: whoever runs it again has to give the File.
	Elsewhere bool
	// Bug is a bug planted in the protocol, see [protocols.Bugs]: a test that does not
	// find it is too weak. Empty is none.
	Bug string

	// Workload is the name of what the clients do. Zero is "register".
	Workload string
	// Read is the guarantee that reads ask for.
	Read quorate.ReadMode
	// Nemeses are the names of what goes wrong. None is nothing.
	Nemeses []string
	// Network is how members are kept from hearing each other: Hooks, which is the default,
	// or Packets, which needs that the program is in a network of its own, see package
	// netns.
	Network string
	// Interval is about how long a fault takes, and a pause between faults. Zero is 5 s.
	Interval time.Duration
	// TimeLimit is how long the clients work while things go wrong. Zero is 60 s.
	TimeLimit time.Duration
	// Rate is how many operations all clients together begin a second, at most. Zero is
	// 200.
	Rate float64
	// Concurrency is the number of clients. Zero is one for each node.
	Concurrency int
	// Keys is how many keys are in use at a time. Zero is the workload's own.
	Keys int
	// OpsPerKey is after how many operations a key is left for another one. Zero is the
	// workload's own.
	OpsPerKey int
	// Seed fixes what is drawn at random: what the clients ask for, and what goes wrong
	// when. What becomes of it is the machine's doing.
	Seed uint64

	// Raw ends a call as soon as it is not known what became of it, as a client without
	// retries would; see [client.Config]. By default it goes on under its number.
	Raw bool
	// Timeout bounds each call of a client. Zero is 5 s.
	Timeout time.Duration
	// Most bounds the history, in events: the clients stop when it is that long. Zero is
	// two million.
	Most int
	// Patience bounds how long the cluster may take to start, and once all is healed, to
	// serve again. Zero is 30 s.
	Patience time.Duration
	// StopEarly has the calls checked while clients make them, and the test end with what
	// breaks a promise, or with a member that ended by itself.
	StopEarly bool
	// Quiet is the time between healing and the final reads. Zero is 1 s.
	Quiet time.Duration

	// Binary is the program that runs a member: quorate itself. It is needed unless a
	// File is given.
	Binary string
	// Args are further flags for every member.
	Args []string
	// TLS and Token are what the members of a File want.
	TLS   *transport.TLSConfig
	Token string
	// Hold is called once the results are there and kept, before the cluster ends, with
	// the path of its cluster file: it runs as long as Hold does. Nil ends it at once.
	Hold func(ctx context.Context, r *results.Results, file string)
	// Store is the directory in which the test's directory is made. Empty keeps nothing.
	Store string
	// CheckLimit bounds the time of the checks. Zero is one minute.
	CheckLimit time.Duration

	target   func(ctx context.Context, cfg *Config, log logs) (target, error) // for tests; nil starts processes, or reaches File
	workload workloads.Workload                                               // for tests
}
