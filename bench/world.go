package bench

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/sim"
)

// World is what takes time in a world of virtual time, beside the distances.
type World struct {
	Jitter  float64       `json:"jitter_ms"`         // a message takes so much longer, at most
	Sync    float64       `json:"sync_ms"`           // of a disk
	Loss    float64       `json:"loss"`              // share of the messages between members
	Service *ServiceTimes `json:"service,omitempty"` // nil if processors take no time
}

// ServiceTimes are those of a [sim.Service].
type ServiceTimes struct {
	In      float64 `json:"in_us"`
	Out     float64 `json:"out_us"`
	Copy    float64 `json:"copy_us"`
	Command float64 `json:"command_us"`
	Byte    float64 `json:"byte_ns"`
}

func (c Config) worldOf(jitter time.Duration) *World {
	v := c.Virtual
	w := &World{Jitter: inMillis(jitter), Sync: inMillis(v.Sync), Loss: v.Loss}
	if s := v.Service; s != (sim.Service{}) {
		w.Service = &ServiceTimes{1e3 * inMillis(s.In), 1e3 * inMillis(s.Out), 1e3 * inMillis(s.Copy), 1e3 * inMillis(s.Command), s.Byte}
	}
	return w
}

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ParseService reads what people write of a processor, such as
// "in=25us,out=1us,byte=0.8ns": the parts that are missing take no time.
func ParseService(text string) (sim.Service, error) {
	var s sim.Service
	times := map[string]*time.Duration{"in": &s.In, "out": &s.Out, "copy": &s.Copy, "command": &s.Command}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(part), "=")
		into, known := times[name]
		switch {
		case !found || !known && name != "byte":
			return s, fmt.Errorf("service %q: want some of in, out, copy, command and byte, each with a time: in=25us,out=1us,byte=0.8ns", part)
		case seen[name]:
			return s, fmt.Errorf("service %q: %s is there twice", text, name)
		}
		seen[name] = true
		ns, err := parseNanos(value)
		if err != nil {
			return s, fmt.Errorf("service %q: %w", part, err)
		}
		if name == "byte" {
			s.Byte = ns
		} else {
			*into = time.Duration(math.Round(ns))
		}
	}
	return s, s.Validate()
}

// parseNanos reads a time that may be less than a nanosecond.
func parseNanos(text string) (float64, error) {
	for _, u := range []struct {
		name string
		ns   float64
	}{{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}} {
		number, found := strings.CutSuffix(text, u.name)
		if !found {
			continue
		}
		if x, err := strconv.ParseFloat(number, 64); err == nil && x >= 0 && x*u.ns <= 1e12 {
			return x * u.ns, nil
		}
	}
	return 0, errors.New("want a time such as 25us or 0.8ns")
}
