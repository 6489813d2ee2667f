package sim

import (
	"time"

	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/workload"
)

// Spec is a world before it begins. The same Spec and the same Subject make the
// same world, event by event, on any machine.
type Spec struct {
	Seed     uint64 `json:"seed"`
	Protocol string `json:"protocol"`
	Bug      string `json:"bug,omitempty"` // planted, see Subject
	Zones    int    `json:"zones"`
	Nodes    int    `json:"nodes"` // in each zone
	Knobs    Knobs  `json:"knobs"`

	Network Network         `json:"network"`
	Disk    Disk            `json:"disk"`
	Step    Step            `json:"step"`
	Clients Clients         `json:"clients"`
	Faults  []nemesis.Fault `json:"faults,omitempty"`

	// Safety is how long faults may strike. Then they end, and within Liveness
	// every client's last commands must be done.
	Safety   time.Duration `json:"safety"`
	Liveness time.Duration `json:"liveness"`
	// Dead are members that stay down for good when the faults end: the others
	// must do without them.
	Dead []int `json:"dead,omitempty"`

	// Readmit gives members incarnations: one that loses its disk comes back as a
	// learner, and is admitted after a while. Otherwise it stays out for good.
	Readmit bool `json:"readmit,omitempty"`

	// ByValue passes messages as they are instead of through the codec.
	ByValue bool `json:"by_value,omitempty"`
	// Blind leaves only what can be seen from outside: what clients saw, whether
	// the cluster recovers, and panics. It is for finding out what the other
	// oracles are worth.
	Blind bool `json:"blind,omitempty"`
	// MaxEvents ends a world that has not ended by itself, as a violation.
	// Zero is two million.
	MaxEvents int `json:"max_events,omitempty"`
}

// Network is the model of the links between members. Each message takes Base,
// plus up to Jitter, plus, with probability Tail, up to ten times Jitter.
type Network struct {
	WAN       string        `json:"wan,omitempty"` // of nemesis.Regions: Base between zones comes from there
	Base      time.Duration `json:"base"`
	Jitter    time.Duration `json:"jitter"`
	Tail      float64       `json:"tail,omitempty"`
	Loss      float64       `json:"loss,omitempty"`
	Duplicate float64       `json:"duplicate,omitempty"` // a copy comes later, sometimes much later
	Client    time.Duration `json:"client"`              // between a client and a member, at most
	Lost      float64       `json:"lost,omitempty"`      // of requests and replies of clients
}

// Disk is the model of a member's disk.
type Disk struct {
	Sync   time.Duration `json:"sync"`   // how long a sync takes at least
	Jitter time.Duration `json:"jitter"` // and how much longer at most
	Stall  float64       `json:"stall,omitempty"`
}

// Step is the model of a member's processor: a step takes up to Cost, and what
// arrives meanwhile shares the next one, up to Batch messages.
type Step struct {
	Cost  time.Duration `json:"cost,omitempty"`
	Batch int           `json:"batch,omitempty"` // zero is one
	// Service is what each message takes, in place of a Cost that is drawn.
	Service Service `json:"service,omitempty"`
}

// Clients is the workload.
type Clients struct {
	Count   int           `json:"count"`
	Ops     int           `json:"ops"` // of all clients together, during Safety
	Think   time.Duration `json:"think,omitempty"`
	Timeout time.Duration `json:"timeout"` // until a client gives up a command
	Attempt time.Duration `json:"attempt"` // until it asks another member
	// Pinned clients talk to one member only, the others to all.
	Pinned int `json:"pinned,omitempty"`
	// Readers only read: the first so many clients, pinned ones first. Whoever
	// waits for a write sees nothing of what a leader that was replaced still serves.
	Readers int `json:"readers,omitempty"`
	// Zoned clients are at home in a zone each, round the zones: they ask its members
	// first, and pinned ones one of them.
	Zoned bool `json:"zoned,omitempty"`
	// Mix is what they ask for.
	Mix workload.Config `json:"mix"`
}
