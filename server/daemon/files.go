package daemon

import (
	"log/slog"
	"math"
)

// room is how many connections of each kind a member takes.
type room struct {
	clients, operators int // by HTTP
	binary, strangers  int // by the port of members: clients, and those that have not greeted
}

// reserved are the files that connections leave to the journal, and to the peers.
const reserved = 64

// roomFor shares the files that a process may have open at once among its connections.
// Without it a flood takes all of them long before it meets a bound: nobody is then
// pushed out or told why, and the journal cannot open its next file.
func roomFor(files uint64) (r room, scarce bool) {
	r = room{clients: 4096, operators: 256, binary: 1024, strangers: 256}
	if files >= uint64(reserved+r.clients+r.operators+r.binary+r.strangers) {
		return r, false
	}
	left := max(int(files)-reserved, 32)
	return room{
		clients: left / 2, operators: min(left/8, r.operators), binary: min(left/4, r.binary), strangers: min(left/8, r.strangers),
	}, true
}

// room decides how many connections the member takes, and says so if they are few.
func (c Config) room(log *slog.Logger) room {
	files := openFiles()
	r, scarce := roomFor(files)
	if scarce {
		log.Warn("few files may be open at once in this process, so it takes fewer connections: raise the limit (ulimit -n, LimitNOFILE)", "node", c.ID,
			"files", min(files, math.MaxInt), "http", r.clients, "admin", r.operators, "binary", r.binary)
	}
	return r
}
