package matrix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/store"
)

// File is the name of the file in a store that remembers what was done.
const File = store.MatrixFile

// schema is the version of the file. It rises when a field changes its meaning or goes.
const schema = 1

// maxFile bounds what is read of it.
const maxFile = 64 << 20

// memory is the file.
type memory struct {
	Schema   int        `json:"schema"`
	Editions []*edition `json:"editions"`
}

// edition is what one program has done with one kind of test.
type edition struct {
	Version  string          `json:"version"`
	Settings json.RawMessage `json:"settings"`
	First    time.Time       `json:"first"`
	Last     time.Time       `json:"last"`
	Cells    []*Tally        `json:"cells"` // that were tested, in the order in which they were
}

// Tally is what became of the tests of a cell.
type Tally struct {
	Cell
	Mode string `json:"read"`
	Totals
	// Failures are those that were not valid, the first of them.
	Failures []Failure `json:"failures,omitempty"`
}

// maxFailures bounds Tally.Failures.
const maxFailures = 20

// Totals count tests, and what was done in them.
type Totals struct {
	Tests   int           `json:"tests"`
	True    int           `json:"valid"`
	False   int           `json:"invalid"`
	Unknown int           `json:"unknown"`
	OK      int           `json:"ok"` // operations
	Fail    int           `json:"fail"`
	Info    int           `json:"info"`
	Faults  int           `json:"faults"`
	Errors  int           `json:"fault_errors"`
	Elapsed time.Duration `json:"elapsed_ns"`
}

func (t *Totals) add(o Totals) {
	t.Tests, t.True, t.False, t.Unknown = t.Tests+o.Tests, t.True+o.True, t.False+o.False, t.Unknown+o.Unknown
	t.OK, t.Fail, t.Info = t.OK+o.OK, t.Fail+o.Fail, t.Info+o.Info
	t.Faults, t.Errors, t.Elapsed = t.Faults+o.Faults, t.Errors+o.Errors, t.Elapsed+o.Elapsed
}

// Valid is the verdict of all tests together; unknown if there were none.
func (t *Totals) Valid() results.Valid {
	switch {
	case t.False > 0:
		return results.False
	case t.Unknown > 0 || t.Tests == 0:
		return results.Unknown
	}
	return results.True
}

// totalsOf counts one test.
func totalsOf(r *results.Results) Totals {
	t := Totals{Tests: 1, Elapsed: r.Elapsed}
	switch r.Valid {
	case results.True:
		t.True = 1
	case results.False:
		t.False = 1
	default:
		t.Unknown = 1
	}
	for _, s := range r.Stats {
		t.OK, t.Fail, t.Info = t.OK+s.OK, t.Fail+s.Fail, t.Info+s.Info
	}
	for _, f := range r.Faults {
		t.Faults, t.Errors = t.Faults+f.Times, t.Errors+f.Errors
	}
	return t
}

// Failure is a test that was not valid.
type Failure struct {
	Test      string        `json:"test"`
	Valid     results.Valid `json:"valid?"`
	Reason    string        `json:"reason"`
	Seed      uint64        `json:"seed"`
	Directory string        `json:"directory,omitempty"`
	Started   time.Time     `json:"started"`
}

// load reads what is remembered in a store.
func load(root string) (*memory, error) {
	path := filepath.Join(root, File)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &memory{Schema: schema}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was tested: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read what was tested: %w", err)
	}
	var m memory
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("read what was tested: %s: %w; remove it to begin anew", path, err)
	}
	if m.Schema != schema {
		return nil, fmt.Errorf("read what was tested: %s has schema %d, want %d; take the program that wrote it, or another store", path, m.Schema, schema)
	}
	for _, e := range m.Editions {
		if e == nil {
			return nil, fmt.Errorf("read what was tested: %s has an edition of nothing; remove it to begin anew", path)
		}
		for _, t := range e.Cells {
			if t == nil {
				return nil, fmt.Errorf("read what was tested: %s has a cell of nothing; remove it to begin anew", path)
			}
			if t.Read, err = quorate.ParseReadMode(t.Mode); err != nil {
				return nil, fmt.Errorf("read what was tested: %s: %w", path, err)
			}
		}
	}
	return &m, nil
}

func (m *memory) save(root string) error {
	return store.Replace(root, File, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(m)
	})
}

// edition returns that of a program and of settings, which may be new.
func (m *memory) edition(version string, settings json.RawMessage, at time.Time) *edition {
	for _, e := range m.Editions {
		var kept bytes.Buffer
		if e.Version == version && json.Compact(&kept, e.Settings) == nil && bytes.Equal(kept.Bytes(), settings) {
			return e
		}
	}
	e := &edition{Version: version, Settings: settings, First: at, Last: at}
	m.Editions = append(m.Editions, e)
	return e
}

// add counts a test of a cell.
func (e *edition) add(c Cell, t Totals, f *Failure) {
	i := slices.IndexFunc(e.Cells, func(o *Tally) bool { return o.Cell == c })
	if i < 0 {
		i, e.Cells = len(e.Cells), append(e.Cells, &Tally{Cell: c, Mode: c.Read.String()})
	}
	o := e.Cells[i]
	o.add(t)
	if f != nil && len(o.Failures) < maxFailures {
		o.Failures = append(o.Failures, *f)
	}
}

// settings are what tests have in common, as far as it matters.
func (c Config) settings() (json.RawMessage, error) {
	t := c.Test
	if len(c.Shapes) > 0 { // what these are is their cells'
		t.Zones, t.Nodes = 0, 0
	}
	t = t.WithDefaults()
	t.Name, t.Protocol, t.Workload, t.Read, t.Nemeses, t.Seed = "", "", "", 0, nil, 0
	if c.Each > 0 {
		t.Concurrency = 0
	}
	if c.Quorums != "" {
		t.Options.Quorums = quorate.QuorumSystem{}
	}
	text, err := json.Marshal(struct {
		Test    tester.Config `json:"test"`
		PerZone int           `json:"per_zone,omitempty"`
		Quorums string        `json:"quorums,omitempty"`
		Each    float64       `json:"clients_each,omitempty"`
	}{t, c.PerZone, c.Quorums, c.Each})
	if err != nil {
		return nil, fmt.Errorf("describe the tests: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, fmt.Errorf("describe the tests: %w", err)
	}
	return compact.Bytes(), nil
}
