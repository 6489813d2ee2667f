package main

import (
	"net"
	"strconv"
)

// freePort returns the first port from one on that nothing on the loopback
// interface uses, neither for connections nor for datagrams; 0 if there is none.
// Somebody may take it before it is used: then that is said.
func freePort(from int) int {
	for port := from; port <= 65535; port++ {
		at := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		ln, err := net.Listen("tcp", at)
		if err != nil {
			continue
		}
		socket, err := net.ListenPacket("udp", at)
		ln.Close()
		if err == nil {
			socket.Close()
			return port
		}
	}
	return 0
}
