package bench

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// TestClientsSpread: in one zone the clients of a protocol without a leader begin with
// the members by turns. Those of others find the leader, or the owner, by themselves.
func TestClientsSpread(t *testing.T) {
	members, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for protocol, spread := range map[string]bool{"epaxos": true, "paxos": false, "trex": false, "primary": false, "wpaxos": false, "unknown": false} {
		first := map[quorate.ID]int{}
		for i := range 6 {
			var cfg client.Config
			if err := (Config{Protocol: protocol, Zones: 1, Nodes: 3}).place(&cfg, members, i); err != nil {
				t.Fatal(err)
			}
			if cfg.Nearest != spread {
				t.Errorf("%s: a client stays with its member: %v, want %v", protocol, cfg.Nearest, spread)
			}
			if len(cfg.Nodes) > 0 {
				first[cfg.Nodes[0]]++
			}
		}
		if spread && (len(first) != 3 || first[members.ID(1)] != 2) || !spread && len(first) > 0 {
			t.Errorf("%s: clients begin with %v", protocol, first)
		}
	}
}
