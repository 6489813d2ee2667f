package sim

import (
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
)

// Subject is a protocol as the simulator needs it.
type Subject struct {
	Name string
	// Bug is the name of the bug planted in it, empty for none.
	Bug string
	// New builds a replica's constructor for one world.
	New func(c *quorate.Cluster, k Knobs) (quorate.Constructor, error)
	// Quorums returns the phases' quorums, by which the ghost decides what is
	// chosen.
	Quorums func(c *quorate.Cluster, k Knobs) (quorate.QuorumSystem, error)
	// Claims reads messages and records; nil for a protocol without ballots,
	// which the ghost then does not watch.
	Claims quorate.Claims
	// Probes are the rare states that worlds of this protocol have, beside those
	// that all worlds have; see [Swarm.Expects].
	Probes []string
	// Fragile protocols make no progress unless every member is up.
	Fragile bool
	// Readmits says that the protocol can take back a member that lost its disk,
	// see quorate.Admitter.
	Readmits bool
	// Adapts says that the protocol fits its timeouts to the round trips that it
	// measures.
	Adapts bool
	// Spreads says that the protocol offers reads at whichever member: by hand-off,
	// in the client's timeline, and of followers.
	Spreads bool
	// LogReads says that reads go through the log, or are local: worlds ask for no
	// others, and nobody may be told the result of one that was not executed.
	LogReads bool
	// Objects tells of a protocol in which each key has a log of its own, and an
	// owner; nil for others.
	Objects *Objects
	// Sizes are the numbers of nodes that a seed chooses from; 3, 5 and 7.
	Sizes []int
	// Zones are the numbers of zones that a seed chooses from, and then the nodes of
	// each, where it is not told; one zone.
	Zones []int
	// Draw changes what a seed drew where worlds of this protocol are to differ: the
	// knobs, the clients. Nil for none.
	Draw func(rng *rand.Rand, spec *Spec)
	// Absences lets a member be away for most of the time in some worlds: the others
	// have to forget what they do without it before it is back.
	Absences bool
	// Amnesia lets a member that lost its disk start again as if it were new: a
	// planted bug of its operator.
	Amnesia bool
	// Leases says that the protocol has leases. Their worlds have clocks that are
	// wrong by no more than leases allow for.
	Leases bool
	// Hasty lets clocks be wrong by three times as much: a planted bug of whoever
	// said how right they are.
	Hasty bool
	// Fooled makes journals accept torn batches: a planted bug below the protocol.
	Fooled bool
}

// Knobs are the settings of a protocol that a seed draws, so that rare paths
// become common. A protocol takes those it knows; zero stands for its default.
type Knobs struct {
	Quorum string `json:"quorum,omitempty"` // as quorate.ParseQuorums reads it; empty for the protocol's own

	Policy string `json:"policy,omitempty"` // when objects move between zones, as wpaxos has it

	Heartbeat       time.Duration `json:"heartbeat,omitempty"`
	ElectionTimeout time.Duration `json:"election_timeout,omitempty"`
	Retransmit      time.Duration `json:"retransmit,omitempty"`
	CommitDelay     time.Duration `json:"commit_delay,omitempty"`

	Window     int  `json:"window,omitempty"`
	Batch      int  `json:"batch,omitempty"`
	ChunkBytes int  `json:"chunk_bytes,omitempty"`
	LogLimit   int  `json:"log_limit,omitempty"`
	Thrifty    bool `json:"thrifty,omitempty"`

	Horizon time.Duration `json:"horizon,omitempty"` // of the outcome tables

	// Lease is how long a lease lasts, and ClockError what it allows for.
	Lease      time.Duration `json:"lease,omitempty"`
	ClockError float64       `json:"clock_error,omitempty"`

	// MaxTimeout is how long a replica keeps a client's request, even if the client
	// would wait longer.
	MaxTimeout time.Duration `json:"max_timeout,omitempty"`
}
