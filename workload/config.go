package workload

import (
	"fmt"
	"math"
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
	// Index, Local and Lease are the shares of the reads that ask for ReadIndex,
	// ReadLocal and ReadLease; the rest go through the log.
	Index float64 `json:"index,omitempty"`
	Local float64 `json:"local,omitempty"`
	Lease float64 `json:"lease,omitempty"`
}

// maxKeys bounds the names that a generator holds.
const maxKeys = 1 << 20

// Validate reports the first setting that makes no sense, and what is allowed.
func (c Config) Validate() error {
	if c.Keys < 0 || c.Keys > maxKeys {
		return fmt.Errorf("workload of %d keys: want 1 to %d", c.Keys, maxKeys)
	}
	for _, share := range []struct {
		name  string
		value float64
	}{
		{"reads", c.Reads}, {"conditional", c.Conditional}, {"deletes", c.Deletes},
		{"hot", c.Hot}, {"index", c.Index}, {"local", c.Local}, {"lease", c.Lease},
		{"reads + conditional", c.Reads + c.Conditional}, {"index + local + lease", c.Index + c.Local + c.Lease},
	} {
		if math.IsNaN(share.value) || share.value < 0 || share.value > 1 {
			return fmt.Errorf("workload with a share of %s of %v: want 0 to 1", share.name, share.value)
		}
	}
	return nil
}
