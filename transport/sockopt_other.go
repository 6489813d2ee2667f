//go:build !linux

package transport

import (
	"net"
	"time"
)

// setUserTimeout has no equivalent here.
func setUserTimeout(*net.TCPConn, time.Duration) {}
