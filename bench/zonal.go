package bench

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/quorate/quorate/workload"
)

// Zonal chooses keys by Config.Locality, Moving and Hot.
func Zonal(cfg Config, loop int, rng Source) func(time.Duration) int {
	l, err := workload.NewLocality(cfg.Locality, cfg.Keys-cfg.HotKeys, cfg.Zones, loop%cfg.Zones)
	if err != nil {
		panic(err) // Validate has seen to that
	}
	return func(now time.Duration) int {
		// Every operation draws as often as any other.
		hot, bits := rng.Float64() < cfg.Hot, rng.Uint64()
		if hot {
			return int(bits % uint64(cfg.HotKeys))
		}
		return cfg.HotKeys + l.Draw(bits, cfg.Moving*now.Seconds())
	}
}

func (c Config) validateZonal() error {
	zonal := c.Locality != 0 || c.Hot != 0 || c.Moving != 0 || c.HotKeys != 0
	switch {
	case !zonal:
		return nil
	case c.shared:
		return errors.New("bench: conflicts with a locality or hot keys: either says which keys the clients use")
	case !(c.Hot >= 0 && c.Hot <= 1):
		return fmt.Errorf("bench: a share of %v on hot keys: want 0 to 1", c.Hot)
	case c.HotKeys != 0 && c.Hot == 0:
		return fmt.Errorf("bench: %d hot keys without a share of operations on them", c.HotKeys)
	case c.HotKeys < 0 || c.HotKeys >= c.Keys:
		return fmt.Errorf("bench: %d hot keys of %d: want 1 to %d, so that others are left", c.HotKeys, c.Keys, c.Keys-1)
	case math.IsNaN(c.Moving) || math.IsInf(c.Moving, 0):
		return fmt.Errorf("bench: keys that move by %v a second: want a number", c.Moving)
	case c.Moving != 0 && c.Locality == 0:
		return fmt.Errorf("bench: keys that move by %v a second without a locality: no zone has any of its own", c.Moving)
	case c.Locality != 0 && c.uneven:
		return fmt.Errorf("bench: a locality of %v in a cluster whose zones differ in size: want as many members in each", c.Locality)
	case c.Locality != 0 && c.Clients < c.Zones:
		return fmt.Errorf("bench: %d clients with a locality in %d zones: want at least one in each", c.Clients, c.Zones)
	}
	if _, err := workload.NewLocality(c.Locality, c.Keys-c.HotKeys, c.Zones, 0); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}

// preload returns the keys that a loop writes before anything else: its share of the
// home keys of its zone, those nearest to the mean first, and of the hot keys.
func (c Config) preload(loop int) []int {
	if c.Locality == 0 {
		return nil
	}
	keys, zone := c.Keys-c.HotKeys, loop%c.Zones
	mean := int(math.Round(float64(keys) * float64(zone) / float64(c.Zones)))
	var first []int
	for key := loop; key < c.HotKeys && len(first) < MaxPreload; key += c.Clients {
		first = append(first, key)
	}
	// The home keys lie around the mean: the mean itself, the next key, the one
	// before, and so on. The clients of the zone take them by turns.
	clients := (c.Clients - zone + c.Zones - 1) / c.Zones
	for i := loop / c.Zones; i < min(keys, keys/c.Zones+2) && len(first) < MaxPreload; i += clients {
		key := mean + (i+1)/2
		if i%2 == 0 {
			key = mean - i/2
		}
		if key = (key%keys + keys) % keys; workload.Home(key, keys, c.Zones) == zone {
			first = append(first, c.HotKeys+key)
		}
	}
	return first
}

// preloadCalls is how many calls a client makes at most before the warm-up.
func (c Config) preloadCalls() int {
	most := 0
	for zone := range min(c.Zones, c.Clients) { // the first client of a zone has most
		most = max(most, len(c.preload(zone)))
	}
	return most
}

// Spread is how operations spread over keys where they do not go to all alike; see
// Config.
type Spread struct {
	Locality float64  `json:"locality"`
	Sigma    *float64 `json:"sigma_keys,omitempty"` // the deviation; nil if the zones use all keys alike
	Moving   float64  `json:"moving_keys_per_s"`
	Hot      float64  `json:"hot"`
	HotKeys  int      `json:"hot_keys"`
}

// spread is that of a report, nil where it is the usual one.
func (c Config) spread() *Spread {
	if c.Locality == 0 && c.Hot == 0 {
		return nil
	}
	s := Spread{Locality: c.Locality, Moving: c.Moving, Hot: c.Hot, HotKeys: c.HotKeys}
	if l, err := workload.NewLocality(c.Locality, c.Keys-c.HotKeys, c.Zones, 0); err == nil && c.Locality > 0 {
		sigma := round(l.Sigma, 2)
		s.Sigma = &sigma
	}
	return &s
}

// String is what follows the number of keys, for people.
func (s *Spread) String() string {
	text := ""
	if s.Sigma != nil {
		text = fmt.Sprintf(", locality %g (sigma %.4g)", s.Locality, *s.Sigma)
	}
	if s.Moving != 0 {
		text += fmt.Sprintf(" moving by %g a second", s.Moving)
	}
	if s.Hot != 0 {
		text += fmt.Sprintf(", %g%% on %d of all", round(100*s.Hot, 2), s.HotKeys)
	}
	return text
}
