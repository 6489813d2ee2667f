package transport

import (
	"strings"
	"testing"
)

// Refusals reach both ends with both sides' values.
func TestRefusals(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.MaxClients = 1 })
	change := func(f func(*hello)) hello {
		h := v.peerHello()
		f(&h)
		return h
	}
	first := v.as(v.peerHello()) // stays
	v.ask(v.as(v.clientHello())) // stays, too
	for _, test := range []struct {
		name string
		as   hello
		want []string
	}{
		{"own id", change(func(h *hello) { h.From = member(1) }), []string{"two nodes with one id", "process 4d", "1.1"}},
		{"second of one id", change(func(h *hello) { h.Process = 0x99 }),
			[]string{"two nodes with one id", "node 1.2 is connected as process 4d", first.LocalAddr().String(), "process 99"}},
		{"wrong node", change(func(h *hello) { h.To = member(2) }), []string{"expects node 1.2", "which is node 1.1"}},
		{"stranger", change(func(h *hello) { h.From = member(9) }), []string{"1.9 is a stranger", "{1.1, 1.2}"}},
		{"nobody", change(func(h *hello) { h.From = 0 }), []string{"is a stranger"}},
		{"members", change(func(h *hello) { h.Members = "{1.2}" }), []string{"{1.1, 1.2}", "{1.2}"}},
		{"quorums", change(func(h *hello) { h.Settings = "protocol: test\nquorums: all\n" }), []string{"quorums: majority", "quorums: all"}},
		{"protocol", change(func(h *hello) { h.Settings = "protocol: other\nquorums: majority\n" }), []string{"protocol: test", "protocol: other"}},
		{"messages", change(func(h *hello) { h.Messages = "1 other" }), []string{"transport.note", "1 other"}},
		{"version", change(func(h *hello) { h.Version = 2 }), []string{"version", `\"1\"`, `\"2\"`}},
		{"length", change(func(h *hello) { h.Frame = 1000 }), []string{"bytes of a message", "4194304", "1000"}},
		{"client of another node", hello{Version: version, Kind: kindClient, To: member(2), Messages: describe(v.link.clientCodec.Codec)},
			[]string{"expects node 1.2", "which is node 1.1"}},
		{"client of another version", hello{Version: 3, Kind: kindClient, Messages: describe(v.link.clientCodec.Codec)}, []string{"version", `\"1\"`, `\"3\"`}},
		{"client of other messages", hello{Version: version, Kind: kindClient, Messages: "1 x"}, []string{"messages", "1 x"}},
		{"too many clients", v.clientHello(), []string{"1 clients are connected to node 1.1 and at work"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, mark := v.link.Stats().Refused, len(v.log.String())
			conn := v.dial()
			_, _, err := greet(conn, test.as)
			if err == nil {
				t.Fatal("let in")
			}
			v.closed(conn)
			if got := v.link.Stats().Refused; got != before+1 {
				t.Errorf("%d refusals counted, want 1", got-before)
			}
			log := v.log.String()[mark:]
			if !strings.Contains(log, conn.LocalAddr().String()) {
				t.Errorf("the log does not name the sender: %q", log)
			}
			for _, part := range test.want {
				if !strings.Contains(log, part) {
					t.Errorf("the log says %q, not %q", log, part)
				}
				if part := strings.ReplaceAll(part, `\"`, `"`); !strings.Contains(err.Error(), part) {
					t.Errorf("the other end is told %q, not %q", err, part)
				}
			}
		})
	}
	if _, err := first.Write(v.frameOf(note{Number: 1})); err != nil {
		t.Fatal(err)
	}
	v.eventually("the first peer still counts", func(s Stats) bool { return s.Received == 2 })
}

// A peer that connects again, before its old connection was seen to break,
// takes that one's place.
func TestSameProcessConnectsAgain(t *testing.T) {
	v := newVictim(t, nil)
	old := v.as(v.peerHello())
	v.as(v.peerHello())
	v.closed(old)
	v.works()
}
