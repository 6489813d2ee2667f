package daemon

import (
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/transport"
)

// How far members are from each other is what they must agree on as long as they
// live, and nothing that a journal depends on.
func TestDistancesAreAgreedOn(t *testing.T) {
	c, err := quorate.Grid(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	file := &quorate.Config{Addresses: map[quorate.ID]string{}, WAN: "metro"}
	for _, id := range c.IDs() {
		file.Addresses[id] = "localhost:1"
	}
	d := &Daemon{cfg: Config{File: file, ID: c.ID(0), New: primary.New}, cluster: c}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.live(n, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})); err != nil || !strings.Contains(n.Settings(), "wan: metro\n") {
		t.Errorf("members that live agree on %q: %v", n.Settings(), err)
	}
	if h, err := d.header(); err != nil || strings.Contains(h.Cluster, "metro") {
		t.Errorf("the journal depends on %q: %v", h.Cluster, err)
	}
	wan, err := transport.Configured(file)
	if err != nil {
		t.Fatal(err)
	}
	if limits, err := d.cfg.limits(); err != nil || limits.Distances == nil || limits.Distances.Way(1, 3) != wan.Way(1, 3) {
		t.Errorf("the link knows no distances: %v", err)
	}
	file.WAN = "mars"
	if _, err := d.cfg.limits(); err == nil || !strings.Contains(err.Error(), "want one of aws3") {
		t.Errorf("over mars: %v", err)
	}
}
