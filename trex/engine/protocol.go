package engine

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex"
)

// setup is the protocol as a cluster file asks for it, see daemon.Config.
type setup struct {
	name, network   string
	new             quorate.Constructor
	message, window int // bytes: of a message, and sent to one member before it answers
}

// protocol reads the file's options.
func protocol(file *quorate.Config) (setup, error) {
	cfg := trex.Config{}
	if err := file.DecodeOptions(&cfg); err != nil {
		return setup{}, err
	}
	if file.Quorums != "" {
		cluster, err := file.Cluster()
		if err != nil {
			return setup{}, err
		}
		if cfg.Quorums, err = quorate.ParseQuorums(cluster, file.Quorums); err != nil {
			return setup{}, err
		}
	}
	limits := file.Requests()
	cfg.Requests.MaxKey, cfg.Requests.MaxValue = limits.MaxKey, limits.MaxValue
	cfg.Heartbeat = cmp.Or(cfg.Heartbeat, calm(cfg.TimeoutMin))
	cfg.TimeoutMin = cmp.Or(cfg.TimeoutMin, 3*cfg.Heartbeat)
	if err := cfg.Validate(); err != nil {
		return setup{}, err
	}
	cfg.Window = cmp.Or(cfg.Window, 32) // what follows depends on these
	cfg.Batch = cmp.Or(cfg.Batch, 512)
	cfg.BatchBytes = cmp.Or(cfg.BatchBytes, 256<<10)
	cfg.ChunkBytes = cmp.Or(cfg.ChunkBytes, 512<<10)
	slot := cfg.BatchBytes + limits.MaxKey + limits.MaxValue + 64*cfg.Batch
	return setup{
		name: "trex", network: "udp",
		new:     func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return trex.New(n, app, cfg) },
		message: slot + cfg.ChunkBytes, window: cfg.Window * slot,
	}, nil
}

// calm is how often a leader gives a sign of life unless the options say it: an
// idle process need not wake up more often.
func calm(timeout time.Duration) time.Duration {
	const usual = 100 * time.Millisecond
	if timeout > 0 {
		return min(usual, timeout/3)
	}
	return usual
}

// constructor is the protocol's, for a member whose application is on the node.
func (s setup) constructor(agreement string, machine func() *machine) quorate.Constructor {
	return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		n.Agree("application", agreement)
		r, err := s.new(n, app)
		if m := machine(); m != nil && err == nil {
			m.on(n)
		}
		if err != nil {
			return nil, fmt.Errorf("protocol %s: %w", s.name, err)
		}
		return r, nil
	}
}
