package transport

import (
	"net"
	"syscall"
	"testing"
)

// A peer that has vanished without a word is noticed by either end: by probes
// where nothing is sent, and by what it does not acknowledge where something is.
func TestHalfOpenConnectionsAreNoticed(t *testing.T) {
	v := newVictim(t, nil)
	dialled, err := net.Dial("tcp", v.link.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer dialled.Close()
	tune(dialled, v.link.cfg.TCPTiming)
	conns := []net.Conn{dialled}
	v.as(v.clientHello())
	v.link.conns.mu.Lock()
	for conn, stranger := range v.link.conns.open {
		if stranger == nil { // one that has greeted has its options
			conns = append(conns, conn)
		}
	}
	v.link.conns.mu.Unlock()
	if len(conns) < 2 {
		t.Fatal("no connection was accepted")
	}
	for _, conn := range conns {
		raw, err := conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		err = raw.Control(func(fd uintptr) {
			for _, option := range []struct {
				name             string
				level, key, want int
			}{
				{"keep alive", syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
				{"seconds of silence", syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 3},
				{"seconds between probes", syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 1},
				{"probes", syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 3},
				{"milliseconds unacknowledged", syscall.IPPROTO_TCP, tcpUserTimeout, 5000},
			} {
				if got, err := syscall.GetsockoptInt(int(fd), option.level, option.key); err != nil || got != option.want {
					t.Errorf("%s: %d, %v, want %d", option.name, got, err, option.want)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
