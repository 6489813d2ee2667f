package admin

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Samples are the values of a node's metrics, under the names that they are
// exposed by, with their labels: quorate_role{role="leader"}.
type Samples map[string]float64

// Metrics returns the node's metrics.
func (c *Client) Metrics(ctx context.Context) (Samples, error) {
	code, body, err := c.ask(ctx, "GET", "/metrics", nil, c.timeout)
	if err != nil {
		return nil, err
	}
	if code != http.StatusOK {
		return nil, refused("/metrics", code, body)
	}
	s, err := ParseSamples(body)
	if err != nil {
		return nil, fmt.Errorf("metrics at %s: %w", c.base, err)
	}
	return s, nil
}

// ParseSamples reads the text format of Prometheus, as nodes write it: without
// timestamps.
func ParseSamples(text []byte) (Samples, error) {
	s := Samples{}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line := strings.TrimRight(string(line), "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		cut := strings.LastIndexByte(line, ' ')
		if cut <= 0 {
			return nil, fmt.Errorf("line %d: %.80q: want a name and a value", n, line)
		}
		v, err := strconv.ParseFloat(line[cut+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: %.80q: want a number at the end", n, line)
		}
		s[line[:cut]] = v
	}
	return s, nil
}

// Usage is what a node's process used since it started, and what its node did
// since the node did.
type Usage struct {
	CPU      time.Duration // of all threads
	Memory   uint64        // resident, in bytes
	Messages uint64        // sent to peers and clients
	Bytes    uint64        // sent over sockets
	Writes   uint64        // write calls on sockets
	Dropped  uint64        // messages dropped, for whatever cause
	Syncs    uint64        // batches that the journal made durable, a sync each
	Executed uint64        // commands
}

// Usage sums the samples up.
func (s Samples) Usage() Usage {
	u := Usage{
		CPU:      time.Duration(max(s["process_cpu_seconds_total"], 0) * float64(time.Second)),
		Memory:   whole(s["process_resident_memory_bytes"]),
		Messages: whole(s["quorate_messages_sent_total"]), Bytes: whole(s["quorate_sent_bytes_total"]),
		Writes: whole(s["quorate_socket_writes_total"]), Syncs: whole(s["quorate_journal_commit_seconds_count"]),
		Executed: whole(s["quorate_commands_executed_total"]),
	}
	for name, v := range s { // unordered: it is a sum
		if strings.HasPrefix(name, "quorate_messages_dropped_total{") {
			u.Dropped += whole(v)
		}
	}
	return u
}

func whole(v float64) uint64 {
	if !(v > 0 && v < math.MaxUint64) {
		return 0
	}
	return uint64(v)
}
