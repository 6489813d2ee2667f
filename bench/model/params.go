package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// Params say what things cost a member's processor, in microseconds. See [Fit], which
// measures them, and [Published].
type Params struct {
	In      float64 `json:"in_us"`      // taking in a message
	Out     float64 `json:"out_us"`     // sending one: it is encoded once, however many get it
	Copy    float64 `json:"copy_us"`    // each further member that gets it
	Byte    float64 `json:"byte_us"`    // each byte that comes in, leaves, for each member that gets it, or is journaled
	Command float64 `json:"command_us"` // executing a command
	Record  float64 `json:"record_us"`  // giving a record to a journal, which is in memory: one a round
	// Turn is what a member's loop takes for a turn, whatever it finds: waking up, and
	// the system calls for what comes and leaves together.
	Turn float64 `json:"turn_us"`
	// Client is what a client's own side takes for a call, which counts where
	// clients share the machine.
	Client float64 `json:"client_us"`

	Message int     `json:"message_bytes"`                 // the size of all messages, of the papers' protocols
	Heavy   float64 `json:"heavy,omitempty"`               // how many times as dear messages with dependencies are; zero is 1
	HeavyBy int     `json:"heavy_message_bytes,omitempty"` // their size; zero is Message
	// Pipelines are how many processors share a member's work; zero is 1.
	Pipelines int `json:"pipelines,omitempty"`
}

// Published returns the parameters of the paper's program: messages of 100 bytes at 980
// Mbit/s, those with dependencies of 110 and twice as dear.
func Published() Params {
	return Params{In: 25, Out: 1, Copy: 0, Byte: 8.0 / 980, Message: 100, Heavy: 2, HeavyBy: 110, Pipelines: 1}
}

// Validate reports what no processor takes.
func (p Params) Validate() error {
	for _, f := range []struct {
		name  string
		value float64
	}{{"in_us", p.In}, {"out_us", p.Out}, {"copy_us", p.Copy}, {"byte_us", p.Byte}, {"command_us", p.Command}, {"record_us", p.Record}, {"turn_us", p.Turn}, {"client_us", p.Client}, {"heavy", p.Heavy}} {
		if !(f.value >= 0) || math.IsInf(f.value, 0) {
			return fmt.Errorf("model: %s of %v: want 0 or more", f.name, f.value)
		}
	}
	if p.Message < 0 || p.HeavyBy < 0 || p.Pipelines < 0 {
		return errors.New("model: a size or a number of pipelines is negative")
	}
	return nil
}

// ReadParams reads what [Params] are as JSON. A key that there is none of is an error.
func ReadParams(r io.Reader) (Params, error) {
	d := json.NewDecoder(io.LimitReader(r, 1<<20))
	d.DisallowUnknownFields()
	var p Params
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("model: read parameters: %w", err)
	}
	return p, p.Validate()
}

// Cost is one of the [Params], for people.
type Cost struct {
	Name   string
	Micros float64
}

// Costs lists them.
func (p Params) Costs() []Cost {
	return []Cost{
		{"a message in", p.In}, {"a message out", p.Out}, {"a further copy", p.Copy}, {"a kilobyte", 1000 * p.Byte}, {"a command", p.Command},
		{"a record", p.Record}, {"a turn of the loop", p.Turn}, {"a client's call", p.Client},
	}
}

// Free reports whether nothing takes any time.
func (p Params) Free() bool {
	for _, c := range p.Costs() {
		if c.Micros != 0 {
			return false
		}
	}
	return true
}

// Work counts what a member does.
type Work struct {
	In, Out  float64 // messages; a broadcast leaves once
	Copies   float64 // further members that a message leaves for
	Bytes    float64 // in and out, each copy counted, and into the journal
	Commands float64 // executed
	Records  float64 // for the journal
	Turns    float64 // of its loop
	Clients  float64 // calls that a client made, where clients share the machine
}

// Time is what it takes, in microseconds.
func (w Work) Time(p Params) float64 {
	return w.In*p.In + w.Out*p.Out + w.Copies*p.Copy + w.Bytes*p.Byte + w.Commands*p.Command + w.Records*p.Record + w.Turns*p.Turn + w.Clients*p.Client
}

// Plus adds work.
func (w Work) Plus(v Work) Work {
	return Work{w.In + v.In, w.Out + v.Out, w.Copies + v.Copies, w.Bytes + v.Bytes, w.Commands + v.Commands, w.Records + v.Records, w.Turns + v.Turns, w.Clients + v.Clients}
}

// Times multiplies work.
func (w Work) Times(x float64) Work {
	return Work{x * w.In, x * w.Out, x * w.Copies, x * w.Bytes, x * w.Commands, x * w.Records, x * w.Turns, x * w.Clients}
}
