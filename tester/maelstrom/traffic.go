package maelstrom

import (
	"encoding/json"
	"fmt"

	"github.com/quorate/quorate/tester/results"
)

// count counts messages: those sent, and those that arrived, which may be fewer, since
// they get lost, or more.
type count struct {
	Sent     int     `json:"sent"`
	Received int     `json:"received"`
	PerOp    float64 `json:"messages_per_op"` // sent, for each operation that was invoked
}

// traffic counts the messages of a network: of clients with nodes, and of nodes among
// themselves.
type traffic struct {
	All     count `json:"all"`
	Clients count `json:"clients"`
	Servers count `json:"servers"`
}

func (t *traffic) of(servers bool) *count {
	if servers {
		return &t.Servers
	}
	return &t.Clients
}

func (t *traffic) sent(servers bool) {
	t.All.Sent++
	t.of(servers).Sent++
}

func (t *traffic) received(servers bool) {
	t.All.Received++
	t.of(servers).Received++
}

// per returns the counts for so many operations.
func (t traffic) per(ops int) traffic {
	for _, c := range []*count{&t.All, &t.Clients, &t.Servers} {
		c.PerOp = float64(c.Sent) / float64(max(ops, 1))
	}
	return t
}

// netCheck is the name of the check that has the traffic as its details.
const netCheck = "net"

// Messages says in a line how many messages a test took.
func Messages(r *results.Results) string {
	var t traffic
	for _, c := range r.Checks {
		if c.Name == netCheck && json.Unmarshal(c.Details, &t) == nil {
			return fmt.Sprintf("messages: %d between nodes, %.1f for each operation, of which %d arrived; %d of clients and to them",
				t.Servers.Sent, t.Servers.PerOp, t.Servers.Received, t.Clients.Sent)
		}
	}
	return "messages: none"
}
