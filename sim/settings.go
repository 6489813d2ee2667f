package sim

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"reflect"
	"strings"
	"time"

	"github.com/quorate/quorate/nemesis"
)

// Settings is what the world of a seed depends on, beside the seed. Campaigns
// with equal settings are parts of one.
type Settings struct {
	Protocol string          `json:"protocol"`
	Bug      string          `json:"bug,omitempty"`
	Zones    int             `json:"zones,omitempty"` // zero here and below: the seed's choice
	Nodes    int             `json:"nodes,omitempty"`
	Nemesis  []nemesis.Group `json:"nemesis,omitempty"`
	Ops      int             `json:"ops,omitempty"`
	Time     time.Duration   `json:"time,omitempty"`
	WAN      string          `json:"wan,omitempty"`
	Quorum   string          `json:"quorum,omitempty"`
	ByValue  bool            `json:"by_value,omitempty"`
	Blind    bool            `json:"blind,omitempty"`
	// Draw is a fingerprint of the worlds of some seeds. It changes when the
	// program that draws them does.
	Draw string `json:"draw"`
}

// Settings returns the settings of the swarm.
func (s Swarm) Settings() (Settings, error) {
	hash := fnv.New64a()
	for seed := range uint64(8) {
		spec, err := s.Spec(seed)
		if err != nil {
			return Settings{}, fmt.Errorf("draw the world of seed %d: %w", seed, err)
		}
		data, err := json.Marshal(spec)
		if err != nil {
			return Settings{}, err
		}
		hash.Write(data)
	}
	return Settings{
		Protocol: s.Subject.Name, Bug: s.Subject.Bug, Zones: s.Zones, Nodes: s.Nodes, Nemesis: s.Groups,
		Ops: s.Ops, Time: s.Time, WAN: s.WAN, Quorum: s.Quorum, ByValue: s.ByValue, Blind: s.Blind,
		Draw: fmt.Sprintf("%016x", hash.Sum64()),
	}, nil
}

// difference says in which settings others differ from s, empty if in none. The
// draw follows from the others, and counts only where they are equal.
func (s Settings) difference(others Settings) string {
	var list []string
	theirs := reflect.ValueOf(others)
	for f, mine := range reflect.ValueOf(s).Fields() {
		name, _ := fieldName(f)
		there := theirs.FieldByIndex(f.Index)
		switch {
		case fmt.Sprint(mine) == fmt.Sprint(there):
		case name != "draw":
			list = append(list, fmt.Sprintf("%s is %s there and %s here", name, setting(there), setting(mine)))
		case len(list) == 0:
			list = append(list, "its seeds are other worlds, drawn by another version of this program")
		}
	}
	return strings.Join(list, ", ")
}

func setting(v reflect.Value) string {
	if v.IsZero() {
		return "not set"
	}
	return strings.Trim(fmt.Sprint(v), "[]")
}
