package workload

import (
	"fmt"
	"math"
	"strings"

	"github.com/quorate/quorate"
)

// Config is the mix of operations. The zero value is plain writes to one key.
type Config struct {
	Keys int `json:"keys,omitempty"` // how many; zero is one
	// Reads and Conditional are shares of the operations; the rest are
	// unconditional writes.
	Reads       float64 `json:"reads,omitempty"`
	Conditional float64 `json:"conditional,omitempty"`
	// Deletes is the share of all writes, conditional or not, that delete.
	Deletes float64 `json:"deletes,omitempty"`
	// Hot is the share of the operations on the first key; the rest spread over
	// the others. Zero spreads all over all keys.
	Hot float64 `json:"hot,omitempty"`
	// Locality lets the clients of each of so many Zones use keys of their own, as
	// [Locality] says; but for those on the first key where Hot is not zero. Client
	// i is in zone i, round the zones. Zero is all keys for all alike.
	Locality float64 `json:"locality,omitempty"`
	Zones    int     `json:"zones,omitempty"`
	// Shares of the reads by what they ask for: ReadIndex and so on. The rest go
	// through the log.
	Index    float64 `json:"index,omitempty"`
	Local    float64 `json:"local,omitempty"`
	Lease    float64 `json:"lease,omitempty"`
	Follower float64 `json:"follower,omitempty"`
	Timeline float64 `json:"timeline,omitempty"`
	Handoff  float64 `json:"handoff,omitempty"`
}

// modes returns the shares of the read modes, all but ReadLog.
func (c *Config) modes() []modeShare {
	return []modeShare{
		{quorate.ReadIndex, c.Index}, {quorate.ReadLocal, c.Local}, {quorate.ReadLease, c.Lease},
		{quorate.ReadFollower, c.Follower}, {quorate.ReadTimeline, c.Timeline}, {quorate.ReadHandoff, c.Handoff},
	}
}

type modeShare struct {
	mode  quorate.ReadMode
	share float64
}

// maxKeys bounds the names that a generator holds.
const maxKeys = 1 << 20

// Validate reports the first setting that makes no sense, and what is allowed.
func (c Config) Validate() error {
	if c.Keys < 0 || c.Keys > maxKeys {
		return fmt.Errorf("workload of %d keys: want 1 to %d", c.Keys, maxKeys)
	}
	if _, err := NewLocality(c.Locality, 1, max(1, c.Zones), 0); err != nil {
		return fmt.Errorf("workload with %w", err)
	}
	type share struct {
		name  string
		value float64
	}
	shares := []share{
		{"reads", c.Reads}, {"conditional", c.Conditional}, {"deletes", c.Deletes},
		{"hot", c.Hot}, {"reads + conditional", c.Reads + c.Conditional},
	}
	var names []string
	sum := 0.0
	for _, m := range c.modes() {
		shares = append(shares, share{m.mode.String(), m.share})
		names = append(names, m.mode.String())
		sum += m.share
	}
	if sum > 1 && sum < 1+1e-9 { // shares that were computed may be off by that
		sum = 1
	}
	for _, share := range append(shares, share{strings.Join(names, " + "), sum}) {
		if math.IsNaN(share.value) || share.value < 0 || share.value > 1 {
			return fmt.Errorf("workload with a share of %s of %v: want 0 to 1", share.name, share.value)
		}
	}
	return nil
}
