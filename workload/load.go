package workload

import (
	"math"

	"github.com/quorate/quorate"
)

// Load returns the next write of those that the client makes before all else, false if
// there is none any more. A value is appended to buf, which may be nil.
func (s *Stream) Load(buf []byte) (Op, bool) {
	if s.loaded >= s.Loads() {
		return Op{}, false
	}
	key := 0
	switch p := s.plan; {
	case s.home != nil:
		key = s.home[s.loaded]
	case p.spec.Distribution.Kind == Conflict && s.client == 0:
		key = max(0, (s.loaded-1)*p.run.Clients+1)
	case p.spec.Distribution.Kind == Conflict: // a client's own keys, which others leave alone
		key = 1 + s.client + s.loaded*p.run.Clients
	default:
		key = s.client + s.loaded*p.run.Clients
	}
	s.loaded++
	return Op{Kind: quorate.OpPut, Key: s.plan.keys[key], Value: s.value(buf)}, true
}

// Loads returns how many those are in all.
func (s *Stream) Loads() int { return s.plan.loads(s.client, len(s.home)) }

// Again makes the last key that Load returned the next one: its write failed.
func (s *Stream) Again() { s.loaded = max(0, s.loaded-1) }

// Loads returns how many writes each of a run's clients makes at most before all else,
// of a Spec that makes sense.
func (s Spec) Loads(run Run) int {
	run.Clients, run.Zones = max(1, run.Clients), max(1, run.Zones)
	p := &Plan{spec: s.WithDefaults(run.Clients), run: run}
	most := 0
	for zone := range min(run.Zones, run.Clients) { // the first client of a zone has most
		home := 0
		if p.spec.Load == LoadHome {
			home = len(p.homes(zone))
		}
		most = max(most, p.loads(zone, home))
	}
	return most
}

func (p *Plan) loads(client, home int) int {
	keys, clients := p.spec.Keys, p.run.Clients
	switch {
	case p.spec.Load == LoadHome:
		return home
	case p.spec.Load != LoadAll:
		return 0
	case p.spec.Distribution.Kind == Conflict && client == 0:
		return 1 + share(keys-1, clients, 0)
	case p.spec.Distribution.Kind == Conflict:
		return share(keys-1, clients, client)
	}
	return share(keys, clients, client)
}

// share returns how many of n things taken by turns one gets.
func share(n, takers, taker int) int { return (n - taker + takers - 1) / takers }

// homes returns the keys that a client writes for LoadHome: its share of the home keys
// of its zone, those nearest to the mean first, and of the hot keys.
func (p *Plan) homes(client int) []int {
	d, r := &p.spec.Distribution, &p.run
	keys, zone := p.spec.Keys-d.HotKeys, client%r.Zones
	mean := int(math.Round(float64(keys) * float64(zone) / float64(r.Zones)))
	var first []int
	for key := client; key < d.HotKeys && len(first) < MaxHome; key += r.Clients {
		first = append(first, key)
	}
	// The home keys lie around the mean: the mean itself, the next key, the one
	// before, and so on. The clients of the zone take them by turns.
	clients := share(r.Clients, r.Zones, zone)
	for i := client / r.Zones; i < min(keys, keys/r.Zones+2) && len(first) < MaxHome; i += clients {
		key := mean + (i+1)/2
		if i%2 == 0 {
			key = mean - i/2
		}
		if key = (key%keys + keys) % keys; Home(key, keys, r.Zones) == zone {
			first = append(first, d.HotKeys+key)
		}
	}
	return first
}
