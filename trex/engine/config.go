package engine

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// Config says which member of which cluster an [Engine] is. ID, and either
// Members or File, are required.
type Config struct {
	// ID is the member.
	ID quorate.ID
	// Members are the addresses of all members, host:port, by which they reach
	// each other. All members must have the same ones.
	Members map[quorate.ID]string
	// File is a cluster file instead of Members, with whatever it says of
	// quorums, limits, timers and the operators' listener. Its http_address must be
	// empty: an application's clients talk to the application.
	File *quorate.Config
	// Transport is how members talk: udp, or tcp. Empty is what the file says, or
	// the protocol's own choice; with TLS it is tcp.
	Transport string

	// DataDir is the journal's directory. If it is empty the journal is in memory:
	// the member then forgets its promises when its process ends, and the engine
	// must not be started again under its ID but as a learner, see Init.
	DataDir string
	// Init makes the member a voter of a new cluster; its journal must be empty.
	// It belongs to the very first start of each member. A member with an empty
	// journal that is not told so has lost its disk: it learns from the others and
	// serves, but has no vote until it is admitted.
	Init bool

	// Application names what is replicated, so that members of different
	// applications, or of versions that must not be mixed, refuse each other.
	Application string
	// MaxCommand and MaxResult bound commands and their results, in bytes. Zero is
	// 1 MiB, or the file's max_value, and 64 KiB. All members must have the same.
	// Results are kept for retries: commands a second × result × Horizon bytes.
	MaxCommand, MaxResult int
	// Horizon is how long results are kept. Zero is the file's, or 10 s. Timeout
	// must be well below.
	Horizon time.Duration
	// Timeout ends an Execute or a Query whose context has no deadline. Zero is 5 s.
	Timeout time.Duration
	// Raw ends an Execute or a Query as soon as it is not known what became of its
	// latest attempt, instead of trying again under the same number.
	Raw bool

	// TLS secures all connections; nil is plain text.
	TLS *transport.TLSConfig
	// Token is what operators must bring to the file's admin_address; without one,
	// they must be on this machine.
	Token string
	// Logger gets what an operator should know; nil is silent.
	Logger *slog.Logger
}

// DefaultMaxResult is Config.MaxResult if that is zero.
const DefaultMaxResult = 64 << 10

// Validate reports what is missing or makes no sense.
func (c Config) Validate() error {
	switch {
	case c.File == nil && len(c.Members) == 0:
		return errors.New("engine: Members is empty: give the address of every member, or a cluster file")
	case c.File != nil && len(c.Members) > 0:
		return errors.New("engine: both Members and File are given: one of them says who the members are")
	case c.ID == 0:
		return fmt.Errorf("engine: ID is missing: which of the members %v is this?", slices.Sorted(maps.Keys(c.file().Addresses)))
	case c.MaxCommand < 0 || c.MaxResult < 0 || c.MaxResult > quorate.MaxReturned:
		return fmt.Errorf("engine: MaxCommand %d, MaxResult %d: want 0 for the defaults, or more, and results of at most %d", c.MaxCommand, c.MaxResult, quorate.MaxReturned)
	case c.Timeout < 0 || c.Horizon < 0:
		return fmt.Errorf("engine: Timeout %v, Horizon %v: want 0 for the defaults, or more", c.Timeout, c.Horizon)
	}
	if n, most := len(c.key()), c.file().Requests().MaxKey; n > most {
		return fmt.Errorf("engine: Application has %d bytes: want at most %d", len(c.Application), most-n+len(c.Application))
	}
	return c.file().Validate()
}

// file returns the cluster file, with what the other fields say.
func (c Config) file() *quorate.Config {
	f := quorate.Config{Addresses: c.Members}
	if c.File != nil {
		f = *c.File
	}
	f.MaxValue = cmp.Or(c.MaxCommand, f.MaxValue)
	f.Horizon = cmp.Or(c.Horizon, f.Horizon)
	f.Transport = cmp.Or(c.Transport, f.Transport)
	if c.TLS != nil {
		f.Transport = cmp.Or(f.Transport, "tcp")
	}
	return &f
}

// key is the one that commands and queries name: an application's state is one
// conflict domain. A command of an engine that means another application says so by
// it, and changes nothing: a client need not be one of mind with a member.
func (c Config) key() string { return strings.TrimRight("object "+c.Application, " ") }

// agreement is what all members must have in common of the application: their
// replicas would differ otherwise.
func (c Config) agreement() string {
	return fmt.Sprintf("%q, results up to %d bytes", c.Application, cmp.Or(c.MaxResult, DefaultMaxResult))
}
