package quorate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (c *Config) checkMembers(k *configChecker) {
	cluster, err := c.Cluster()
	if err != nil {
		k.fail("address", "%v", err)
	} else if c.Quorums != "" {
		if _, err := ParseQuorums(cluster, c.Quorums); err != nil {
			k.fail("quorums", "%v", err)
		}
	}
	if c.WAN != "" && err == nil && len(cluster.Zones()) < 2 {
		k.fail("wan", "one zone over %.40q: want at least two, each in a region", c.WAN)
	}
	k.need(c.Jitter == 0 || c.Jitter > 0 && c.WAN != "", "jitter", "0 or more, and a wan over which messages travel", c.Jitter)
	if err == nil && c.LeaderZone != 0 && !slices.Contains(cluster.Zones(), c.LeaderZone) {
		k.fail("leader_zone", "want one of the zones %v, have %d", cluster.Zones(), c.LeaderZone)
	}
	p := ports{bind: c.Bind != "", taken: map[string]string{}}
	p.check(k, "address", c.Addresses, "tcp", "udp", "chan")
	p.check(k, "http_address", c.HTTPAddresses, "http", "https")
	p.check(k, "admin_address", c.AdminAddresses, "http")
	c.strangers(k, "http_address", c.HTTPAddresses)
	c.strangers(k, "admin_address", c.AdminAddresses)
	if err := checkHost(c.Bind); err != nil {
		k.fail("bind", "%v", err)
	}
	if c.Transport != "" && c.Transport != "tcp" && c.Transport != "udp" {
		k.fail("transport", "transport %.40q: want tcp or udp", c.Transport)
	}
	if list := c.schemes("tcp"); c.Transport == "" && len(list) > 1 {
		k.fail("address", "the schemes %s are mixed: write one, or say transport", strings.Join(list, " and "))
	}
}

// strangers reports addresses of a listener for nodes that are no members.
func (c *Config) strangers(k *configChecker, path string, addresses map[ID]string) {
	for _, id := range slices.Sorted(maps.Keys(addresses)) {
		if _, member := c.Addresses[id]; !member {
			k.fail(join(path, id.String()), "%v has no address, so it is not a member", id)
		}
	}
}

// ports finds listeners that would get into each other's way.
type ports struct {
	bind  bool              // all listeners of a member are on one host
	taken map[string]string // by endpoint: the path that names it
}

func (p ports) check(k *configChecker, path string, addresses map[ID]string, schemes ...string) {
	for _, id := range slices.Sorted(maps.Keys(addresses)) {
		at := join(path, id.String())
		scheme, endpoint, err := SplitAddress(addresses[id])
		if err != nil {
			k.fail(at, "%v", err)
			continue
		}
		if scheme != "" && !slices.Contains(schemes, scheme) {
			k.fail(at, "scheme %.40q: want one of %s", scheme, strings.Join(schemes, ", "))
		}
		p.take(k, at, id, strings.ToLower(endpoint))
	}
}

// take notes that a member listens on an endpoint.
func (p ports) take(k *configChecker, at string, id ID, endpoint string) {
	colon := strings.LastIndexByte(endpoint, ':')
	host, port := endpoint[:colon], endpoint[colon:]
	if host == "localhost" {
		host = "127.0.0.1"
	}
	places := []string{host + port}
	if p.bind {
		places = append(places, fmt.Sprintf("port %s of node %v, on the host of bind,", port[1:], id))
	}
	for _, place := range places {
		if other, dup := p.taken[place]; dup {
			k.fail(at, "%s is taken by %s", place, other)
			return
		}
	}
	for _, place := range places {
		p.taken[place] = at
	}
}

// checkHost reports what is no host name or IP address; empty is none.
func checkHost(host string) error {
	switch {
	case strings.ContainsAny(host, "[]/?#@ \t\r\n"):
		return fmt.Errorf("host %.80q: want a host name or an IP address, one of IPv6 without brackets", host)
	case strings.Count(host, ":") == 1:
		return fmt.Errorf("host %.80q: want no port: those of the addresses hold", host)
	}
	return nil
}

func (c *Config) checkLimits(k *configChecker) {
	k.need(c.MaxKey >= 0 && c.MaxKey <= MaxKeyBytes, "max_key", fmt.Sprintf("0 to %d bytes", MaxKeyBytes), c.MaxKey)
	if c.MaxValue < 0 || c.MaxValue > MaxStateBytes {
		k.fail("max_value", "want 0 to %d bytes, have %d", MaxStateBytes, c.MaxValue)
		return
	}
	versions := c.versions()
	if limit := MaxStateBytes / versions; c.MaxValue > limit {
		k.fail("max_value", "want at most %d bytes, have %d: the %d versions of a key must fit %d bytes together", limit, c.MaxValue, versions, MaxStateBytes)
	}
}
