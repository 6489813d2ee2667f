package script

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
)

// Options are the settings on the first line of a script: "cluster n=3
// log-limit=100". The package whose protocol runs reads those it knows; what
// nobody read is an error, so a misspelt setting cannot pass unnoticed.
type Options struct {
	values map[string]string
	used   map[string]bool
	errs   []error
}

func newOptions(values map[string]string) *Options {
	return &Options{values: values, used: map[string]bool{}}
}

// Text returns a setting, or otherwise if the script does not give it.
func (o *Options) Text(name, otherwise string) string {
	o.used[name] = true
	if v, ok := o.values[name]; ok {
		return v
	}
	return otherwise
}

// Int returns a setting that is a whole number.
func (o *Options) Int(name string, otherwise int) int {
	return parsed(o, name, otherwise, strconv.Atoi)
}

// Duration returns a setting such as 50ms.
func (o *Options) Duration(name string, otherwise time.Duration) time.Duration {
	return parsed(o, name, otherwise, time.ParseDuration)
}

// Bool returns a setting that is true or false.
func (o *Options) Bool(name string, otherwise bool) bool {
	return parsed(o, name, otherwise, strconv.ParseBool)
}

// Cluster returns the membership: n=3 (one zone), n=2x3 (zones x nodes), or
// ids=1.1,2.1; three nodes if the script says nothing.
func (o *Options) Cluster() (*quorate.Cluster, error) {
	ids, n := o.Text("ids", ""), o.Text("n", "3")
	if ids == "" {
		return grid(n)
	}
	var members []quorate.ID
	for _, s := range strings.Split(ids, ",") {
		id, err := quorate.ParseID(s)
		if err != nil {
			return nil, err
		}
		members = append(members, id)
	}
	return quorate.NewCluster(members...)
}

func grid(n string) (*quorate.Cluster, error) {
	z, k, both := strings.Cut(n, "x")
	if !both {
		z, k = "1", n
	}
	zones, errZones := strconv.Atoi(z)
	nodes, errNodes := strconv.Atoi(k)
	if errZones != nil || errNodes != nil {
		return nil, fmt.Errorf("n=%s: want a number of nodes, or zones x nodes such as 2x3", n)
	}
	return quorate.Grid(zones, nodes)
}

func parsed[T any](o *Options, name string, otherwise T, parse func(string) (T, error)) T {
	text := o.Text(name, "")
	if text == "" {
		return otherwise
	}
	v, err := parse(text)
	if err != nil {
		o.errs = append(o.errs, fmt.Errorf("%s=%s: %w", name, text, err))
		return otherwise
	}
	return v
}

// err reports settings that are malformed or that nobody read.
func (o *Options) err() error {
	errs := o.errs
	for _, name := range slices.Sorted(maps.Keys(o.values)) {
		if !o.used[name] {
			errs = append(errs, fmt.Errorf("unknown option %s; known are %s", name,
				strings.Join(slices.Sorted(maps.Keys(o.used)), ", ")))
		}
	}
	return errors.Join(errs...)
}

// Quorums reads the option quorum, usual if it is not given: what
// [quorate.ParseQuorums] knows, and unchecked:q1,q2 for quorums of so many members
// that need not meet.
func (o *Options) Quorums(c *quorate.Cluster, usual string) (quorate.QuorumSystem, error) {
	spec := o.Text("quorum", usual)
	counts, unchecked := strings.CutPrefix(spec, "unchecked:")
	if !unchecked {
		return quorate.ParseQuorums(c, spec)
	}
	var q1, q2 int
	if _, err := fmt.Sscanf(counts, "%d,%d", &q1, &q2); err != nil {
		return quorate.QuorumSystem{}, fmt.Errorf("quorum=%s: %w", spec, err)
	}
	count := func(q int) quorate.Quorum { return func(s quorate.Set) bool { return s.Len() >= q } }
	return quorate.UncheckedQuorums(c, counts, count(q1), count(q2), nil)
}
