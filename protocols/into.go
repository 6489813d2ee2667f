package protocols

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/quorate/quorate"
)

// fileOptions are those options that a cluster file has under "options", by the
// names that all protocols give them.
type fileOptions struct {
	Window     int            `json:"window,omitempty"`
	Batch      int            `json:"batch,omitempty"`
	Lease      string         `json:"lease,omitempty"`
	ClockError float64        `json:"clock_error,omitempty"`
	Policy     string         `json:"policy,omitempty"`
	Requests   map[string]any `json:"requests,omitempty"`
}

// Into writes a protocol and its options into a cluster file whose members are
// given, for members that shall run what [New] builds from the same options. It
// refuses what New and [FromFile] refuse. Trip is left out: the file's network
// says how far members are from each other.
func (o Options) Into(file *quorate.Config, name string) error {
	if _, err := New(name, o); err != nil {
		return err
	}
	file.Protocol, file.Quorums, file.Thrifty, file.LeaderZone = name, o.Quorums.Name, o.Thrifty, o.Lead
	file.MaxKey, file.MaxValue = cmp.Or(o.Requests.MaxKey, file.MaxKey), cmp.Or(o.Requests.MaxValue, file.MaxValue)
	more := fileOptions{Window: o.Window, Batch: o.Batch, ClockError: o.ClockError, Policy: o.Policy, Requests: requestsOf(o.Requests)}
	if o.Lease != 0 {
		more.Lease = o.Lease.String()
	}
	text, err := json.Marshal(more)
	if err != nil {
		return fmt.Errorf("write the options of %s: %w", name, err)
	}
	if string(text) != "{}" {
		file.Options = text
	}
	_, err = FromFile(name, file)
	return err
}

// requestsOf returns what is set of the limits that a file has among a protocol's
// options.
func requestsOf(r quorate.RequestsConfig) map[string]any {
	set := map[string]any{}
	for name, d := range map[string]time.Duration{"max_timeout": r.MaxTimeout, "retry": r.Retry, "clock_skew": r.ClockSkew} {
		if d != 0 {
			set[name] = d.String()
		}
	}
	for name, n := range map[string]int{"max_pending": r.MaxPending, "max_hops": int(r.MaxHops)} {
		if n != 0 {
			set[name] = n
		}
	}
	return set
}
