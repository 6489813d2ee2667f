package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// What Read takes at most.
const (
	maxReportBytes = 256 << 20
	maxReportRuns  = 10_000
)

// ErrNewer is of a report that a newer version of this program wrote, in which fields
// mean something else.
var ErrNewer = errors.New("the report is newer than this program")

// Read reads a report that WriteJSON wrote, of this schema or an earlier one. Fields
// that it does not know are left out.
func Read(r io.Reader) (*Report, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxReportBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the report: %w", err)
	case len(data) > maxReportBytes:
		return nil, fmt.Errorf("read the report: it has more than %d MiB", maxReportBytes>>20)
	}
	var head struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	switch {
	case head.Schema < 1:
		return nil, errors.New("read the report: it has no schema, so it is none of quorate bench")
	case head.Schema > Schema:
		return nil, fmt.Errorf("read the report: its schema is %d, this program knows %d: %w", head.Schema, Schema, ErrNewer)
	}
	var report Report
	if err := json.Unmarshal(data, &report); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	if n := len(report.Runs); n > maxReportRuns {
		return nil, fmt.Errorf("read the report: %d runs: want at most %d", n, maxReportRuns)
	}
	for i := range report.Runs {
		if round := report.Runs[i].Round; round < 0 {
			return nil, fmt.Errorf("read the report: run %d says round %d: rounds count from 1 on", i+1, round)
		}
	}
	return &report, nil
}
