package daemon

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/quorate/quorate"
)

// door is one of the listeners that the cluster file gives a member.
type door struct {
	key     string // in the file, to say where to change it
	address string // as in the file
	scheme  string
	// Where others reach it and where it listens, host:port.
	endpoint, bind string
}

// doorOf returns a member's door in one of the file's maps of addresses, false
// if it has none.
func doorOf(file *quorate.Config, key string, addresses map[quorate.ID]string, id quorate.ID) (door, bool) {
	address, ok := addresses[id]
	if !ok {
		return door{}, false
	}
	scheme, endpoint, err := quorate.SplitAddress(address)
	if err != nil {
		return door{}, false // refused when the file was validated
	}
	host, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		return door{}, false // as above
	}
	if file.Bind != "" {
		host = file.Bind
	}
	return door{key: fmt.Sprintf("%s of %v", key, id), address: address, scheme: scheme, endpoint: endpoint, bind: net.JoinHostPort(host, port)}, true
}

// listen opens the door for TCP.
func (d door) listen() (net.Listener, error) {
	ln, err := net.Listen("tcp", d.bind)
	if err != nil {
		return nil, d.failed(err)
	}
	return ln, nil
}

// failed says what is wrong with listening here, and what to do.
func (d door) failed(err error) error {
	hint := ""
	var dns *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		hint = ": another process listens there, perhaps this member itself; stop it, or change the file"
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &dns):
		hint = ": this machine has no such address; change the file, or say in its bind where to listen, such as 0.0.0.0"
	case errors.Is(err, syscall.EACCES):
		hint = ": ports below 1024 may need more rights; change the file"
	}
	return fmt.Errorf("listen on %s, the %s in the cluster file: %w%s", d.bind, d.key, plain(err), hint)
}

// plain takes off what package net repeats of the address.
func plain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	var sys syscall.Errno
	if errors.As(err, &sys) {
		return sys
	}
	return err
}

// endpoints returns host and port of every member, without schemes.
func endpoints(addresses map[quorate.ID]string) map[quorate.ID]string {
	all := map[quorate.ID]string{}
	for id, address := range addresses { // unordered: a map is built
		_, endpoint, _ := strings.Cut(address, "://")
		if endpoint == "" {
			endpoint = address
		}
		all[id] = endpoint
	}
	return all
}
