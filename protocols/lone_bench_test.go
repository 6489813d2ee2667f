package protocols_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/cputime"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/protocols"
)

// lone is three members on one thread that hand each other messages, with journals in
// memory: what a command costs all of them, without clients, network and scheduler.
// Its clock goes with the commands, so that saving and trimming take the same part
// of a run however busy the machine is.
type lone struct {
	nodes    []*quorate.Node
	replicas []quorate.Replica
	equals   bool // which member is asked does not matter
	journals []*journal.Memory
	inbox    []quorate.Envelope
	spare    []quorate.Envelope
	now      time.Duration
	sends    func(quorate.Envelope)
	seq      uint64
	replies  int
}

// lonePace is how long a command takes on that clock.
const lonePace = 5 * time.Microsecond

func newLone(b *testing.B, protocol string) *lone {
	b.Helper()
	constructor, err := protocols.New(protocol, protocols.Options{})
	if err != nil {
		b.Fatal(err)
	}
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		b.Fatal(err)
	}
	l := &lone{now: time.Hour, equals: protocols.Equals(protocol)}
	l.sends = l.send
	for _, id := range cluster.IDs() {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		r, err := constructor(n, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{}))
		if err != nil {
			b.Fatal(err)
		}
		if err := n.Start(l.now, nil); err != nil {
			b.Fatal(err)
		}
		l.nodes, l.replicas, l.journals = append(l.nodes, n), append(l.replicas, r), append(l.journals, journal.NewMemory())
	}
	l.pass(b, 2*time.Second)
	return l
}

func (l *lone) send(e quorate.Envelope) {
	switch {
	case e.To.IsRoute():
		if r := e.Msg.(quorate.Reply); r.Status == quorate.Done {
			l.replies++
		}
	case e.To == quorate.Others:
		for _, n := range l.nodes {
			if n.ID() != e.From {
				l.inbox = append(l.inbox, quorate.Envelope{From: e.From, To: n.ID(), Msg: e.Msg})
			}
		}
	default:
		l.inbox = append(l.inbox, e)
	}
}

// run goes on until nobody has anything to do.
func (l *lone) run(b *testing.B) {
	for busy := true; busy; {
		inbox := l.inbox
		l.inbox, busy = l.spare[:0], len(inbox) > 0
		for _, e := range inbox {
			for _, n := range l.nodes {
				if n.ID() == e.To {
					if err := n.Receive(l.now, e.From, e.Msg); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
		clear(inbox)
		l.spare = inbox
		for i, n := range l.nodes {
			n.Tick(l.now)
			for batch := n.Flush(l.sends); !batch.Empty(); batch = n.Flush(l.sends) {
				busy = true
				if err := l.journals[i].Commit(batch.Records); err != nil {
					b.Fatal(err)
				}
				n.Synced(batch, l.sends)
			}
		}
	}
}

// pass lets time go by.
func (l *lone) pass(b *testing.B, d time.Duration) {
	for end := l.now + d; l.now < end; l.now += time.Millisecond {
		l.run(b)
	}
}

// asked returns whom a client asks next: the leader if there is one.
func (l *lone) asked() *quorate.Node {
	if l.equals {
		return l.nodes[l.seq%3]
	}
	for i, r := range l.replicas {
		if r.Report().Role == "leader" {
			return l.nodes[i]
		}
	}
	return l.nodes[0]
}

// do has the members execute n commands, 64 at once: as many as clients, or as one
// round of a busy loop.
func (l *lone) do(b *testing.B, n int, next func(i int) (key string, value []byte)) {
	want := l.replies + n
	for i := range n {
		l.seq++
		c := quorate.Command{Client: quorate.Client(l.seq%64 + 1), Seq: l.seq, Issued: l.now, Op: quorate.OpGet}
		if c.Key, c.Value = next(i); c.Value != nil {
			c.Op = quorate.OpPut
		}
		if err := l.asked().Receive(l.now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Minute}); err != nil {
			b.Fatal(err)
		}
		if l.seq%64 == 0 {
			l.now += 64 * lonePace
			l.run(b)
		}
	}
	for range 10_000 {
		if l.replies >= want {
			return
		}
		l.pass(b, time.Millisecond)
	}
	b.Fatalf("%d replies, want %d", l.replies, want)
}

// BenchmarkLone is what a command costs three members, of which half write, by protocol
// and keys, all of which were written before.
func BenchmarkLone(b *testing.B) {
	for _, protocol := range []string{"paxos", "trex", "epaxos", "wpaxos"} {
		for _, keys := range []int{1000, 100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/keys=%d", protocol, keys), func(b *testing.B) {
				names := make([]string, keys)
				for i := range names {
					names[i] = "key" + strconv.Itoa(i)
				}
				l := newLone(b, protocol)
				began, _ := cputime.Used()
				l.do(b, keys, func(i int) (string, []byte) { return names[i], make([]byte, 100) })
				loaded, _ := cputime.Used()
				l.pass(b, 20*time.Second)
				runtime.GC()
				rng := rand.New(rand.NewPCG(1, 2))
				next := func(int) (string, []byte) {
					if rng.Uint64()&1 == 1 {
						return names[rng.IntN(keys)], make([]byte, 100)
					}
					return names[rng.IntN(keys)], nil
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start, _ := cputime.Used()
				b.ResetTimer()
				l.do(b, b.N, next)
				b.StopTimer()
				end, _ := cputime.Used()
				runtime.ReadMemStats(&after)
				per := func(d time.Duration, n int) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(n) }
				b.ReportMetric(per(end-start, b.N), "cpu-us/op")
				b.ReportMetric(per(loaded-began, keys), "load-us/key")
				b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N), "B/op")
				b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N), "allocs/op")
				b.ReportMetric(float64(after.NumGC-before.NumGC), "gcs")
				b.ReportMetric(float64(after.HeapAlloc>>20), "MiB")
			})
		}
	}
}

// BenchmarkMaps is the least that keys can cost three members with a map each: a lookup
// for each command at each, half of them with a new value of 100 bytes.
func BenchmarkMaps(b *testing.B) {
	type item struct {
		value   []byte
		version uint64
	}
	for _, keys := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			names := make([]string, keys)
			var members [3]map[string]item
			for m := range members {
				members[m] = map[string]item{}
			}
			for i := range names {
				names[i] = "key" + strconv.Itoa(i)
				for m := range members {
					members[m][names[i]] = item{make([]byte, 100), 1}
				}
			}
			rng := rand.New(rand.NewPCG(1, 2))
			began, _ := cputime.Used()
			for b.Loop() {
				name, write := names[rng.IntN(keys)], rng.Uint64()&1 == 1
				var value []byte
				if write {
					value = make([]byte, 100)
				}
				for m := range members {
					it := members[m][name]
					if write {
						members[m][name] = item{value, it.version + 1}
					}
				}
			}
			ended, _ := cputime.Used()
			b.ReportMetric(float64((ended-began).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}
