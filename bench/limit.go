package bench

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// Who may limit a run.
const (
	limitClients = "clients" // their process has no more processors to use, or their calls began late
	limitDisk    = "disk"    // a member's journal was at the disk nearly all the time
	limitMachine = "machine" // no processor of the machine is idle, so clients and servers wait for each other
	limitOthers  = "others"  // nor is one, and strangers use a good part of them
)

const (
	busy  = 0.9 // the share of its processors, or of the time, from which on one counts as limited
	large = 0.1 // the share of the machine's from which on strangers matter
)

// Words for CPU.Scope.
const (
	scopeClients = "clients"
	scopeAll     = "clients and servers"
)

// limit says what kept the servers from doing more, if it was not them; disk is the
// share of the time that the busiest journal was at the disk.
func (r *Result) limit(disk float64) string {
	c, machine := r.CPU, float64(runtime.NumCPU())
	switch {
	case r.Offered.tardy(r.Latency):
		return limitClients
	case r.Durable && disk >= busy:
		return limitDisk
	case c == nil:
		return ""
	case r.Remote && c.Cores >= busy*float64(r.GOMAXPROCS):
		return limitClients
	case c.Elsewhere == nil || c.Cores+*c.Elsewhere < busy*machine:
		return ""
	}
	if strangers, known := r.strangers(); known && strangers >= large*machine {
		return limitOthers
	}
	return limitMachine
}

// strangers is how many cores processes used that were neither clients nor
// servers, if the servers run on this machine.
func (r *Result) strangers() (float64, bool) {
	switch {
	case r.CPU == nil || r.CPU.Elsewhere == nil:
		return 0, false
	case !r.Remote:
		return *r.CPU.Elsewhere, true
	case r.Servers == nil || r.Servers.Told < r.Servers.Members:
		return 0, false
	}
	return max(0, round(*r.CPU.Elsewhere-r.Servers.Cores, 2)), true
}

// writeLimit says who or what it was.
func (r *Result) writeLimit(b *strings.Builder) {
	switch r.LimitedBy {
	case limitClients:
		if r.Offered.tardy(r.Latency) {
			fmt.Fprintf(b, "  limit     the clients: their calls began late, by %s ms at p99\n", ms(r.Offered.Late.P99))
			return
		}
		b.WriteString("  limit     the clients: this process had no more processors to use\n")
	case limitDisk:
		b.WriteString("  limit     the disk: a journal waited for it nearly all the time\n")
	case limitMachine:
		b.WriteString("  limit     the machine: no processor was idle")
		if r.Servers != nil && r.Servers.Told == r.Servers.Members {
			fmt.Fprintf(b, "; clients used %g cores of it, servers %g", r.CPU.Cores, r.Servers.Cores)
		}
		b.WriteByte('\n')
	case limitOthers:
		strangers, _ := r.strangers()
		fmt.Fprintf(b, "  limit     the machine: no processor was idle; %g cores worked for others than clients and servers\n", strangers)
	}
}

// durable reports whether journals are on a disk, so far as it is known.
func (r *run) durable() bool {
	return r.cfg.DataDir != "" && (r.target.Local() || r.cfg.Processes != nil)
}

// journals returns what each member's journal did in the measured time, where it is
// known.
func (r *run) journals() []journalReading {
	var all []journalReading
	if servers := r.end.counters.servers; servers != nil {
		for i := range servers {
			a, b := &r.begin.counters.servers[i], &servers[i]
			if a.err == nil && b.err == nil && a.life == b.life {
				all = append(all, journalReading{b.usage.Syncs - a.usage.Syncs, time.Duration((b.commit - a.commit) * float64(time.Second))})
			}
		}
		return all
	}
	for i, b := range r.end.counters.journals {
		a := r.begin.counters.journals[i]
		all = append(all, journalReading{b.syncs - a.syncs, b.busy - a.busy})
	}
	return all
}

// syncs returns how often each member's journal was at the disk.
func (r *run) syncs() []uint64 {
	var all []uint64
	if r.durable() {
		for _, j := range r.journals() {
			all = append(all, j.syncs)
		}
	}
	return all
}

// atDisk is the share of the measured time that the busiest journal was at the disk.
func (r *run) atDisk() float64 {
	var most time.Duration
	for _, j := range r.journals() {
		most = max(most, j.busy)
	}
	return ratio(seconds(most), seconds(r.end.at-r.begin.at))
}
