package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// Config says which member of which cluster a [Daemon] is. File, ID, Protocol
// and New are required.
type Config struct {
	// File is the cluster file. It must be valid.
	File *quorate.Config
	// ID is the member.
	ID quorate.ID
	// Protocol is the protocol's name, New builds its replica.
	Protocol string
	New      quorate.Constructor
	// Machine builds the replicated object. Nil is the built-in store. HTTP clients
	// can ask for that one only.
	Machine func() quorate.StateMachine
	// Message and Window bound what the protocol sends, in bytes: in one message,
	// and to one member before it has answered. Zero leaves the transport's
	// limits as they are.
	Message, Window int
	// Network is how members talk, tcp or udp, where the file leaves it open.
	// Zero is tcp.
	Network string

	// DataDir is the journal's directory. If it is empty, the journal is in
	// memory: it survives a [Daemon.Crash], but not the process.
	DataDir string
	// Unsynced keeps in memory what the journal wrote to DataDir and did not sync, so
	// that to kill the process is to cut the power. It is for tests.
	Unsynced bool
	// Init makes the member a voter of a new cluster; its journal must be empty.
	// A member with an empty journal that is not told so has lost its disk: it
	// learns, and does not vote.
	Init bool
	// Amnesia takes an empty journal for that of a new member, whenever the member starts,
	// and nobody tells one disk from another: a member that lost its disk votes, and has
	// forgotten what it promised. It is for tests that are to find out.
	Amnesia bool

	// TLS secures the connections of members and binary clients, and those of
	// HTTP clients where the file says https. Nil is plain text.
	TLS *transport.TLSConfig
	// Token is what operators must bring; without one, they must be on this machine.
	Token string
	// Version is the program's, for operators.
	Version string

	// Grace bounds how long [Daemon.Close] waits for requests under way. Zero is 5 s.
	Grace time.Duration
	// Linger is how long a member whose node has failed still answers, to say
	// why, before it ends: time for a probe or an operator to look, and not so
	// long that whoever restarts processes has to wait for nothing. Zero is 1
	// minute, a negative one none.
	Linger time.Duration
	// Clock is the node's clock, see transport.LoopConfig.
	Clock func() time.Duration
	// Journal opens the node's journal at each of its starts; nil opens that of
	// DataDir. It is for tests.
	Journal func() (quorate.Journal, error)
	// Logger gets what an operator should know; nil is silent.
	Logger *slog.Logger
}

// ErrMember is wrapped when the cluster file does not list the member.
var ErrMember = errors.New("not a member of the cluster")

// Validate reports what is missing or makes no sense.
func (c Config) Validate() error {
	switch {
	case c.File == nil:
		return errors.New("daemon: File is missing: give the cluster file")
	case c.New == nil || c.Protocol == "":
		return errors.New("daemon: New or Protocol is missing: give the protocol's constructor and its name")
	case c.Unsynced && c.DataDir == "":
		return errors.New("daemon: what is not synced is to be kept in memory, and DataDir is missing: give a directory")
	case c.Message < 0 || c.Window < 0 || c.Grace < 0:
		return fmt.Errorf("daemon: message %d, window %d, grace %v: must not be negative", c.Message, c.Window, c.Grace)
	}
	if err := c.File.Validate(); err != nil {
		return err
	}
	cluster, err := c.File.Cluster()
	if err != nil {
		return err
	}
	if !cluster.Has(c.ID) {
		return fmt.Errorf("node %v: %w: the cluster file lists %v", c.ID, ErrMember, cluster)
	}
	if strings.HasPrefix(c.File.Addresses[c.ID], "chan://") {
		return fmt.Errorf("node %v: address %s is of a network within one process; a process needs tcp or udp", c.ID, c.File.Addresses[c.ID])
	}
	if _, err := c.limits(); err != nil {
		return fmt.Errorf("node %v: %w", c.ID, err)
	}
	if at, ok := c.File.HTTPAddresses[c.ID]; ok && c.Machine != nil {
		return fmt.Errorf("node %v: HTTP clients are to be served at %s, who ask for keys and values, and this member replicates something else: leave its http_address out", c.ID, at)
	}
	if at := c.File.HTTPAddresses[c.ID]; strings.HasPrefix(at, "https://") && c.TLS == nil {
		return fmt.Errorf("node %v: clients are to be served at %s, which needs a certificate and who signs those of clients", c.ID, at)
	}
	if c.Network != "" && c.Network != "tcp" && c.Network != "udp" {
		return fmt.Errorf("daemon: network %q: want tcp or udp", c.Network)
	}
	if c.TLS != nil && c.network() == "udp" {
		return fmt.Errorf("node %v: members are to talk by datagrams, which TLS does not secure: set the cluster file's transport to tcp, or do without TLS", c.ID)
	}
	return c.TLS.Validate()
}

// network returns how members talk.
func (c Config) network() string { return cmp.Or(c.File.Network(), c.Network) }

func (c Config) withDefaults() Config {
	c.Grace = cmp.Or(c.Grace, 5*time.Second)
	c.Linger = cmp.Or(c.Linger, time.Minute)
	if c.Machine == nil {
		c.Machine = func() quorate.StateMachine { return quorate.NewKV(c.File.KV()) }
	}
	if c.Clock == nil {
		c.Clock = wallClock()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// wallClock follows the wall clock's reading now by monotonic time: whatever
// happens to the wall clock, and however often the node starts again, its clock
// never runs backwards.
func wallClock() func() time.Duration {
	start := time.Now()
	epoch := time.Duration(start.UnixNano())
	return func() time.Duration { return epoch + time.Since(start) }
}
