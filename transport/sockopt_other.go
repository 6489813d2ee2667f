//go:build !linux

package transport

import (
	"net"
	"time"
)

// setUserTimeout has no equivalent here.
func setUserTimeout(*net.TCPConn, time.Duration) {}

// receiveBuffer is not known here.
func receiveBuffer(*net.UDPConn) int { return 0 }
