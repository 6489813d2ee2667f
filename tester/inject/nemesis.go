// Package inject does things to a live cluster that clusters are to survive: it cuts
// members off, kills and stops processes, takes their disks and their time away, and
// heals what it did.
package inject

import (
	"context"
	"math/rand/v2"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// Cluster is what faults act on: a cluster of processes on this machine, or one that
// somebody else runs, whose processes are out of reach.
type Cluster interface {
	// Members returns the membership.
	Members() *quorate.Cluster
	// Admin returns a client of a member's admin listener.
	Admin(id quorate.ID) (*admin.Client, error)
	// Local reports whether the members' processes are on this machine and may be killed
	// and started. Without, the rest returns an error.
	Local() bool
	// Kill ends a member's process as kill -9 does.
	Kill(id quorate.ID) error
	// End asks it to end in order, as SIGTERM does.
	End(id quorate.ID) error
	// Start starts a member that has ended, and does not wait until it serves.
	Start(id quorate.ID) error
	// Pause stops its process as SIGSTOP does.
	Pause(id quorate.ID) error
	// Resume lets it go on.
	Resume(id quorate.ID) error
	// PID returns its process, 0 if it does not run.
	PID(id quorate.ID) int
	// DataDir is where a member's journal is, empty if it is in memory.
	DataDir(id quorate.ID) string
}

// Nemesis is one way to disturb a cluster.
type Nemesis interface {
	// Name is its word in --nemesis.
	Name() string
	// Strike begins one fault, on members that rng draws, and returns what it did, in a
	// form for the history: a [history.Map], mostly. Heal ends it, also if Strike failed
	// half way, and nothing is left of the fault after it; nil is for a fault that is over
	// when Strike returns. It is called again if it fails, so it goes on where it was.
	// Its context is another one than Strike's, which may be over by then.
	Strike(ctx context.Context, c Cluster, rng *rand.Rand) (what any, heal func(ctx context.Context) error, err error)
}
