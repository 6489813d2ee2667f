package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// Backend is what a [Handler] serves: a node, or what stands for one that may
// crash and start again. Its methods return by the deadline of their context,
// which may have one without ever being done: it is a field, not a timer. An
// error that is no [*client.Error] says that nothing was executed.
type Backend interface {
	// ID returns the node's ID.
	ID() quorate.ID
	// Leader returns the last known leader, zero if none is known.
	Leader() quorate.ID
	// Do executes a command of the backend's own session, see
	// [client.Client.Do]. The result is the caller's.
	Do(ctx context.Context, op client.Op) (client.Result, error)
	// Submit makes one attempt at a command that its client has numbered. The
	// request must not change afterwards, nor may the reply be changed.
	Submit(ctx context.Context, r quorate.Request) (quorate.Reply, error)
	// History returns the versions of a key that the node keeps, the oldest
	// first. Their values must not be changed.
	History(ctx context.Context, key string) ([]quorate.Versioned, error)
}

// Config configures a [Handler]. Only Backend is required.
type Config struct {
	Backend Backend
	// Hosts, if not nil, are the names under which this node is known, besides
	// localhost and numeric addresses; requests for another host are refused. It
	// is for a node that only its own machine reaches: such a request comes from a
	// browser that was led here by a name that somebody else controls.
	Hosts []string
	// Addresses says where clients reach the members by HTTP: scheme://host:port.
	// A request that only the leader takes is sent there by a redirect; without
	// the leader's address it is refused.
	Addresses map[quorate.ID]string
	// MaxKey and MaxValue bound a key and a value in bytes. 0 means 1 KiB and
	// 1 MiB.
	MaxKey, MaxValue int
	// Timeout is how long a request waits for its outcome if it does not say.
	// 0 means 5 s.
	Timeout time.Duration
	// MaxTimeout is the longest time a request may ask for. 0 means 60 s, which
	// is also what a replica grants at most.
	MaxTimeout time.Duration
	// MaxRequests bounds the requests that wait for an outcome at a time; those
	// beyond are refused at once. 0 means 4096.
	MaxRequests int
	// MaxBytes bounds the memory for large values that are on their way in or
	// out. 0 means 64 MiB, or room for four values if that is more.
	MaxBytes int
	// MaxHistory and MaxHistoryBytes bound an answer about a key's history: the
	// versions, and the bytes of their values. The newest are kept. 0 means 1000
	// and 4 MiB.
	MaxHistory, MaxHistoryBytes int
	// Logger gets a line for each request that panicked; nil is silent.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.MaxKey = cmp.Or(c.MaxKey, 1<<10)
	c.MaxValue = cmp.Or(c.MaxValue, 1<<20)
	c.Timeout = cmp.Or(c.Timeout, 5*time.Second)
	c.MaxTimeout = cmp.Or(c.MaxTimeout, time.Minute)
	c.MaxRequests = cmp.Or(c.MaxRequests, 4096)
	c.MaxBytes = cmp.Or(c.MaxBytes, max(64<<20, 4*c.MaxValue))
	c.MaxHistory = cmp.Or(c.MaxHistory, 1000)
	c.MaxHistoryBytes = cmp.Or(c.MaxHistoryBytes, 4<<20)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Validate reports what is missing or makes no sense.
func (c Config) Validate() error {
	if c.Backend == nil {
		return errors.New("rest config: Backend is missing: give the node to serve")
	}
	for _, v := range []struct {
		name  string
		value int64
	}{
		{"MaxKey", int64(c.MaxKey)}, {"MaxValue", int64(c.MaxValue)},
		{"Timeout", int64(c.Timeout)}, {"MaxTimeout", int64(c.MaxTimeout)},
		{"MaxRequests", int64(c.MaxRequests)}, {"MaxBytes", int64(c.MaxBytes)},
		{"MaxHistory", int64(c.MaxHistory)}, {"MaxHistoryBytes", int64(c.MaxHistoryBytes)},
	} {
		if v.value < 0 {
			return fmt.Errorf("rest config: %s is negative: want 0 for the default, or more", v.name)
		}
	}
	d := c.withDefaults()
	if d.Timeout > d.MaxTimeout {
		return fmt.Errorf("rest config: Timeout %v exceeds MaxTimeout %v", d.Timeout, d.MaxTimeout)
	}
	if d.MaxValue >= d.MaxBytes {
		return fmt.Errorf("rest config: MaxValue is %d, MaxBytes %d: no value of that size could pass", d.MaxValue, d.MaxBytes)
	}
	return nil
}
