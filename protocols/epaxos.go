package protocols

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/claims"
	"github.com/quorate/quorate/internal/planted"
	buggy "github.com/quorate/quorate/internal/planted/epaxos"
	buggyclaims "github.com/quorate/quorate/internal/planted/epaxos/claims"
	"github.com/quorate/quorate/sim"
)

var (
	// errEPaxosQuorums: its quorums follow from how many members may fail.
	errEPaxosQuorums = errors.New("epaxos has its own quorums, such as epaxos:f=2,e=1: how many members may fail, and how many may be missing on the fast path")
	// errEPaxosNobody: to [epaxos.Config] zero means the most.
	errEPaxosNobody = errors.New("epaxos lets at least one member fail, and be missing on the fast path, where there are three or more")
	// errEPaxosLease: nobody leads.
	errEPaxosLease = errors.New("epaxos has no leader, and so no leases")
)

func newEPaxos(opts Options) (quorate.Constructor, error) {
	if opts.Lease != 0 || opts.ClockError != 0 {
		return nil, errEPaxosLease
	}
	if err := refusesPolicy("epaxos", opts); err != nil {
		return nil, err
	}
	cfg := epaxos.Config{Thrifty: opts.Thrifty, Window: opts.Window, Batch: opts.Batch, Requests: opts.Requests}
	if err := setFaults(&cfg, opts.Quorums); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		return epaxos.New(n, app, cfg)
	}, nil
}

func fileEPaxos(file *quorate.Config, bug planted.Bug) (Setup, error) {
	var cfg epaxos.Config
	if err := file.DecodeOptions(&cfg); err != nil {
		return Setup{}, err
	}
	quorums, err := fileQuorums(file)
	if err != nil {
		return Setup{}, err
	}
	if err := setFaults(&cfg, quorums); err != nil {
		return Setup{}, err
	}
	if err := checkFaults(file, cfg); err != nil {
		return Setup{}, err
	}
	if cfg.Requests, err = fileRequests(file, cfg.Requests); err != nil {
		return Setup{}, err
	}
	cfg.Thrifty = cfg.Thrifty || file.Thrifty
	if err := cfg.Validate(); err != nil {
		return Setup{}, err
	}
	// What follows depends on these, so the defaults are written down here.
	cfg.Window = cmp.Or(cfg.Window, 64)
	cfg.Batch = cmp.Or(cfg.Batch, 64)
	cfg.BatchBytes = cmp.Or(cfg.BatchBytes, 256<<10)
	cfg.ChunkBytes = cmp.Or(cfg.ChunkBytes, 512<<10)
	instance := slotBytes(file, cfg.BatchBytes, cfg.Batch)
	replica := epaxosReplica(bug)
	return Setup{
		Message: instance + cfg.ChunkBytes,
		Window:  cfg.Window * instance,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return replica(n, app, cfg)
		},
	}, nil
}

// epaxosReplica builds replicas, with a bug planted in them if it is one of the protocol's.
func epaxosReplica(bug planted.Bug) func(*quorate.Node, *quorate.Once, epaxos.Config) (quorate.Replica, error) {
	if len(bug.Patches) == 0 {
		return func(n *quorate.Node, app *quorate.Once, cfg epaxos.Config) (quorate.Replica, error) {
			return epaxos.New(n, app, cfg)
		}
	}
	return func(n *quorate.Node, app *quorate.Once, cfg epaxos.Config) (quorate.Replica, error) {
		return buggy.New(n, app, buggy.Config(cfg), bug.Name)
	}
}

func epaxosSubject(bug planted.Bug) sim.Subject {
	replica := epaxosReplica(bug)
	claim := claims.Of
	if len(bug.Patches) > 0 {
		claim = buggyclaims.Of
	}
	return sim.Subject{
		Claims: claim,
		Probes: []string{
			sim.ProbeFast, sim.ProbeSlow, sim.ProbeWider, sim.ProbeRecovering, sim.ProbeValidation, sim.ProbeWaiting, sim.ProbeReplaced,
			sim.ProbeDisplaced, sim.ProbeComponent, sim.ProbeNoop, sim.ProbeDuplicate, sim.ProbeInstalled,
		},
		Readmits: true,
		Adapts:   true,
		LogReads: true,
		Absences: true,
		Sizes:    []int{3, 3, 4, 5, 5, 5, 6, 7, 7},
		Draw:     drawEPaxos,
		Quorums:  epaxosQuorums,
		New: func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
			cfg, err := epaxosConfig(c, k)
			if err != nil {
				return nil, err
			}
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return replica(n, app, cfg) }, nil
		},
	}
}

// drawEPaxos makes commands interfere more and less than with one log, where it
// does not matter; lets some clusters tolerate less than they could; and lets some
// recoveries begin while the owner is not silent at all, but slow.
func drawEPaxos(rng *rand.Rand, spec *sim.Spec) {
	n := spec.Zones * spec.Nodes
	k, mix := &spec.Knobs, &spec.Clients.Mix
	most, _ := quorate.EPaxosFaults(n)
	f := 1 + rng.IntN(max(most, 1))
	e := 1 + rng.IntN(max(min(f, (n-f+1)/2), 1))
	k.Quorum = ""
	if rng.Float64() < 0.4 && most > 0 {
		k.Quorum = fmt.Sprintf("epaxos:f=%d,e=%d", f, e)
	}
	keys, hot := 4+rng.IntN(9), 0.3+float64(rng.Float64()*0.5)
	switch rng.IntN(4) {
	case 0:
		mix.Keys, mix.Hot = keys, hot
	case 1:
		mix.Keys = keys
	case 2:
		mix.Keys = 1
	}
	hasty := 10*time.Millisecond + time.Duration(rng.Int64N(int64(40*time.Millisecond)))
	// Not where members are slow as well: they would ask more than they can answer.
	if rng.Float64() < 0.4 && spec.Network.WAN == "" && spec.Step.Cost == 0 {
		k.ElectionTimeout = hasty
		k.Heartbeat = hasty / 4
	}
}

// epaxosQuorums returns the quorums that the knobs ask for, by default those that
// tolerate the most.
func epaxosQuorums(c *quorate.Cluster, k sim.Knobs) (quorate.QuorumSystem, error) {
	q, err := quorate.ParseQuorums(c, cmp.Or(k.Quorum, "epaxos"))
	if err != nil {
		return quorate.QuorumSystem{}, err
	}
	return q, setFaults(&epaxos.Config{}, q)
}

// setFaults sets how many members may fail to what a system of quorums says, if
// one is asked for.
func setFaults(cfg *epaxos.Config, q quorate.QuorumSystem) error {
	if q.IsZero() {
		return nil
	}
	var f, e int
	if n, err := fmt.Sscanf(q.Name, "epaxos:f=%d,e=%d", &f, &e); err != nil || n != 2 {
		return fmt.Errorf("%w: %s", errEPaxosQuorums, q.Name)
	}
	if q.Cluster.Size() > 2 && e == 0 {
		return fmt.Errorf("%w: %s", errEPaxosNobody, q.Name)
	}
	if cfg.F != 0 && cfg.F != f || cfg.E != 0 && cfg.E != e {
		return fmt.Errorf("options f %d and e %d are not those of the quorums %s: leave one or the other out", cfg.F, cfg.E, q.Name)
	}
	cfg.F, cfg.E = f, e
	return nil
}

// checkFaults refuses what the members of a file cannot tolerate, before any of them
// is started.
func checkFaults(file *quorate.Config, cfg epaxos.Config) error {
	cluster, err := file.Cluster()
	if err != nil {
		return err
	}
	f, _ := quorate.EPaxosFaults(cluster.Size())
	f = cmp.Or(cfg.F, f)
	_, err = quorate.EPaxosQuorums(cluster, f, cmp.Or(cfg.E, min(f, 1)))
	return err
}

// epaxosConfig derives what no knob is there for from others, where they are odd.
func epaxosConfig(c *quorate.Cluster, k sim.Knobs) (epaxos.Config, error) {
	q, err := epaxosQuorums(c, k)
	if err != nil {
		return epaxos.Config{}, err
	}
	cfg := epaxos.Config{
		Retransmit: k.Retransmit, Patience: k.ElectionTimeout, FastWait: k.CommitDelay,
		Window: k.Window, Batch: k.Batch, BatchBytes: k.ChunkBytes, ChunkBytes: k.ChunkBytes, Thrifty: k.Thrifty, TrimStep: k.LogLimit,
		Requests: quorate.RequestsConfig{MaxTimeout: k.MaxTimeout},
	}
	if err := setFaults(&cfg, q); err != nil {
		return epaxos.Config{}, err
	}
	if k.ChunkBytes > 0 { // where messages hold little, a search is short
		cfg.Steps = 1 + k.ChunkBytes%20
	}
	if k.Batch%2 == 1 { // and where batches are odd, little waits for its execution
		cfg.Backlog = k.Window + k.Batch
	}
	return cfg, cfg.Validate()
}
