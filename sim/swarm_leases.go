package sim

import (
	"math/rand/v2"
	"time"
)

// drawLeases gives some worlds leases, half of them long ones, and clients who
// read by them: some of these stay with one member wherever it is cut off.
func drawLeases(rng *rand.Rand, spec *Spec) {
	k, c := &spec.Knobs, &spec.Clients
	on, long, pinned := often(rng, 0.4), often(rng, 0.5), often(rng, 0.75)
	if quick := often(rng, 0.4); on && quick && spec.Network.WAN == "" { // more elections, and more leases
		beats := k.ElectionTimeout / k.Heartbeat
		k.ElectionTimeout = 50*time.Millisecond + (k.ElectionTimeout-50*time.Millisecond)/4
		k.Heartbeat = k.ElectionTimeout / beats
	}
	short, longer := k.ElectionTimeout+upTo(rng, k.ElectionTimeout), 3*k.ElectionTimeout+upTo(rng, 5*k.ElectionTimeout)
	bound, share := pick(rng, 0.05, 0.2, 0.2, 0.3), pick(rng, 0.5, 1, 1)
	everywhere, impatient := often(rng, 0.6), often(rng, 0.5)
	if !on {
		return
	}
	k.Lease, k.ClockError = short, bound
	if long {
		k.Lease = longer
	}
	if pinned {
		c.Pinned = max(c.Pinned, c.Count/2)
	}
	if n := spec.Zones * spec.Nodes; pinned && everywhere { // somebody reads wherever a leader lingers
		count := max(c.Count, n+2)
		c.Think = c.Think * time.Duration(count) / time.Duration(c.Count)
		c.Count, c.Pinned, c.Readers = count, n, n
	}
	if impatient && spec.Network.WAN == "" {
		c.Timeout = min(c.Timeout, 100*time.Millisecond+k.ElectionTimeout)
	}
	c.Mix.Lease = share
	c.Mix.Index = min(c.Mix.Index, 1-share)
	c.Mix.Local = min(c.Mix.Local, 1-share-c.Mix.Index)
}
