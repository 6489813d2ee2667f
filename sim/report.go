package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
)

// Schema is the version of the JSON of reports. It rises when a field changes its
// meaning or goes; new fields do not raise it.
const Schema = 1

// Report is what a campaign found, for people and for programs. Its JSON has
// durations as strings where they are settings or instants of a world, and as
// numbers of seconds where they were measured.
type Report struct {
	Schema   int      `json:"schema"`
	Settings Settings `json:"settings"`
	First    uint64   `json:"first_seed"`
	Last     uint64   `json:"last_seed"`
	// Earlier counts the worlds of Stats that earlier runs of the campaign had, as
	// its log says.
	Earlier int `json:"earlier,omitempty"`
	// Stopped is a clause that says what ended the campaign before all seeds were
	// run, empty if they were.
	Stopped string `json:"stopped,omitempty"`

	Violations int       `json:"violations"`
	Unjudged   int       `json:"unjudged"`
	Missing    []string  `json:"missing,omitempty"` // of what the swarm expects
	Failures   []Failure `json:"failures,omitempty"`
	Unknown    []Failure `json:"unknown,omitempty"`
	Shrunk     *Shrunk   `json:"shrunk,omitempty"` // from the first failure
	// Unrepeatable says that the world of the first failure, run again, did not
	// break the oracle: the protocol is not deterministic.
	Unrepeatable bool `json:"unrepeatable,omitempty"`

	Seconds            float64 `json:"seconds"`
	CPUSeconds         float64 `json:"cpu_seconds,omitempty"` // zero where it cannot be measured
	VirtualSeconds     float64 `json:"virtual_seconds"`
	WorldsPerSecond    float64 `json:"worlds_per_second"`
	EventsPerSecond    float64 `json:"events_per_second"`
	EventsPerCPUSecond float64 `json:"events_per_cpu_second,omitempty"`

	Stats Stats `json:"stats"`
}

// Failure is a world that broke an oracle, or whose history could not be judged.
type Failure struct {
	Seed      uint64     `json:"seed"`
	Hash      string     `json:"hash"` // of all its events, in hexadecimal
	Violation *Violation `json:"violation,omitempty"`
	Reason    string     `json:"reason,omitempty"` // why it could not be judged
	Replay    string     `json:"replay,omitempty"` // the command that replays it

	spec Spec
}

// Shrunk is the smallest world that was found to break the same oracle.
type Shrunk struct {
	World     Spec       `json:"world"`
	Hash      string     `json:"hash"`
	Violation *Violation `json:"violation"`
	Tries     int        `json:"tries"`
	Replay    string     `json:"replay,omitempty"`
}

// NewReport returns the report of a campaign. Replay makes the command that
// replays a seed.
func NewReport(c Campaign, f *Findings, replay func(seed uint64) string) (*Report, error) {
	settings, err := c.Swarm.Settings()
	if err != nil {
		return nil, err
	}
	r := &Report{
		Schema: Schema, Settings: settings, First: c.From, Last: c.To,
		Violations: f.Violations, Unjudged: f.Unjudged, Missing: f.Missing(c.Swarm.Expects()),
		Seconds: f.Elapsed.Seconds(), CPUSeconds: f.CPU.Seconds(), VirtualSeconds: f.Stats.Virtual.Seconds(),
		WorldsPerSecond:    rate(f.Stats.Worlds, f.Elapsed.Seconds()),
		EventsPerSecond:    rate(f.Stats.Events, f.Elapsed.Seconds()),
		EventsPerCPUSecond: rate(f.Stats.Events, f.CPU.Seconds()),
		Stats:              f.Stats,
	}
	for _, w := range f.Failed {
		r.Failures = append(r.Failures, Failure{Seed: w.Seed, Hash: w.Outcome.hash(), Violation: w.Outcome.Violation, Replay: replay(w.Seed), spec: w.Spec})
	}
	for _, w := range f.Unknown {
		r.Unknown = append(r.Unknown, Failure{Seed: w.Seed, Hash: w.Outcome.hash(), Reason: w.Outcome.Unknown, Replay: replay(w.Seed), spec: w.Spec})
	}
	return r, nil
}

// NewShrunk returns the small world and its outcome as a report has them.
func NewShrunk(world Spec, out *Outcome, tries int, replay string) *Shrunk {
	return &Shrunk{World: world, Hash: out.hash(), Violation: out.Violation, Tries: tries, Replay: replay}
}

// rate is n a second, 0 if no time was measured.
func rate(n int, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return math.Round(float64(n)/seconds*10) / 10
}

// WriteJSON writes a report, or what else of this package is for programs, as
// indented JSON.
func WriteJSON(w io.Writer, v any) error {
	data, err := appendJSON(nil, reflect.ValueOf(v))
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	b.WriteByte('\n')
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
