package bench

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/cputime"
)

// Use is what one process used in the measured time. What is not known of it is
// missing: the kernel tells of processes of this machine, on Linux, and members tell
// by their admin listeners.
type Use struct {
	// Process is "clients", "clients and servers", or a member's ID.
	Process string `json:"process"`

	Cores        *float64 `json:"cores,omitempty"`                // seconds of CPU time per second
	Microseconds *float64 `json:"cpu_us_per_op,omitempty"`        // of all CPU time
	User         *float64 `json:"cpu_user_us_per_op,omitempty"`   // of this outside the kernel
	System       *float64 `json:"cpu_system_us_per_op,omitempty"` // and in it

	Memory *uint64 `json:"memory,omitempty"`      // resident at the end, in bytes
	Peak   *uint64 `json:"memory_peak,omitempty"` // the most since the process began

	// ReadCalls and WriteCalls are the system calls by which it read and wrote
	// whatever it was, but for datagrams. Waits are how often a thread of it gave
	// its processor up because there was nothing to do.
	ReadCalls  *float64 `json:"read_calls_per_op,omitempty"`
	WriteCalls *float64 `json:"write_calls_per_op,omitempty"`
	Waits      *float64 `json:"waits_per_op,omitempty"`

	// Flushes are a server's write calls on its sockets alone, Syncs the batches
	// that its journal made durable on a disk.
	Flushes *float64 `json:"socket_writes_per_op,omitempty"`
	Syncs   *float64 `json:"syncs_per_op,omitempty"`

	Ended string `json:"ended,omitempty"` // how the process did, if it did not last
}

// kernel is what the kernel tells of a process since it began.
type kernel struct {
	known        bool
	user, system time.Duration
	memory, peak uint64
	hasCalls     bool // others' calls are not for everybody to see
	reads, calls uint64
	waits        uint64
}

// tick is the unit in which Linux tells CPU times.
const tick = 10 * time.Millisecond

// kernelOf asks the kernel about a process. It costs some 50 µs and is asked twice a run.
func kernelOf(pid int) kernel {
	var k kernel
	dir := fmt.Sprintf("/proc/%d", pid)
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return k
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return k
	}
	if k.user, k.system, k.known = parseStat(string(stat)); !k.known {
		return k
	}
	k.memory, k.peak = 1024*field(string(status), "VmRSS:"), 1024*field(string(status), "VmHWM:")
	if io, err := os.ReadFile(filepath.Join(dir, "io")); err == nil {
		k.hasCalls = true
		k.reads, k.calls = field(string(io), "syscr:"), field(string(io), "syscw:")
	}
	threads, _ := filepath.Glob(filepath.Join(dir, "task/*/status")) // fails only for a bad pattern
	for _, thread := range threads {
		if status, err := os.ReadFile(thread); err == nil {
			k.waits += field(string(status), "voluntary_ctxt_switches:")
		}
	}
	if pid == os.Getpid() { // more exact than in ticks
		if user, system, ok := cputime.Split(); ok {
			k.user, k.system = user, system
		}
	}
	return k
}

// parseStat returns the CPU times of proc_pid_stat(5).
func parseStat(text string) (user, system time.Duration, ok bool) {
	const utime, stime = 11, 12 // counted from behind the name, which may hold anything
	at := strings.LastIndexByte(text, ')')
	if at < 0 {
		return 0, 0, false
	}
	fields := strings.Fields(text[at+1:])
	if len(fields) <= stime {
		return 0, 0, false
	}
	u, errU := strconv.ParseInt(fields[utime], 10, 64)
	s, errS := strconv.ParseInt(fields[stime], 10, 64)
	return time.Duration(u) * tick, time.Duration(s) * tick, errU == nil && errS == nil
}

// field returns the number behind a name at the beginning of a line, 0 without one.
func field(text, name string) uint64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			if words := strings.Fields(rest); len(words) > 0 {
				n, _ := strconv.ParseUint(words[0], 10, 64) // 0 is not told
				return n
			}
		}
	}
	return 0
}

// place is one process whose use is measured.
type place struct {
	name string
	pid  int
}

// places are the processes of a run that are known by their number: this one first.
func (r *run) places() []place {
	list := []place{{r.scope(), os.Getpid()}}
	if t, ok := r.target.(interface{ places() []place }); ok {
		list = append(list, t.places()...)
	}
	return list
}

// scope says what of the run this process does.
func (r *run) scope() string {
	if r.target.Local() {
		return scopeAll
	}
	return scopeClients
}

func (r *run) kernels() map[string]kernel {
	all := map[string]kernel{}
	for _, p := range r.places() {
		if k := kernelOf(p.pid); k.known {
			all[p.name] = k
		}
	}
	return all
}

// known returns a pointer to a number for a report.
func known[T any](x T) *T { return &x }

// uses sums up what each process used.
func (r *run) uses() []Use {
	took, ops := seconds(r.end.at-r.begin.at), float64(r.end.done-r.begin.done)
	per := func(n float64) *float64 { return known(round(ratio(n, ops), 4)) }
	us := func(d time.Duration) *float64 { return known(round(ratio(seconds(d)*1e6, ops), 2)) }
	of := func(name string) Use {
		u := Use{Process: name}
		a, b := r.begin.kernels[name], r.end.kernels[name]
		if !a.known || !b.known {
			return u
		}
		user, system := b.user-a.user, b.system-a.system
		u.Cores, u.Microseconds, u.User, u.System = known(round(ratio(seconds(user+system), took), 2)), us(user+system), us(user), us(system)
		u.Memory, u.Peak = known(b.memory), known(b.peak)
		if a.hasCalls && b.hasCalls {
			u.ReadCalls, u.WriteCalls = per(float64(b.reads-a.reads)), per(float64(b.calls-a.calls))
		}
		u.Waits = per(float64(b.waits - min(a.waits, b.waits))) // a thread may have ended
		return u
	}
	list := []Use{of(r.scope())}
	if r.target.Local() {
		if n := r.end.counters.since(r.begin.counters); n.Writes > 0 {
			list[0].Flushes = per(float64(n.Writes))
		}
		if r.cfg.DataDir != "" {
			list[0].Syncs = per(float64(sum(r.syncs())))
		}
		return list
	}
	for i := range r.end.counters.servers {
		a, b := &r.begin.counters.servers[i], &r.end.counters.servers[i]
		u := of(b.id.String())
		if a.err == nil && b.err == nil && a.life == b.life {
			if cpu := b.usage.CPU - a.usage.CPU; u.Cores == nil {
				u.Cores, u.Microseconds, u.Memory = known(round(ratio(seconds(cpu), took), 2)), us(cpu), known(b.usage.Memory)
			}
			u.Flushes = per(float64(b.usage.Writes - a.usage.Writes))
			if r.durable() {
				u.Syncs = per(float64(b.usage.Syncs - a.usage.Syncs))
			}
		}
		list = append(list, u)
	}
	for i, why := range r.troubles {
		list[1+i].Ended = why
	}
	return list
}

func sum(list []uint64) (total uint64) {
	for _, n := range list {
		total += n
	}
	return total
}

// write tells of the process in one line.
func (u *Use) write(b *strings.Builder) {
	if u.Microseconds == nil {
		fmt.Fprintf(b, "    %-19s %s\n", u.Process, cmp.Or(u.Ended, "what it used is not known"))
		return
	}
	fmt.Fprintf(b, "    %-19s", u.Process)
	fmt.Fprintf(b, " %g us", *u.Microseconds)
	if u.System != nil {
		fmt.Fprintf(b, " (%g in the kernel)", *u.System)
	}
	if u.ReadCalls != nil && u.WriteCalls != nil {
		fmt.Fprintf(b, ", %.3g reads and %.3g writes", *u.ReadCalls, *u.WriteCalls)
	}
	if u.Waits != nil {
		fmt.Fprintf(b, ", %.3g waits", *u.Waits)
	}
	if u.Syncs != nil {
		fmt.Fprintf(b, ", %.3g syncs", *u.Syncs)
	}
	if u.Memory != nil {
		fmt.Fprintf(b, ", %s", size(*u.Memory))
	}
	b.WriteByte('\n')
	if u.Ended != "" {
		fmt.Fprintf(b, "      %s\n", u.Ended)
	}
}
