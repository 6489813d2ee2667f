package protocols

import (
	"cmp"
	"errors"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/steal"
)

// errWPaxosLease: an owner asks its own zone instead.
var errWPaxosLease = errors.New("wpaxos has no leases: reads go through the log of their key, which its owner keeps near")

func newWPaxos(opts Options) (quorate.Constructor, error) {
	if opts.Lease != 0 || opts.ClockError != 0 {
		return nil, errWPaxosLease
	}
	cfg := wpaxos.Config{Quorums: opts.Quorums, Thrifty: opts.Thrifty, Window: opts.Window, Batch: opts.Batch, Requests: opts.Requests}
	fitWPaxos(&cfg, opts.Trip)
	var err error
	if cfg.Policy, err = policy(opts.Policy); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		return wpaxos.New(n, app, cfg)
	}, nil
}

// fitWPaxos raises to what the longest round trip asks for the times that are not
// set, where their defaults are less.
func fitWPaxos(cfg *wpaxos.Config, trip time.Duration) {
	raise(&cfg.Suspect, 500*time.Millisecond, 3*trip)
	raise(&cfg.Patience, time.Second, 4*trip)
	raise(&cfg.GiveUp, 2*time.Second, 10*trip)
	raise(&cfg.Retransmit, 100*time.Millisecond, 2*trip)
	raise(&cfg.Backoff, 50*time.Millisecond, trip/2)
}

// policy reads a policy, none for the usual one.
func policy(spec string) (steal.Policy, error) {
	if spec == "" {
		return steal.Policy{}, nil
	}
	return steal.Parse(spec)
}

func fileWPaxos(file *quorate.Config, bug planted.Bug) (Setup, error) {
	quorums, err := fileQuorums(file)
	if err != nil {
		return Setup{}, err
	}
	cfg := wpaxos.Config{Quorums: quorums}
	if err := file.DecodeOptions(&cfg); err != nil {
		return Setup{}, err
	}
	if cfg.Requests, err = fileRequests(file, cfg.Requests); err != nil {
		return Setup{}, err
	}
	cfg.Thrifty = cfg.Thrifty || file.Thrifty
	trip, err := fileTrip(file)
	if err != nil {
		return Setup{}, err
	}
	fitWPaxos(&cfg, trip)
	if err := cfg.Validate(); err != nil {
		return Setup{}, err
	}
	// What follows depends on these, so the defaults are written down here.
	cfg.Window = cmp.Or(cfg.Window, 16)
	cfg.Batch = cmp.Or(cfg.Batch, 64)
	cfg.BatchBytes = cmp.Or(cfg.BatchBytes, 256<<10)
	cfg.ChunkBytes = cmp.Or(cfg.ChunkBytes, 512<<10)
	slot := slotBytes(file, cfg.BatchBytes, cfg.Batch)
	replica := wpaxosReplica(bug)
	return Setup{
		Message: slot + cfg.ChunkBytes,
		Window:  cfg.Window * slot,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return replica(n, app, cfg)
		},
	}, nil
}
