package faults_test

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/transport/certs"
)

// attack is something that many do to one member at once, each again and again.
type attack struct {
	name   string
	places int
	once   func(ctx context.Context, conn net.Conn)
	door   func(r *rig, id quorate.ID) string
}

// Where the doors are.
func members(r *rig, id quorate.ID) string   { return r.File.Addresses[id] }
func clients(r *rig, id quorate.ID) string   { return r.File.HTTPAddresses[id] }
func operators(r *rig, id quorate.ID) string { return r.File.AdminAddresses[id] }

// attacks returns those on one member of a plain cluster, by somebody who knows no more
// than its address, and what it answers to whoever asks.
func (r *rig) attacks(leader, peer quorate.ID) []attack {
	r.t.Helper()
	client := learnt(r.t, r.File.Addresses[leader], greeting{"kind": "client"})
	client["kind"], client["to"] = "client", leader.String()
	delete(client, "from")
	forged := learnt(r.t, r.File.Addresses[leader], greeting{"kind": "peer", "from": peer.String(), "to": leader.String()})
	forged["from"], forged["to"], forged["process"] = peer.String(), leader.String(), "4711"
	replayed := learnt(r.t, r.File.Addresses[peer], greeting{"kind": "peer", "from": leader.String(), "to": peer.String()})
	replayed["to"] = leader.String() // with the number of the peer's process
	greets := func(g greeting, then func(ctx context.Context, conn net.Conn)) func(ctx context.Context, conn net.Conn) {
		return func(ctx context.Context, conn net.Conn) {
			if _, err := greet(conn, g); err == nil {
				then(ctx, conn)
			}
		}
	}
	stay := func(ctx context.Context, conn net.Conn) { <-ctx.Done() }
	request := []byte(strings.Repeat("\x00", 2<<20-200))
	copy(request, "\x00\x1f\xff\x00") // announces a little more
	get := "GET /kv/large?read=local HTTP/1.1\r\nHost: localhost\r\n\r\n"
	return []attack{
		{"greets as a peer that is connected", 16, greets(forged, func(context.Context, net.Conn) {}), members},
		{"replays a peer's greeting, then garbage", 4, greets(replayed, func(_ context.Context, conn net.Conn) { write(conn, "\x00\x00\x00\x02\xff\xff") }), members},
		{"clients that greet and keep silent", 1100, greets(client, stay), members},
		{"clients that send all but the end of 2 MiB", 200, greets(client, func(ctx context.Context, conn net.Conn) {
			write(conn, string(request))
			<-ctx.Done()
		}), members},
		{"asks for heads of 15 KiB", 32, func(_ context.Context, conn net.Conn) {
			if write(conn, "GET /kv/k HTTP/1.1\r\nHost: localhost\r\nX: ", strings.Repeat("x", 15<<10), "\r\n\r\n") {
				drain(conn)
			}
		}, clients},
		{"sends a head of 1 MiB", 32, func(_ context.Context, conn net.Conn) {
			write(conn, "GET /kv/k HTTP/1.1\r\nHost: localhost\r\n", strings.Repeat("X: y\r\n", 170_000))
		}, clients},
		{"asks for much, takes nothing", 300, func(ctx context.Context, conn net.Conn) {
			_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			for range 100 {
				if !write(conn, get) {
					return
				}
			}
			<-ctx.Done()
		}, clients},
		{"asks whether it is ready", 32, func(ctx context.Context, conn net.Conn) {
			for ctx.Err() == nil && write(conn, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n") && drain(conn) {
			}
		}, operators},
		{"asks for metrics, takes nothing", 300, func(ctx context.Context, conn net.Conn) {
			_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			write(conn, strings.Repeat("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 200))
			<-ctx.Done()
		}, operators},
	}
}

// drain reads once.
func drain(conn net.Conn) bool {
	var b [4 << 10]byte
	_, err := conn.Read(b[:])
	return err == nil
}

// greeting is what one end of a connection says of itself.
type greeting map[string]any

// greet says a greeting and returns the answer.
func greet(conn net.Conn, g greeting) (greeting, error) {
	body, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(append([]byte("quorate\n\x00\x00"), append([]byte{byte(len(body) >> 8), byte(len(body))}, body...)...)); err != nil {
		return nil, err
	}
	var head [12]byte
	for n := 0; n < len(head); {
		m, err := conn.Read(head[n:])
		if err != nil {
			return nil, err
		}
		n += m
	}
	var answer greeting
	err = json.NewDecoder(conn).Decode(&answer)
	return answer, err
}

// learnt returns what a member says of itself to whoever asks.
func learnt(t *testing.T, address string, g greeting) greeting {
	t.Helper()
	_, at, _ := strings.Cut(address, "://")
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	g["version"] = 1
	answer, err := greet(conn, g)
	if err != nil {
		t.Fatal(err)
	}
	delete(answer, "refusal")
	return answer
}

// phase is what was seen for a while.
type phase struct {
	visits, served int64
	longest        time.Duration // between two calls of one client
	cpu            time.Duration // of the member
	most           uint64        // of its memory
}

// watched has clients work for a while, and somebody attack meanwhile.
func (r *rig) watched(l *load, id quorate.ID, a *attack, span time.Duration) phase {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), span)
	defer cancel()
	before := r.used(id)
	p := phase{most: before.Memory, served: -l.done.Load()}
	l.longest.Store(0)
	var visits atomic.Int64
	var all sync.WaitGroup
	if a != nil {
		_, at, _ := strings.Cut(a.door(r, id), "://")
		for range a.places {
			all.Go(func() { a.stay(ctx, at, &visits) })
		}
	}
	pace := time.NewTicker(50 * time.Millisecond)
	defer pace.Stop()
	for ctx.Err() == nil {
		select {
		case <-pace.C:
			p.most = max(p.most, resident(r.Process(id).PID()))
		case <-ctx.Done():
		}
	}
	p.served += l.done.Load()
	all.Wait()
	l.serves(20) // whoever waited is served now
	p.visits, p.longest = visits.Load(), time.Duration(l.longest.Load())
	p.cpu = r.used(id).CPU - before.CPU
	return p
}

// stay comes again and again.
func (a *attack) stay(ctx context.Context, at string, visits *atomic.Int64) {
	var d net.Dialer
	for ctx.Err() == nil {
		conn, err := d.DialContext(ctx, "tcp", at)
		if err != nil {
			continue
		}
		visits.Add(1)
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		a.once(ctx, conn)
		stop()
		conn.Close()
	}
}

// Rule: whatever strangers do to one member, the clients of the cluster are served
// without a failure, and what it holds for strangers is bounded.
func TestAttacks(t *testing.T) {
	r := newRig(t, 3, seedOf(t), calm)
	leader := r.leader()
	r.attacked(leader, r.attacks(leader, r.others(leader)[0]))
}

// attacked has each of the attacks made on a member.
func (r *rig) attacked(id quorate.ID, attacks []attack) {
	t := r.t
	t.Helper()
	if code, _, err := r.send(id, numbered{"00000000000000cc", "1", time.Now(), "PUT", "large", strings.Repeat("x", 128<<10)}); err != nil || code/100 != 2 {
		t.Fatalf("%d %v", code, err)
	}
	l := r.load(loadConfig{binary: 4, rest: 4, first: []quorate.ID{id}, patient: 20 * time.Second})
	l.serves(100)
	span, quiet := 100*time.Millisecond, phase{}
	if *soak {
		span = 2 * time.Second
	}
	per := func(n int64) float64 { return float64(n) / span.Seconds() }
	for i := range attacks {
		a := &attacks[i]
		if *soak {
			quiet = r.watched(l, id, nil, span)
		}
		p := r.watched(l, id, a, span)
		l.turn()
		t.Logf("%-45s %6.0f visits/s; calls/s %4.0f, before %4.0f; longest %4v, before %4v; its processor %3.0f%%, before %3.0f%%; memory %3d MiB, before %3d", a.name, per(p.visits),
			per(p.served), per(quiet.served), p.longest.Round(time.Millisecond), quiet.longest.Round(time.Millisecond),
			100*p.cpu.Seconds()/span.Seconds(), 100*quiet.cpu.Seconds()/span.Seconds(), p.most>>20, quiet.most>>20)
		if p.most > 700<<20 {
			t.Errorf("%s: it held %d MiB", a.name, p.most>>20)
		}
	}
	l.readAll()
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d calls failed: %v", n, l.failures)
	}
	r.agree(append(l.keys(), "large")...)
	r.check()
}

// newSecureRig makes a cluster with TLS between members, and with binary clients.
func newSecureRig(t *testing.T, n int, seed uint64, edit ...func(*quorate.Config)) *rig {
	t.Helper()
	r := dormant(t, n, seed, edit...)
	dir := filepath.Join(r.Dir, "certs")
	if got := proc.Run(t, "certs", "--config", r.Path, "--out", dir); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	authority := filepath.Join(dir, certs.AuthorityFile)
	for _, id := range r.IDs() {
		cert, key := certs.NodeFiles(id)
		r.Launch(t, id, "--init", "--tls-ca", authority, "--tls-cert", filepath.Join(dir, cert), "--tls-key", filepath.Join(dir, key))
	}
	var err error
	r.secure, err = transport.LoadTLS(authority, filepath.Join(dir, certs.ClientFile), filepath.Join(dir, certs.ClientKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range r.IDs() {
		r.Process(id).Line(t, "ready")
	}
	if r.reach, err = remote.Open(remote.Config{File: r.File, TLS: r.secure}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.reach.Close() })
	return r
}
