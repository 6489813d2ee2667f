package bench

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports of servers are chosen from a range from which systems give none to outgoing
// connections.
const firstPort, portRange = 20000, 12000

// freePorts returns ports of the loopback interface that nothing uses, neither for
// connections nor for datagrams. Each call begins somewhere else, so that two that
// choose at the same time hardly meet.
func freePorts(n int) ([]int, error) {
	var ports []int
	from := rand.IntN(portRange)
	for i := range portRange {
		if len(ports) == n {
			return ports, nil
		}
		port := firstPort + (from+i)%portRange
		if free(port) {
			ports = append(ports, port)
		}
	}
	return nil, fmt.Errorf("find %d ports for the members: only %d of those from %d to %d are free", n, len(ports), firstPort, firstPort+portRange-1)
}

func free(port int) bool {
	at := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	ln, err := net.Listen("tcp", at)
	if err != nil {
		return false
	}
	defer ln.Close()
	socket, err := net.ListenPacket("udp", at)
	if err != nil {
		return false
	}
	socket.Close()
	return true
}
