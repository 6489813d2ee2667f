package bench

import (
	"fmt"

	"github.com/quorate/quorate/workload"
)

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
