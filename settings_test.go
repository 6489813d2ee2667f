package quorate

import (
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	n := newFront(t, RequestsConfig{}).Node
	n.Agree("quorums", "majority")
	n.Agree("protocol", "paxos")
	n.Agree("quorums", "majority")
	if got, want := n.Settings(), "protocol: paxos\nquorums: majority\n"; got != want {
		t.Errorf("settings %q, want %q", got, want)
	}
	n.Agree("quorums", "all")
	err := n.Start(0, nil)
	if err == nil || !strings.Contains(err.Error(), "majority") || !strings.Contains(err.Error(), "all") {
		t.Errorf("two values for one setting: %v", err)
	}
}
