package bench

import (
	"time"

	"github.com/quorate/quorate/protocols"
)

// Words for Result.Where.
const (
	whereProcess   = "process"   // all in this process
	whereProcesses = "processes" // members are processes that were started for the run
	whereCluster   = "cluster"   // they ran before
	whereVirtual   = "virtual"   // a simulation
)

// viaSimulation is the Result.Transport of a simulation.
const viaSimulation = "virtual"

func (c Config) where(local bool) string {
	switch {
	case c.Processes != nil:
		return whereProcesses
	case local:
		return whereProcess
	}
	return whereCluster
}

// moves reports whether the protocol has objects that move.
func (c Config) moves() bool { return protocols.Moves(c.Protocol) }

// executing is a target that tells how commands came to be chosen and executed
// between two readings of its counters.
type executing interface {
	execution(begin, end Counters, length time.Duration) *Execution
}

// measured is a target that is told when the measured time begins and ends.
type measured interface{ measure(on bool) }

// links is how many connections the sessions have to each member, or would have if
// there were sockets.
func (c Config) links() int {
	if c.Transport == viaREST || c.sockets == 0 {
		return min(c.Sessions, MostConnections)
	}
	return min(c.Sessions, c.sockets)
}

// connections is how many they have, 0 where there are no sockets.
func (r *run) connections() int {
	switch {
	case !r.target.Local() && r.cfg.Transport == viaREST:
		return r.cfg.Sessions
	case !r.target.Local():
		return r.cfg.links()
	case r.cfg.Transport != "chan":
		return 1 // all share it
	}
	return 0
}
