package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/hosts"
	"github.com/quorate/quorate/server"
)

// Target is the process around one node, as operators see it. Its methods are
// called from many goroutines, and none but Crash and Admit may block.
type Target interface {
	// ID returns the node's ID.
	ID() quorate.ID
	// Cluster returns the membership.
	Cluster() *quorate.Cluster
	// Protocol returns the protocol's name.
	Protocol() string
	// Node returns the node that runs, or that failed. It is nil while the node
	// is crashed on purpose, and before it has started.
	Node() *server.Node
	// Crash ends the node as a crash would and starts it again after d, from its
	// journal. It returns when the node has ended. It refuses a node that does
	// not run with an error that wraps [server.ErrStopped].
	Crash(d time.Duration) error
	// Admit makes a voter of a node that lost its disk, see quorate admit. It
	// returns when it votes, or why it does not.
	Admit(ctx context.Context) error
	// Started returns when the process began to serve.
	Started() time.Time
	// Failure returns why the node failed for good, nil if it did not.
	Failure() error
}

// Config configures a [Handler]. Only Target is required.
type Config struct {
	Target Target
	// Token, if not empty, must come as "Authorization: Bearer …" with every
	// request but those for health.
	Token string
	// Hosts are the names under which this listener is known, besides localhost
	// and numeric addresses. Without a token a request for another host is
	// refused: it comes from a browser that was led here by a name that
	// somebody else controls.
	Hosts []string
	// Harm is what else can be made wrong on purpose.
	Harm Harm
	// Version is the program's version, for status and metrics.
	Version string
	// Addresses are shown in the status: what listens where.
	Addresses map[string]string
	// Wait bounds how long a request waits for the node's loop. 0 means 1 s.
	Wait time.Duration
	// Logger gets a line for every fault that somebody injects; nil is silent.
	Logger *slog.Logger
}

// Validate reports what is missing or makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Target == nil:
		return errors.New("admin: Target is missing: give the process around the node")
	case c.Wait < 0:
		return fmt.Errorf("admin: Wait %v: must not be negative", c.Wait)
	case c.Token != "":
		return CheckToken(c.Token)
	}
	return nil
}

// maxToken bounds a token; it has to fit into a header.
const maxToken = 1024

// CheckToken refuses a token that cannot stand in a header, and one that is
// nothing but space: a file of secrets that was never filled in.
func CheckToken(token string) error {
	switch {
	case strings.TrimSpace(token) == "":
		return errors.New("admin token: it is empty")
	case len(token) > maxToken:
		return fmt.Errorf("admin token: it has %d bytes, want at most %d", len(token), maxToken)
	}
	for _, c := range []byte(token) {
		if c <= ' ' || c > '~' {
			return errors.New("admin token: want printable ASCII characters without spaces")
		}
	}
	return nil
}

// ErrOpen is wrapped when an admin listener would be open to strangers.
var ErrOpen = errors.New("anybody who reaches it could crash the node")

// CheckListen refuses an address, host:port, that other machines may reach,
// unless there is a token.
func CheckListen(address, token string) error {
	if token != "" {
		return CheckToken(token)
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("admin address %q: %w", address, err)
	}
	if !hosts.Loopback(host) {
		return fmt.Errorf("serve admin requests on %s without a token: %w; give a token, or an address such as 127.0.0.1", address, ErrOpen)
	}
	return nil
}
