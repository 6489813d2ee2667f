package admin

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/wpaxos/hot"
)

// Objects is what a node says of a protocol in which each key is an object with an
// owner of its own. The counts are since the node started.
type Objects struct {
	Known int `json:"known"`
	Owned int `json:"owned"` // by this node
	Awake int `json:"awake"` // something goes on with them
	// Changes counts what this node became the owner of, by cause.
	Changes map[string]uint64 `json:"changes"`
	Hinted  uint64            `json:"hinted"`   // hints that it gave to other owners
	GivenUp uint64            `json:"given_up"` // ballots for which too few promised
	// Stolen are the objects that were stolen most, as this node saw it.
	Stolen []Stolen `json:"stolen"`
}

// Stolen is one of the objects that were stolen most.
type Stolen struct {
	Key   string     `json:"key"` // its beginning, if it is long
	Owner quorate.ID `json:"owner"`
	// Steals counts the ballots that others than its owner tried; Excess is by how much
	// that may be too high.
	Steals uint64 `json:"steals"`
	Excess uint64 `json:"excess"`
	// Requests counts, by zone, from where this node was asked for the object since it
	// owns it. It is empty if it does not.
	Requests map[int]uint64 `json:"requests,omitempty"`
}

const (
	maxStolen = 16 // objects in a status
	maxShown  = 64 // bytes of a key
)

// objects counts what becomes of objects, for one start of a node.
type objects struct {
	m     *metrics
	zones []int

	mu      sync.Mutex
	stolen  *hot.Counters
	changes map[quorate.Cause]uint64
	hinted  uint64
	givenUp uint64
}

func newObjects(m *metrics, c *quorate.Cluster) *objects {
	return &objects{m: m, zones: c.Zones(), stolen: hot.New(hot.Kept, len(c.Zones())), changes: map[quorate.Cause]uint64{}}
}

// causesOf are those for which an object gets an owner.
func causesOf() []quorate.Cause {
	return []quorate.Cause{quorate.CauseNew, quorate.CauseAsked, quorate.CauseHinted, quorate.CauseSilent, quorate.CauseOwn}
}

// owners makes the metrics of protocols in which each key has an owner.
func (m *metrics) owners() {
	var names []string
	for _, c := range causesOf() {
		names = append(names, c.String())
	}
	m.changes = m.counters("ownership_changes_total", "Objects of which the replica became the owner, by cause: nobody owned it, it was asked for here, its owner hinted, its owner was silent, or it was its own before.",
		"cause", names...)
	m.hinted = m.counter("handovers_hinted_total", "Hints that the replica gave, as an owner, that another one should take an object.")
	m.givenUp = m.counter("ballots_given_up_total", "Ballots that the replica gave up, since too few members promised.")
}

// observe takes an event, on the node's loop.
func (o *objects) observe(e quorate.Event) {
	switch e := e.(type) {
	case quorate.Elected:
		if e.Log == "" {
			return
		}
		if e.Cause != quorate.CauseNone {
			o.m.changes.WithLabelValues(e.Cause.String()).Inc()
		}
		o.mu.Lock()
		o.changes[e.Cause]++
		o.mu.Unlock()
	case quorate.Hinted:
		o.m.hinted.Inc()
		o.mu.Lock()
		o.hinted++
		o.mu.Unlock()
	case quorate.GaveUp:
		o.m.givenUp.Inc()
		o.mu.Lock()
		o.givenUp++
		o.mu.Unlock()
	case quorate.Promised, quorate.Stood, quorate.SteppedDown, quorate.Asked:
	default:
		return // the usual case: no lock
	}
	o.mu.Lock()
	o.stolen.Observe(e)
	o.mu.Unlock()
}

// owned returns how many objects the node owns.
func (o *objects) owned() int {
	if o == nil {
		return 0
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stolen.Owned()
}

// status returns nil if there are no objects.
func (o *objects) status(r quorate.Report) *Objects {
	if o == nil || r.Objects == 0 {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s := &Objects{Known: r.Objects, Owned: o.stolen.Owned(), Awake: r.Awake, Changes: map[string]uint64{}, Hinted: o.hinted, GivenUp: o.givenUp, Stolen: []Stolen{}}
	for _, c := range causesOf() {
		s.Changes[c.String()] = o.changes[c]
	}
	for _, h := range o.stolen.Top(maxStolen) {
		one := Stolen{Key: shown(h.Key), Owner: h.Owner, Steals: h.Steals, Excess: h.Excess}
		for zone, hits := range h.Hits {
			if hits > 0 {
				if one.Requests == nil {
					one.Requests = map[int]uint64{}
				}
				one.Requests[o.zones[zone]] = hits
			}
		}
		s.Stolen = append(s.Stolen, one)
	}
	return s
}

// shown returns a key as people see it, or its beginning.
func shown(key string) string {
	if len(key) > maxShown {
		cut := maxShown
		for cut > maxShown-utf8.UTFMax && !utf8.RuneStart(key[cut]) {
			cut--
		}
		key = key[:cut] + "…"
	}
	return strings.ToValidUTF8(key, "\uFFFD")
}

// ownership are the gauges of objects.
func ownership() []field {
	gauge := func(name, help string, value func(v view) float64) field {
		return field{describe(name, help), prometheus.GaugeValue, true, func(v view, _ server.NodeStats) float64 { return value(v) }}
	}
	return []field{
		gauge("objects", "Objects that the replica knows, where each key is one.", func(v view) float64 { return float64(v.Objects) }),
		gauge("objects_owned", "Objects that the replica owns.", func(v view) float64 { return float64(v.owned) }),
		gauge("objects_awake", "Objects with which something goes on at the replica.", func(v view) float64 { return float64(v.Awake) }),
	}
}
