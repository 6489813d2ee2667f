// Package protocols knows every protocol by its name. A new protocol gets a
// line in the table below, and with it all commands.
package protocols

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/internal/planted"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/sim"
)

// Options is what protocols have in common. The zero value stands for each
// protocol's own defaults. A protocol refuses what it cannot honour.
type Options struct {
	Quorums    quorate.QuorumSystem   // of the cluster that the protocol will run on
	Thrifty    bool                   // ask no more members than needed while all is well
	Window     int                    // proposals under way at once, at most
	Batch      int                    // commands in one proposal, at most
	Lease      time.Duration          // how long a lease lasts; 0: no leases
	Policy     string                 // when objects move between zones, as steal.Parse reads it
	ClockError float64                // how wrong the rates of clocks may be, which leases allow for
	Requests   quorate.RequestsConfig // what is admitted from clients
	Trip       time.Duration          // the longest round trip between members, which timeouts must fit; 0: all are near
	Lead       int                    // number of the zone in which a leader shall be elected, if the protocol has one; 0: in any
}

// protocol is an entry of the table.
type protocol struct {
	name    string
	network string // how members talk unless they are told: tcp or udp
	elects  bool   // a leader, which may be wanted in one zone
	leads   bool   // who does not lead refuses, and names the leader, instead of passing requests on
	moves   bool   // what members own moves between zones, by a policy
	reads   bool   // also with less than the log and yet more than a member's own state
	equals  bool   // members that do equal work, whichever of them a client asks
	new     func(Options) (quorate.Constructor, error)
	file    func(*quorate.Config, planted.Bug) (Setup, error) // all but the name
	subject func(planted.Bug) sim.Subject                     // for simulations; the zero bug is none
	bugs    func() planted.Protocol                           // what subject takes beside that; nil is nothing
}

func table() []protocol {
	return []protocol{
		{"epaxos", "tcp", false, false, false, false, true, newEPaxos, fileEPaxos, epaxosSubject, planted.EPaxos},
		{"paxos", "tcp", true, false, false, true, false, newPaxos, filePaxos, paxosSubject, planted.Paxos},
		{"primary", "tcp", false, false, false, false, false, newPrimary, filePrimary, primarySubject, nil},
		{"trex", "udp", true, true, false, true, false, newTrex, fileTrex, trexSubject, planted.Trex},
		{"wpaxos", "tcp", false, false, true, false, false, newWPaxos, fileWPaxos, wpaxosSubject, planted.WPaxos},
	}
}

// Names returns the protocols' names.
func Names() []string {
	var names []string
	for _, p := range table() {
		names = append(names, p.name)
	}
	return names
}

// Network returns how a protocol's members talk unless they are told: tcp or
// udp; tcp for a protocol that is unknown.
func Network(name string) string {
	p, _ := find(name)
	return cmp.Or(p.network, "tcp")
}

// Equals reports whether a protocol's members do equal work, whichever of them a client
// asks, so that clients had best spread over them. An unknown protocol's do not.
func Equals(name string) bool {
	p, _ := find(name)
	return p.equals
}

// Elects reports whether a protocol's members elect a leader, so that Options.Lead
// means something to it.
func Elects(name string) bool {
	p, _ := find(name)
	return p.elects
}

// Forwards reports whether a protocol's members pass on what only the leader may
// answer. Those of others refuse it and name the leader, if they know one.
func Forwards(name string) bool {
	p, _ := find(name)
	return !p.leads
}

// Moves reports whether a protocol has objects that move between zones, by
// Options.Policy. Others refuse one.
func Moves(name string) bool {
	p, _ := find(name)
	return p.moves
}

// Reads returns the read modes that a protocol offers: it refuses others.
func Reads(name string) []quorate.ReadMode {
	if p, _ := find(name); p.reads {
		return quorate.ReadModes()
	}
	return []quorate.ReadMode{quorate.ReadLog, quorate.ReadLocal}
}

// ErrUnknown is wrapped by what New and Subject return for a name that is in no
// table.
var ErrUnknown = errors.New("unknown")

// New returns the constructor of a protocol's replicas. It reports an unknown
// name, and options that the protocol refuses.
func New(name string, opts Options) (quorate.Constructor, error) {
	p, err := find(name)
	if err != nil {
		return nil, err
	}
	return p.new(opts)
}

func find(name string) (protocol, error) {
	for _, p := range table() {
		if p.name == name {
			return p, nil
		}
	}
	return protocol{}, fmt.Errorf("%w protocol %q: want one of %s", ErrUnknown, name, strings.Join(Names(), ", "))
}

// refusesPolicy is the error of a protocol whose leadership does not move with those who ask.
func refusesPolicy(name string, opts Options) error {
	if opts.Policy != "" {
		return fmt.Errorf("%s has no objects that move: a policy such as %s is for wpaxos", name, opts.Policy)
	}
	return nil
}

func newPaxos(opts Options) (quorate.Constructor, error) {
	if err := refusesPolicy("paxos", opts); err != nil {
		return nil, err
	}
	cfg := paxos.Config{
		Quorums: opts.Quorums, Thrifty: opts.Thrifty,
		Window: opts.Window, Batch: opts.Batch, Requests: opts.Requests,
		Lease: opts.Lease, ClockError: opts.ClockError,
	}
	return opts.standing(func(t timers) (quorate.Constructor, error) {
		cfg := cfg
		cfg.Heartbeat, cfg.ElectionTimeout, cfg.Retransmit = t.heartbeat, t.election, t.retransmit
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
		return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return paxos.New(n, app, cfg) }, nil
	})
}

func newPrimary(opts Options) (quorate.Constructor, error) {
	if !opts.Quorums.IsZero() || opts.Thrifty || opts.Policy != "" || opts.Window != 0 || opts.Batch != 0 || opts.Lease != 0 || opts.ClockError != 0 || opts.Requests != (quorate.RequestsConfig{}) {
		return nil, errors.New("protocol primary takes no options: its quorum is a majority, and it asks everybody")
	}
	return primary.New, nil
}
