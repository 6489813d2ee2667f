package admin

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/spelling"
)

// Bounds of what a request may ask for.
const (
	MaxTime  = 24 * time.Hour // of a fault
	MaxDelay = time.Minute    // added to a message
	maxQuery = 4096           // bytes
	maxName  = 64             // bytes of a fault's name
)

// query is the parameters of one request. It collects what is wrong with them.
type query struct {
	cluster *quorate.Cluster
	self    quorate.ID
	values  url.Values
	errs    []error
}

// parseQuery reads the parameters, of which it knows the names. Only group may
// come more than once.
func parseQuery(raw string, c *quorate.Cluster, self quorate.ID, names ...string) *query {
	q := &query{cluster: c, self: self}
	if len(raw) > maxQuery {
		q.fail("the query has %d bytes, want at most %d", len(raw), maxQuery)
		return q
	}
	var err error
	if q.values, err = url.ParseQuery(raw); err != nil {
		q.fail("malformed query: %v", err)
		return q
	}
	var given []string
	for name := range q.values {
		given = append(given, name)
	}
	slices.Sort(given)
	for _, name := range given {
		switch {
		case !slices.Contains(names, name):
			q.fail("unknown parameter %.40q%s", name, spelling.Hint(name, names, ""))
		case len(q.values[name]) > 1 && name != "group":
			q.fail("%s is given twice", name)
		}
	}
	return q
}

func (q *query) fail(format string, args ...any) {
	q.errs = append(q.errs, fmt.Errorf(format, args...))
}

func (q *query) err() error { return errors.Join(q.errs...) }

// ParseTime reads a time above zero: with a unit, such as 500ms, or as Paxi's
// clients write it, a number of seconds.
func ParseTime(text string) (time.Duration, error) {
	var d time.Duration
	var err error
	if strings.Trim(text, "0123456789.") == "" && text != "" {
		d, err = time.ParseDuration(text + "s")
	} else {
		d, err = time.ParseDuration(text)
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("%.40q: want a time such as 5s or 500ms, or a number of seconds", text)
	case d <= 0:
		return 0, fmt.Errorf("%.40q: want more than 0", text)
	}
	return d, nil
}

// time reads a time up to a bound.
func (q *query) time(name string, most time.Duration) time.Duration {
	if !q.values.Has(name) {
		q.fail("%s is missing: want a time such as %s=5s, or a number of seconds", name, name)
		return 0
	}
	d, err := ParseTime(q.values.Get(name))
	switch {
	case err != nil:
		q.fail("%s=%w", name, err)
	case d > most:
		q.fail("%s=%v: want at most %v", name, d, most)
	}
	return d
}

// share reads a probability above zero.
func (q *query) share(name string) float64 {
	text := q.values.Get(name)
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || !(p > 0 && p <= 1) {
		q.fail("%s=%.40s: want the share of messages, above 0 and up to 1", name, text)
		return 0
	}
	return p
}

// name reads the name of a fault, which it need not have.
func (q *query) name() string {
	name := q.values.Get("name")
	if q.values.Has("name") && (name == "" || len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "") {
		q.fail("name=%.80q: want up to %d lower case letters, digits and dashes", name, maxName)
	}
	return name
}

// peers reads the members that messages to are meant, or all others.
func (q *query) peers(name string) quorate.Set {
	others := q.cluster.All().Remove(q.cluster.Index(q.self))
	text := q.values.Get(name)
	switch text {
	case "":
		q.fail("%s is missing: want one of %s, several with commas, or all", name, q.cluster.Names(others))
		return 0
	case "all":
		return others
	}
	s := q.members(name, text)
	if s.Has(q.cluster.Index(q.self)) {
		q.fail("%s=%v: that is this node itself; want one of %s", name, q.self, q.cluster.Names(others))
	}
	return s
}

// members reads IDs with commas between them.
func (q *query) members(name, text string) quorate.Set {
	var s quorate.Set
	for _, word := range strings.Split(text, ",") {
		id, err := quorate.ParseID(word)
		if err != nil {
			q.fail("%s: id %.40q: want zone.node, such as 1.2", name, word)
			continue
		}
		i := q.cluster.Index(id)
		switch {
		case i < 0:
			q.fail("%s: %v is not a member of %v", name, id, q.cluster)
		case s.Has(i):
			q.fail("%s: %v is named twice", name, id)
		default:
			s = s.Add(i)
		}
	}
	return s
}

// cut reads the groups of a partition, and returns those on the other sides.
// Members named nowhere form a group of their own.
func (q *query) cut() quorate.Set {
	if len(q.values["group"]) == 0 {
		q.fail("group is missing: want the members that reach each other, such as group=1.1,1.2&group=1.3")
		return 0
	}
	var named quorate.Set
	var mine quorate.Set
	self := q.cluster.Index(q.self)
	for _, text := range q.values["group"] {
		s := q.members("group", text)
		if both := s & named; both != 0 {
			q.fail("group: %s in two groups", q.cluster.Names(both))
		}
		named |= s
		if s.Has(self) {
			mine = s
		}
	}
	if mine == 0 {
		mine = q.cluster.All() &^ named
	}
	return q.cluster.All() &^ mine
}
