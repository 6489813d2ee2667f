package transport

import (
	"context"
	"errors"
	"math"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate"
)

// Whatever the delays, items leave no earlier than due, in the order of their
// due times, and all of them.
func TestDelayLine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		delays := rapid.SliceOfN(rapid.IntRange(0, 20), 1, 50).Draw(rt, "delays")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 3), len(delays), len(delays)).Draw(rt, "pauses")
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			type item struct{ due, place int }
			var want, got []item
			line := newDelayLine(1000, func(i item) {
				if since := int(time.Since(start) / time.Millisecond); since != i.due {
					t.Errorf("item due at %d leaves at %d", i.due, since)
				}
				got = append(got, i)
			})
			now := 0
			for place, d := range delays {
				now += pauses[place]
				time.Sleep(time.Duration(pauses[place]) * time.Millisecond)
				want = append(want, item{now + d, place})
				line.add(time.Duration(d)*time.Millisecond, want[place])
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			slices.SortStableFunc(want, func(a, b item) int { return a.due - b.due })
			if !slices.Equal(got, want) {
				t.Errorf("left %v, want %v", got, want)
			}
		})
	})
}

func TestDelayLineIsBoundedAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := newDelayLine(2, func(int) { t.Error("released after close") })
		if !line.add(time.Second, 1) || !line.add(time.Second, 2) || line.add(time.Second, 3) {
			t.Error("want room for two")
		}
		if n := line.close(); n != 2 {
			t.Errorf("%d forgotten, want 2", n)
		}
		if line.add(time.Second, 4) {
			t.Error("a closed line takes an item")
		}
		time.Sleep(time.Hour)
	})
}

func TestRoutesAreNotUsedAgainSoon(t *testing.T) {
	var r routes[int]
	seen := map[quorate.ID]bool{}
	for i := range math.MaxUint16 {
		id, ok := r.add(i, math.MaxUint16)
		if !ok || !id.IsRoute() || seen[id] {
			t.Fatalf("route %d is %v, ok %v, seen %v", i, id, ok, seen[id])
		}
		seen[id] = true
		if i%2 == 0 {
			r.remove(id)
		}
	}
	for range 3 * math.MaxUint16 / 2 { // round again, past those that stay
		id, ok := r.add(-1, math.MaxUint16)
		if v, _ := r.get(id); !ok || v != -1 {
			t.Fatalf("route %v, ok %v, leads to %d", id, ok, v)
		}
		r.remove(id)
	}
	if n := len(r.drain()); n != math.MaxUint16/2 {
		t.Errorf("%d routes left, want %d", n, math.MaxUint16/2)
	}
}

func TestRoutesRunOut(t *testing.T) {
	var r routes[int]
	for range 3 {
		if _, ok := r.add(0, 3); !ok {
			t.Fatal("no route")
		}
	}
	if id, ok := r.add(0, 3); ok {
		t.Errorf("a fourth of three routes: %v", id)
	}
	r.remove(quorate.Route(2))
	if id, ok := r.add(0, 3); !ok || id != quorate.Route(4) {
		t.Errorf("after one left: %v, %v", id, ok)
	}
}

func TestOutQueue(t *testing.T) {
	q := newOutQueue(10)
	steps := []struct {
		frame string
		first bool
		err   error
	}{
		{"abcdefghijklm", true, nil}, // larger than the bound, but alone
		{"n", false, ErrQueueFull},
	}
	for _, s := range steps {
		if first, err := q.put([]byte(s.frame)); first != s.first || !errors.Is(err, s.err) {
			t.Errorf("put %q: %v, %v", s.frame, first, err)
		}
	}
	if buf, n := q.take(nil); string(buf) != "abcdefghijklm" || n != 1 {
		t.Errorf("took %q, %d", buf, n)
	}
	for i, want := range []error{nil, nil, ErrQueueFull} {
		if first, err := q.put([]byte("abcde")); err != want || first != (i == 0) {
			t.Errorf("put %d: %v, %v", i, first, err)
		}
	}
	if n := q.setShut(true); n != 2 {
		t.Errorf("%d frames dropped, want 2", n)
	}
	if _, err := q.put([]byte("x")); err != ErrNotConnected {
		t.Errorf("put into a shut queue: %v", err)
	}
	q.setShut(false)
	if first, err := q.put([]byte("x")); err != nil || !first {
		t.Errorf("put after it opened again: %v, %v", first, err)
	}
}

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backoff{min: 10 * time.Millisecond, max: 35 * time.Millisecond}
		for i, want := range []time.Duration{10, 20, 35, 35} {
			start := time.Now()
			if !b.wait(t.Context(), nil) {
				t.Fatal("wait gave up")
			}
			if got := time.Since(start); got < want*time.Millisecond/2 || got > want*time.Millisecond {
				t.Errorf("wait %d took %v, want %v or up to half less", i, got, want*time.Millisecond)
			}
		}
		b.reset()
		start := time.Now()
		b.wait(t.Context(), nil)
		if got := time.Since(start); got > 10*time.Millisecond {
			t.Errorf("after a reset the wait took %v", got)
		}
		hurry := make(chan struct{}, 1)
		hurry <- struct{}{}
		start = time.Now()
		if !b.wait(t.Context(), hurry) || time.Since(start) > 0 {
			t.Error("hurry did not end the wait")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if b.wait(ctx, nil) {
			t.Error("wait goes on after the end")
		}
	})
}

func TestConfigsAreChecked(t *testing.T) {
	addr := map[quorate.ID]string{member(1): "127.0.0.1:1"}
	for _, bad := range []interface{ Validate() error }{
		TCPConfig{PeerQueue: -1}, TCPConfig{ClientQueue: -1}, TCPConfig{MaxFrame: -1}, TCPConfig{MaxRequest: -1}, TCPConfig{MaxClients: -1},
		TCPConfig{ClientQueues: -1}, TCPConfig{MaxStrangers: -1}, TCPConfig{MaxFrame: 1000, MaxRequest: 1001}, TCPConfig{MaxRequest: 5 << 20}, TCPTiming{FrameTimeout: -1},
		TCPConfig{Inbox: InboxConfig{Peers: -1}}, TCPConfig{TCPTiming: TCPTiming{HelloTimeout: -1}},
		TCPTiming{WriteTimeout: -1}, TCPTiming{RetryMin: -1}, TCPTiming{RetryMax: -1}, TCPTiming{RetryMin: 2 * time.Second},
		TCPClientConfig{}, TCPClientConfig{Addresses: addr, Queue: -1}, TCPClientConfig{Addresses: addr, MaxFrame: -1},
		HubConfig{Inbox: InboxConfig{Clients: -1}},
	} {
		if bad.Validate() == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	for _, good := range []interface{ Validate() error }{TCPConfig{}, TCPConfig{MaxFrame: 1000}, TCPTiming{}, TCPClientConfig{Addresses: addr}, HubConfig{}} {
		if err := good.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestMembersOnTheLoopbackInterfaceCallFromTheirAddresses(t *testing.T) {
	for _, c := range []struct{ own, to, want string }{
		{"127.0.1.2:7000", "127.0.1.1:7000", "127.0.1.2:0"},
		{"127.0.1.2:7000", "127.0.0.1:80", "127.0.1.2:0"},
		{"127.0.0.1:7000", "127.0.1.1:7000", ""}, // as everybody
		{"127.0.1.2:7000", "192.0.2.1:7000", ""}, // who would not know where to answer to
		{"127.0.1.2:7000", "example.com:7000", ""},
		{"127.0.1.2:7000", "[::1]:7000", ""},
		{"192.0.2.1:7000", "127.0.1.1:7000", ""},
		{"[::1]:7000", "127.0.1.1:7000", ""},
		{"127.0.1.2:7000", "nonsense", ""},
	} {
		own, err := net.ResolveTCPAddr("tcp", c.own)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if from := source(own, c.to); from != nil {
			got = from.String()
		}
		if got != c.want {
			t.Errorf("%s calls %s from %q, want %q", c.own, c.to, got, c.want)
		}
	}
}
