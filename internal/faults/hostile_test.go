package faults_test

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// stranger is somebody who means no good. It is given a connection, and uses it
// for as long as it pleases.
type stranger struct {
	name string
	use  func(ctx context.Context, conn net.Conn, rng *rand.Rand)
}

func write(conn net.Conn, parts ...string) bool {
	for _, part := range parts {
		if _, err := conn.Write([]byte(part)); err != nil {
			return false
		}
	}
	return true
}

// strangers returns those for the binary port and for one of HTTP. The path is of
// something large.
func strangers(path string) []stranger {
	wait := func(ctx context.Context, conn net.Conn) {
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
		var b [1]byte
		_, _ = conn.Read(b[:]) // until somebody has had enough
	}
	get := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
	return []stranger{
		{"floods", func(context.Context, net.Conn, *rand.Rand) {}},
		{"keeps silent", func(ctx context.Context, conn net.Conn, _ *rand.Rand) { wait(ctx, conn) }},
		{"sends garbage", func(_ context.Context, conn net.Conn, rng *rand.Rand) {
			b := make([]byte, 1+rng.IntN(64<<10))
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			write(conn, string(b))
		}},
		{"begins well, and sends garbage", func(_ context.Context, conn net.Conn, rng *rand.Rand) {
			write(conn, "quorate\n", string([]byte{0, 0, byte(rng.Uint32()), byte(rng.Uint32())}), strings.Repeat("x", rng.IntN(4<<10)))
		}},
		{"promises much", func(ctx context.Context, conn net.Conn, _ *rand.Rand) {
			write(conn, "quorate\n\xff\xff\xff\xff")
			wait(ctx, conn)
		}},
		{"uploads without end", func(ctx context.Context, conn net.Conn, _ *rand.Rand) {
			if write(conn, "PUT /kv/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx") {
				wait(ctx, conn)
			}
		}},
		{"drips", func(ctx context.Context, conn net.Conn, _ *rand.Rand) {
			pace := time.NewTicker(20 * time.Millisecond)
			defer pace.Stop()
			for write(conn, "G") {
				select {
				case <-pace.C:
				case <-ctx.Done():
					return
				}
			}
		}},
		{"asks, and does not read", func(ctx context.Context, conn net.Conn, _ *rand.Rand) {
			_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			for range 50 {
				if !write(conn, get) {
					break
				}
			}
			<-ctx.Done()
		}},
		{"asks, and hangs up", func(_ context.Context, conn net.Conn, _ *rand.Rand) {
			_ = conn.(*net.TCPConn).SetLinger(0)
			write(conn, get)
		}},
	}
}

// crowd is many strangers at the doors of one member.
type crowd struct {
	came    atomic.Int64
	ctx     context.Context
	halt    context.CancelFunc
	members sync.WaitGroup
}

// crowded has strangers of each kind come to every door of a member, again and
// again: each does what it does once in parallel for each of its places.
func (r *rig) crowded(id quorate.ID, places int) *crowd {
	r.t.Helper()
	c := &crowd{}
	c.ctx, c.halt = context.WithCancel(context.Background())
	for d, door := range []struct{ address, path string }{
		{r.File.Addresses[id], "/"}, {r.File.HTTPAddresses[id], "/kv/large?read=local"}, {r.File.AdminAddresses[id], "/metrics"},
	} {
		_, at, _ := strings.Cut(door.address, "://")
		for s, who := range strangers(door.path) {
			for p := range places {
				rng := rand.New(rand.NewPCG(r.seed, uint64(d*10000+s*1000+p)))
				c.members.Go(func() { c.visit(at, who, rng) })
			}
		}
	}
	r.t.Cleanup(c.leave)
	return c
}

func (c *crowd) visit(at string, who stranger, rng *rand.Rand) {
	pace := time.NewTicker(30 * time.Millisecond)
	defer pace.Stop()
	var d net.Dialer
	for c.ctx.Err() == nil {
		if conn, err := d.DialContext(c.ctx, "tcp", at); err == nil {
			c.came.Add(1)
			who.use(c.ctx, conn, rng)
			conn.Close()
		}
		select {
		case <-pace.C:
		case <-c.ctx.Done():
		}
	}
}

func (c *crowd) leave() {
	c.halt()
	c.members.Wait()
}

// memory returns what a member's process holds, in bytes.
func (r *rig) memory(id quorate.ID) uint64 {
	r.t.Helper()
	var used uint64
	r.await("it tells its memory", func() bool {
		a, err := r.reach.Admin(id, 2*time.Second)
		if err != nil {
			r.t.Fatal(err)
		}
		defer a.Close()
		s, err := a.Metrics(context.Background())
		used = s.Usage().Memory
		return err == nil && used > 0
	})
	return used
}

// Rule: whoever comes to the doors of the leader, with whatever in mind, it leads
// and serves its clients, all that is held for strangers is bounded, and is given
// back when they are gone.
func TestHostileLoad(t *testing.T) {
	r := newRig(t, 3, seedOf(t), calm)
	r.writes(time.Now(), r.IDs())
	leader := r.leader()
	before := r.status(leader)
	if code, _, err := r.send(leader, numbered{"00000000000000cc", "1", time.Now(), "PUT", "large", strings.Repeat("x", 128<<10)}); err != nil || code/100 != 2 {
		t.Fatalf("%d %v", code, err)
	}
	l := r.load(loadConfig{binary: 4, rest: 4, first: []quorate.ID{leader}, patient: 10 * time.Second})
	l.serves(200)
	quiet := r.memory(leader)
	places, visits := 8, int64(4000)
	if *soak {
		places, visits = 40, 200000
	}
	c := r.crowded(leader, places)
	began, done, most := time.Now(), l.done.Load(), quiet
	r.await("many strangers came", func() bool {
		most = max(most, r.memory(leader))
		return c.came.Load() >= visits || time.Since(began) > patience/2
	})
	l.serves(100)
	took := time.Since(began)
	after := r.status(leader)
	c.leave()
	t.Logf("%d connections of strangers in %v; %d calls served; the leader held %d MiB before and at most %d MiB", c.came.Load(), took.Round(time.Millisecond), l.done.Load()-done, quiet>>20, most>>20)
	if after.Role != "leader" || after.Ballot != before.Ballot {
		t.Errorf("%v led with %s, now it is %s with %s", leader, before.Ballot, after.Role, after.Ballot)
	}
	if most > 400<<20 {
		t.Errorf("it held up to %d MiB", most>>20)
	}
	l.readAll()
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d calls failed: %v", n, l.failures)
	}
	r.agree(append(l.keys(), "large")...)
	r.check()
}
