package fleet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"

	"github.com/quorate/quorate"
)

// Ports of servers are chosen from a range from which systems give none to outgoing
// connections.
const firstPort, portRange = 20000, 12000

// PortsEach is how many ports a member needs, for all that [Loopback] lets it serve.
const PortsEach = 3

// FreePorts returns ports of the loopback interface that nothing uses, neither for
// connections nor for datagrams. Each call begins somewhere else, so that two that
// choose at the same time hardly meet; see [PortTaken] for when they do.
func FreePorts(n int) ([]int, error) {
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

// Attempts bounds how often other ports are tried when somebody took one between
// its choice and its use.
const Attempts = 3

// PortTaken reports whether a member did not start because of its port.
func PortTaken(err error) bool {
	var start *StartError
	return errors.As(err, &start) && strings.Contains(start.Reason, "address already in use")
}

// Loopback returns the addresses of a cluster file whose members are on the loopback
// interface, each with [PortsEach] of the ports: for members and clients, for HTTP, if
// that is wanted, and for operators. All else is left to the caller.
func Loopback(cluster *quorate.Cluster, ports []int, http bool) *quorate.Config {
	file := &quorate.Config{Addresses: map[quorate.ID]string{}, AdminAddresses: map[quorate.ID]string{}}
	if http {
		file.HTTPAddresses = map[quorate.ID]string{}
	}
	for i, id := range cluster.IDs() {
		at := func(scheme string, k int) string {
			return fmt.Sprintf("%s://127.0.0.1:%d", scheme, ports[PortsEach*i+k])
		}
		file.Addresses[id] = at("tcp", 0)
		if http {
			file.HTTPAddresses[id] = at("http", 1)
		}
		file.AdminAddresses[id] = at("http", 2)
	}
	return file
}
