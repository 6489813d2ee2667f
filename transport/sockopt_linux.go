package transport

import (
	"net"
	"syscall"
	"time"
)

const tcpUserTimeout = 0x12 // not in package syscall

// setUserTimeout bounds how long sent bytes may stay unacknowledged. Without
// it a connection that survived a cut waits up to two minutes for its next
// retransmission after the cut has healed.
func setUserTimeout(c *net.TCPConn, d time.Duration) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		// Only a refinement: a kernel that refuses it still works.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds()))
	})
}

// receiveBuffer returns the size of a socket's receive buffer, of which the
// kernel counts half as its own; 0 if it will not say.
func receiveBuffer(c *net.UDPConn) int {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	size := 0
	_ = raw.Control(func(fd uintptr) {
		size, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF)
	})
	return size / 2
}
