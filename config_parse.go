package quorate

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"
)

// ConfigError is one thing wrong in a cluster file.
type ConfigError struct {
	Line, Column int    // from 1; zero if the value does not come from a file's text
	Path         string // of the value, for example benchmark.K; empty for the file
	Problem      string
}

// Error says where and what.
func (e *ConfigError) Error() string {
	s := "config"
	if e.Line > 0 {
		s += fmt.Sprintf(" line %d, column %d", e.Line, e.Column)
	}
	if e.Path != "" {
		s += ": " + e.Path
	}
	return s + ": " + e.Problem
}

// maxConfigErrors bounds how many errors are reported about one file.
const maxConfigErrors = 20

// ParseConfig reads a cluster file and checks it with [Config.Validate]. It
// reports what is wrong, up to a limit, as joined [*ConfigError] values: JSON
// that is malformed or followed by something, unknown keys with the nearest
// known one, keys given twice, values of a wrong type or out of range.
//
// Keys are those of [Config]'s tags and, as for Paxi, may differ in case.
// Durations are strings with a unit, such as "50ms".
func ParseConfig(data []byte) (*Config, error) {
	r := &configReader{data: data, places: map[string]int{}}
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		r.malformed(err)
		return nil, r.err()
	}
	c := &Config{}
	v := configValue{raw: raw, at: skipSpace(data, 0)}
	if v.kind() != "an object" {
		r.problem(v.at, "", "want an object, have %s", v.kind())
		return nil, r.err()
	}
	r.object(v, "", reflect.ValueOf(c).Elem())
	if len(r.errs) > 0 {
		return nil, r.err()
	}
	c.spellOut()
	for _, e := range c.check() {
		at, ok := r.places[e.Path]
		if !ok {
			at = v.at
		}
		r.problem(at, e.Path, "%s", e.Problem)
	}
	if len(r.errs) > 0 {
		return nil, r.err()
	}
	return c, nil
}

// spellOut replaces Paxi's ways to write a value by ours.
func (c *Config) spellOut() {
	if c.Policy == "majority" && c.Threshold.Interval == 0 {
		c.Threshold = Threshold{Interval: scale(c.Threshold.Number, time.Second)}
	}
	if c.Benchmark != nil && c.Benchmark.Distribution == "zipfan" {
		c.Benchmark.Distribution = "zipfian"
	}
}

// UnmarshalJSON is [ParseConfig].
func (c *Config) UnmarshalJSON(data []byte) error {
	parsed, err := ParseConfig(data)
	if err != nil {
		return err
	}
	*c = *parsed
	return nil
}

// DecodeOptions stores the file's options in the struct that into points to,
// and leaves the fields alone that the options do not name. A field's key is
// its json tag, or else its name in snake case: election_timeout for
// ElectionTimeout. Errors are those of [ParseConfig].
func (c *Config) DecodeOptions(into any) error {
	p := reflect.ValueOf(into)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode options: want a pointer to a struct, have %T", into)
	}
	if len(c.Options) == 0 {
		return nil
	}
	r := &configReader{places: map[string]int{}}
	v := configValue{raw: c.Options}
	if !json.Valid(c.Options) || v.kind() != "an object" {
		r.problem(0, "options", "want an object, have %s", v.kind())
		return r.err()
	}
	r.object(v, "options", p.Elem())
	return r.err()
}

// configReader collects what is wrong while it reads.
type configReader struct {
	data   []byte // the file, nil if there is none
	errs   []error
	more   int            // problems beyond the limit
	places map[string]int // offset of each value by its path
}

func (r *configReader) problem(at int, path, format string, args ...any) {
	if r.full() {
		r.more++
		return
	}
	e := &ConfigError{Path: path, Problem: fmt.Sprintf(format, args...)}
	if r.data != nil {
		e.Line, e.Column = position(r.data, at)
	}
	r.errs = append(r.errs, e)
}

// full reports whether no further problem is worth its explanation.
func (r *configReader) full() bool { return len(r.errs) >= maxConfigErrors }

func (r *configReader) malformed(err error) {
	at := len(r.data)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = int(syntax.Offset) - 1
	}
	r.problem(max(at, 0), "", "malformed JSON: %v", err)
}

func (r *configReader) err() error {
	if r.more > 0 {
		r.errs, r.more = append(r.errs, fmt.Errorf("config: %d more errors", r.more)), 0
	}
	return errors.Join(r.errs...)
}

// position returns the line and the column, in characters, of an offset.
func position(data []byte, at int) (line, column int) {
	line, start := 1, 0
	for i, b := range data[:min(at, len(data))] {
		if b == '\n' {
			line, start = line+1, i+1
		}
	}
	return line, 1 + utf8.RuneCount(data[start:min(at, len(data))])
}
