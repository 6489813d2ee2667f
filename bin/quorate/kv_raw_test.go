package main

import (
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
)

// oracle is a replica that answers every request with the same words, or not at all.
type oracle struct{}

func (oracle) Report() quorate.Report { return quorate.Report{} }

func saying(status quorate.Status, reason quorate.Reason) quorate.Constructor {
	return func(n *quorate.Node, _ *quorate.Once) (quorate.Replica, error) {
		quorate.Register(n, func(from quorate.ID, r quorate.Request) {
			if status != 0 {
				n.SendNow(from, quorate.Reply{Client: r.Command.Client, Seq: r.Command.Seq, Attempt: r.Attempt, Status: status, Reason: reason})
			}
		})
		return oracle{}, nil
	}
}

// The exit code and the words tell apart what did not lead, what led no longer,
// and what was silent.
func TestKVRaw(t *testing.T) {
	for _, tc := range []struct {
		status quorate.Status
		reason quorate.Reason
		flags  string
		code   int
		says   []string
	}{
		{quorate.NotExecuted, quorate.ReasonNotLeader, "--attempts 3", exitBad, []string{"not executed after 3 attempts", "not leader", "no attempts are left"}},
		{quorate.Unknown, quorate.ReasonNoLongerLeader, "--raw", exitUnknown, []string{"outcome unknown after 1 attempt, last at 1.2", "no longer leader"}},
		{quorate.Unknown, quorate.ReasonNoLongerLeader, "--attempts 4", exitUnknown, []string{"outcome unknown after 4 attempts", "no longer leader", "no attempts are left"}},
		{0, 0, "--raw", exitUnknown, []string{"outcome unknown after 1 attempt, last at 1.2", "timed out"}},
		{0, 0, "--attempts 2", exitUnknown, []string{"outcome unknown after 2 attempts", "no attempts are left: timed out"}},
	} {
		l, err := server.StartLocal(server.LocalConfig{New: saying(tc.status, tc.reason), Transport: "tcp"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		file := clusterFile(t, quorate.Config{Protocol: "primary", Addresses: l.Addresses()})
		got := feed(t.Context(), "", append(strings.Fields("kv put k v --id 1.2 --timeout 1m --config "+file), strings.Fields(tc.flags)...)...)
		if got.code != tc.code {
			t.Errorf("%v %v %s: code %d, want %d", tc.status, tc.reason, tc.flags, got.code, tc.code)
		}
		for _, words := range tc.says {
			if !strings.Contains(got.stderr, words) {
				t.Errorf("%v %v %s: %q does not say %q", tc.status, tc.reason, tc.flags, got.stderr, words)
			}
		}
	}
}
