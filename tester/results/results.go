// Package results holds what a test found, as its results.json says it.
package results

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/quorate/quorate/checker"
)

// Valid is a verdict in Jepsen's words: true, false or "unknown".
type Valid checker.Verdict

// The verdicts. The zero Valid is Unknown: what was not decided has not passed.
const (
	Unknown = Valid(checker.Unknown)
	True    = Valid(checker.OK)
	False   = Valid(checker.Violation)
)

// String returns "true", "false" or "unknown".
func (v Valid) String() string {
	switch v {
	case True:
		return "true"
	case False:
		return "false"
	}
	return "unknown"
}

// MarshalJSON writes true, false or "unknown".
func (v Valid) MarshalJSON() ([]byte, error) {
	if v == True || v == False {
		return []byte(v.String()), nil
	}
	return []byte(`"unknown"`), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Valid) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "true":
		*v = True
	case "false":
		*v = False
	case `"unknown"`:
		*v = Unknown
	default:
		return fmt.Errorf(`valid %s: want true, false or "unknown"`, text)
	}
	return nil
}

// Merge returns the verdict of two checks together: false beats unknown, which beats true.
func (v Valid) Merge(w Valid) Valid {
	switch {
	case v == False || w == False:
		return False
	case v == Unknown || w == Unknown:
		return Unknown
	}
	return True
}

// Check is what one checker found.
type Check struct {
	Name  string `json:"name"` // linearizable, bank, stats, …
	Valid Valid  `json:"valid?"`
	// Reason says why it is not valid, in a sentence.
	Reason string `json:"reason,omitempty"`
	// Details are the checker's own figures and findings, as JSON.
	Details json.RawMessage `json:"details,omitempty"`
	// Key is the key that failed first, where keys are independent.
	Key string `json:"key,omitempty"`
}

// Results are the results of a test.
type Results struct {
	Schema  int           `json:"schema"`
	Test    string        `json:"test"` // its name, of which its directory is called
	Started time.Time     `json:"started"`
	Valid   Valid         `json:"valid?"`
	Reason  string        `json:"reason,omitempty"` // of the first check that is not valid
	Checks  []Check       `json:"checks"`
	Stats   []Stat        `json:"stats"`  // by function, in the order of names
	Faults  []Fault       `json:"faults"` // by nemesis, in the order of names
	Elapsed time.Duration `json:"elapsed_ns"`
	// Ended says why the clients stopped before the time limit; empty if they did not.
	Ended string `json:"ended,omitempty"`
	// Violated is when the first call that breaks a promise returned, since the clients
	// began: of those that the check of the calls shows. Zero if it shows none.
	Violated time.Duration `json:"violated_ns,omitempty"`
	// Config is the test's configuration, as JSON: what it takes to run it again.
	Config json.RawMessage `json:"config"`
	// Directory is where the test's files are; empty if they are not kept.
	Directory string `json:"directory,omitempty"`
}

// Schema is the version of the JSON. It rises when a field changes its meaning or goes.
const Schema = 1

// Stat counts the operations of one function by their ends.
type Stat struct {
	F    string `json:"f"`
	OK   int    `json:"ok"`
	Fail int    `json:"fail"`
	Info int    `json:"info"`
	// P50, P99 and Max are how long those took that are OK: quantiles, and the longest.
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
	Max time.Duration `json:"max_ns"`
}

// Fault counts what one nemesis did.
type Fault struct {
	Nemesis string        `json:"nemesis"`
	Times   int           `json:"times"`
	Errors  int           `json:"errors"` // strikes or healings that did not work
	Active  time.Duration `json:"active_ns"`
}
