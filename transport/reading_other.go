//go:build !unix

package transport

import (
	"io"
	"net"
)

func newReader(conn net.Conn) io.Reader { return conn }
