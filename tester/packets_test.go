package tester

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
)

func TestPacketsAreAskedForByName(t *testing.T) {
	for network, want := range map[string]string{"": "", Hooks: "", Packets: "", "pakets": "want hooks or packets"} {
		err := Config{Binary: "quorate", Network: network}.Validate()
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", network, err)
		}
	}
	if err := (Config{File: &quorate.Config{}, Network: Packets}).Validate(); err == nil || !strings.Contains(err.Error(), "runs already") {
		t.Error(err)
	}
	text, err := json.Marshal(Config{Network: Packets})
	if err != nil {
		t.Fatal(err)
	}
	var again Config
	if err := json.Unmarshal(text, &again); err != nil || again.Network != Packets {
		t.Errorf("%s: %+v, %v", text, again, err)
	}
}

// Members whose packets are to be told apart have addresses of their own for each
// other, and those of everybody for others.
func TestMembersAreSeparate(t *testing.T) {
	c := Config{Binary: "quorate", Network: Packets}.WithDefaults()
	ports := make([]int, fleet.PortsEach*3)
	for i := range ports {
		ports[i] = 1000 + i
	}
	file, err := c.clusterFile(ports)
	if err != nil {
		t.Fatal(err)
	}
	second, err := quorate.ParseID("1.2")
	if err != nil {
		t.Fatal(err)
	}
	if got := file.Addresses[second]; got != "tcp://127.0.1.2:1003" {
		t.Error(got)
	}
	if got := file.AdminAddresses[second]; got != "http://127.0.0.1:1005" {
		t.Error(got)
	}
}
