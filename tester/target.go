package tester

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/tester/inject"
)

// target is the cluster that is tested.
type target interface {
	inject.Cluster
	// Client opens a session.
	Client(cfg client.Config) (session, error)
	// Ready returns nil if a member serves clients, and else why it does not.
	Ready(ctx context.Context, id quorate.ID) error
	// Consensus asks all members for their own state of a key, and compares them.
	Consensus(ctx context.Context, key string) ([]remote.View, remote.Agreement)
	// Fresh reports whether nobody can have written any key before the test.
	Fresh() bool
	// File is the path of the cluster file, empty if it has none.
	File() string
	// Deaths returns what went wrong with the members' processes, for all time.
	Deaths() []death
	Close() error
}

// session is a client session, of one process at a time. [client.Client] is one.
type session interface {
	Do(ctx context.Context, op client.Op) (client.Result, error)
	Session() quorate.Client
	Close() error
}

// open returns the cluster that is to be tested, which serves.
func (c *Config) open(ctx context.Context, log logs) (target, error) {
	switch {
	case c.target != nil:
		return c.target(ctx, c, log)
	case c.File != nil:
		return reach(ctx, c)
	}
	return launch(ctx, c, log)
}

// errAbroad is returned for what takes the members' processes.
var errAbroad = errors.New("the members' processes are not the tester's: it did not start them")

// abroad is a cluster that somebody else runs.
type abroad struct {
	cluster *remote.Cluster
	fresh   bool
}

// reachIn is how long a cluster that runs may take to answer for the first time.
const reachIn = 10 * time.Second

// reach finds a cluster that runs.
func reach(ctx context.Context, c *Config) (target, error) {
	cluster, err := remote.Open(remote.Config{File: c.File, TLS: c.TLS, Token: c.Token, Connections: connections(c)})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(c.Patience, reachIn))
	defer cancel()
	if err := cluster.Reach(ctx); err != nil {
		return nil, errors.Join(err, cluster.Close())
	}
	return &abroad{cluster: cluster}, nil
}

// connections is how many connections to each member the sessions share.
func connections(c *Config) int { return min(c.Concurrency, 64) }

func (a *abroad) Members() *quorate.Cluster { return a.cluster.Members() }

// adminPatience bounds what members' admin listeners are asked for.
const adminPatience = 2 * time.Second

func (a *abroad) Admin(id quorate.ID) (*admin.Client, error) {
	return a.cluster.Admin(id, adminPatience)
}

func (a *abroad) Local() bool { return false }

func (a *abroad) Kill(quorate.ID) error { return errAbroad }

func (a *abroad) End(quorate.ID) error { return errAbroad }

func (a *abroad) Start(quorate.ID) error { return errAbroad }

func (a *abroad) Pause(quorate.ID) error { return errAbroad }

func (a *abroad) Resume(quorate.ID) error { return errAbroad }

func (a *abroad) PID(quorate.ID) int { return 0 }

func (a *abroad) DataDir(quorate.ID) string { return "" }

func (a *abroad) Client(cfg client.Config) (session, error) { return a.cluster.Client(cfg) }

// Ready asks the member's admin listener, or, where there is none, for a key.
func (a *abroad) Ready(ctx context.Context, id quorate.ID) error {
	operator, err := a.Admin(id)
	if err == nil {
		defer operator.Close()
		health, err := operator.Ready(ctx)
		if err == nil && !health.OK {
			err = errors.New(health.Why)
		}
		return err
	}
	if !errors.Is(err, remote.ErrNoAddress) {
		return err
	}
	if v := a.cluster.View(ctx, id, "quorate-test"); v.Err != nil {
		return fmt.Errorf("it does not answer: %w", v.Err)
	}
	return nil
}

func (a *abroad) Consensus(ctx context.Context, key string) ([]remote.View, remote.Agreement) {
	return a.cluster.Consensus(ctx, key)
}

func (a *abroad) Fresh() bool { return a.fresh }

func (a *abroad) File() string { return "" }

func (a *abroad) Deaths() []death { return nil }

func (a *abroad) Close() error { return a.cluster.Close() }
