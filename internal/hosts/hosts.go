// Package hosts tells what a host's name may mean, without looking it up.
package hosts

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Loopback reports whether a host means this machine only. A name but localhost
// may mean anything by the time it is looked up.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Known reports whether a request's Host header cannot be the work of somebody
// who controls a name: it is localhost, an address, or one of names, in any
// case. A page in a browser whose own name was made to lead to this machine
// counts there as the same site as what listens here; only the header tells.
// The address 0.0.0.0 leads to this machine, too, and browsers do not say of a
// request to it which site it comes from, so it must be one of names.
// HTTP/1.0 has no host.
func Known(hostport string, names []string) bool {
	if hostport == "" {
		return true
	}
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	ip, err := netip.ParseAddr(host)
	if err == nil && !ip.Unmap().IsUnspecified() || strings.EqualFold(host, "localhost") {
		return true
	}
	return host != "" && slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(host, name) })
}
