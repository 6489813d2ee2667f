package tester

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
)

// stored is a Config as results keep it: what it takes to run the test again.
type stored struct {
	Name       string          `json:"name"`
	Protocol   string          `json:"protocol"`
	Quorums    string          `json:"quorums,omitempty"`
	Thrifty    bool            `json:"thrifty,omitempty"`
	Window     int             `json:"window,omitempty"`
	Batch      int             `json:"batch,omitempty"`
	Lease      string          `json:"lease,omitempty"`
	ClockError float64         `json:"clock_error,omitempty"`
	Policy     string          `json:"policy,omitempty"`
	Lead       int             `json:"leader_zone,omitempty"`
	Settings   json.RawMessage `json:"options,omitempty"`
	Zones      int             `json:"zones"`
	Nodes      int             `json:"nodes"`
	Elsewhere  bool            `json:"elsewhere,omitempty"` // a cluster that ran already
	Bug        string          `json:"bug,omitempty"`
	Workload   string          `json:"workload"`
	Read       string          `json:"read"`
	Nemeses    []string        `json:"nemesis,omitempty"`
	Network    string          `json:"network,omitempty"`
	Interval   string          `json:"nemesis_interval"`
	TimeLimit  string          `json:"time_limit"`
	Rate       float64         `json:"rate"`
	Concurrent int             `json:"concurrency"`
	Keys       int             `json:"keys,omitempty"`
	OpsPerKey  int             `json:"ops_per_key,omitempty"`
	Seed       uint64          `json:"seed"`
	Raw        bool            `json:"raw,omitempty"`
	StopEarly  bool            `json:"stop_early,omitempty"`
	Timeout    string          `json:"timeout"`
	CheckLimit string          `json:"check_limit"`
}

// MarshalJSON writes what it takes to run the test again, but for what is the machine's
// and the user's: the program, files and secrets.
func (c Config) MarshalJSON() ([]byte, error) {
	o := c.Options
	s := stored{
		Name: c.Name, Protocol: c.Protocol, Quorums: o.Quorums.Name, Thrifty: o.Thrifty, Window: o.Window, Batch: o.Batch, ClockError: o.ClockError,
		Policy: o.Policy, Lead: o.Lead, Settings: c.Settings, Zones: c.Zones, Nodes: c.Nodes, Elsewhere: c.File != nil || c.Elsewhere, Bug: c.Bug, Workload: c.Workload, Read: c.Read.String(),
		Nemeses: c.Nemeses, Network: c.Network, Interval: c.Interval.String(), TimeLimit: c.TimeLimit.String(), Rate: c.Rate, Concurrent: c.Concurrency, Keys: c.Keys,
		OpsPerKey: c.OpsPerKey, Seed: c.Seed, Raw: c.Raw, StopEarly: c.StopEarly, Timeout: c.Timeout.String(), CheckLimit: c.CheckLimit.String(),
	}
	if o.Lease != 0 {
		s.Lease = o.Lease.String()
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote. Of a test of a cluster that ran already,
// the caller has to give the File.
func (c *Config) UnmarshalJSON(text []byte) error {
	var s stored
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read the configuration of a test: %w", err)
	}
	read, err := quorate.ParseReadMode(s.Read)
	if err != nil {
		return fmt.Errorf("read the configuration of a test: %w", err)
	}
	*c = Config{
		Name: s.Name, Protocol: s.Protocol, Settings: s.Settings, Zones: s.Zones, Nodes: s.Nodes, Elsewhere: s.Elsewhere, Bug: s.Bug, Workload: s.Workload, Read: read, Nemeses: s.Nemeses, Network: s.Network,
		Options: protocols.Options{Thrifty: s.Thrifty, Window: s.Window, Batch: s.Batch, ClockError: s.ClockError, Policy: s.Policy, Lead: s.Lead},
		Rate:    s.Rate, Concurrency: s.Concurrent, Keys: s.Keys, OpsPerKey: s.OpsPerKey, Seed: s.Seed, Raw: s.Raw, StopEarly: s.StopEarly,
	}
	for _, d := range []struct {
		text string
		into *time.Duration
	}{{s.Lease, &c.Options.Lease}, {s.Interval, &c.Interval}, {s.TimeLimit, &c.TimeLimit}, {s.Timeout, &c.Timeout}, {s.CheckLimit, &c.CheckLimit}} {
		if d.text == "" {
			continue
		}
		if *d.into, err = time.ParseDuration(d.text); err != nil {
			return fmt.Errorf("read the configuration of a test: %w", err)
		}
	}
	if s.Quorums == "" {
		return nil
	}
	members, err := quorate.Grid(s.Zones, s.Nodes)
	if err != nil {
		return fmt.Errorf("read the configuration of a test: %w", err)
	}
	if c.Options.Quorums, err = quorate.ParseQuorums(members, s.Quorums); err != nil {
		return fmt.Errorf("read the configuration of a test: %w", err)
	}
	return nil
}

// maxDescription bounds how much is read of the description of a test.
const maxDescription = 1 << 20

// Again returns the configuration of a test whose run was kept in a directory.
func Again(dir string) (Config, error) {
	f, err := os.Open(filepath.Join(dir, "test.json"))
	if err != nil {
		return Config{}, fmt.Errorf("run a test again: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxDescription))
	if err != nil {
		return Config{}, fmt.Errorf("run a test again: %w", err)
	}
	var kept struct {
		Config Config `json:"config"`
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return Config{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return kept.Config, nil
}
