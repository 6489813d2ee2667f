//go:build unix

package transport

import (
	"net"
	"syscall"
)

// trial writes to a socket without waiting. Not safe for concurrent use.
type trial struct {
	raw  syscall.RawConn
	once func(fd uintptr) bool // writes buf; made once
	buf  []byte
	n    int

	quick, told systemCall // write, without telling the scheduler and with
}

// quickBytes bounds what is written without telling the scheduler: it takes a while to
// copy more.
const quickBytes = 64 << 10

// newTrial returns nil for what is no plain socket: a TLS connection has state that its
// own writes keep.
func newTrial(conn net.Conn) *trial {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	t := &trial{raw: raw, quick: quickWrite, told: syscall.Write}
	t.once = func(fd uintptr) bool {
		write := t.quick
		if len(t.buf) > quickBytes {
			write = t.told
		}
		t.n, _ = write(int(fd), t.buf) // what is wrong the writer will find out
		return true
	}
	return t
}

// write returns how many bytes the socket has taken.
func (t *trial) write(buf []byte) int {
	t.buf, t.n = buf, 0
	if err := t.raw.Write(t.once); err != nil { // closed, or past a deadline that the writer moves on
		t.n = 0
	}
	t.buf = nil
	return max(t.n, 0)
}
