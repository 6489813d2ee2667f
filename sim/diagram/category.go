package diagram

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/quorate/quorate/sim"
)

// category is what a reader can switch off and on: a type of message, a kind
// of event.
type category struct {
	Group  string `json:"group"`
	Name   string `json:"name"`
	Paint  string `json:"paint"`  // the name of a colour in the page's style
	Dashed bool   `json:"dashed"` // of messages that answer
	Count  int    `json:"count"`  // of items

	number int
}

// The colours that the style has for message families and for faults.
const (
	messageColors = 8
	faultColors   = 4
)

// categorize sets the category of each item and returns all of them, sorted.
func categorize(events []event, items []*item) []*category {
	groups := []string{"messages", "events", "members", "clients", "timers", "faults"}
	found := map[[2]string]*category{}
	all := []*category{}
	for _, it := range items {
		group, name := groupOf(events[it.from], it.shape)
		id := [2]string{group, name}
		if found[id] == nil {
			found[id] = &category{Group: group, Name: name}
			all = append(all, found[id])
		}
		it.cat = found[id]
		it.cat.Count++
	}
	slices.SortFunc(all, func(a, b *category) int {
		return cmp.Or(slices.Index(groups, a.Group)-slices.Index(groups, b.Group), cmp.Compare(a.Name, b.Name))
	})
	for i, c := range all {
		c.number = i
	}
	paint(all)
	return all
}

func groupOf(e event, s shape) (group, name string) {
	switch s {
	case arrow:
		return "messages", e.Name
	case bar:
		return "members", "sync"
	case call:
		return "clients", "call"
	case band:
		return "faults", cmp.Or(e.Name, "fault")
	case broken:
		return "events", "violation"
	}
	switch e.Kind {
	case sim.TraceTimer:
		return "timers", cmp.Or(e.Name, "timer")
	case sim.TraceCrash, sim.TraceStart:
		return "members", "crash, restart"
	}
	return "events", cmp.Or(hyphenate(e.Name), "event")
}

// hyphenate turns the name of a type into what people write: stepped-down.
func hyphenate(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// paint chooses colours. Messages that ask and answer share one: P1a and P1b,
// Heartbeat and HeartbeatReply. Those of clients, Request and Reply, are plain.
func paint(sorted []*category) {
	var families, faults int
	colors := map[string]string{"": "client"}
	for _, c := range sorted {
		switch c.Group {
		case "messages":
			family, answer := familyOf(c.Name)
			c.Dashed = answer
			if colors[family] == "" {
				colors[family] = fmt.Sprintf("c%d", families%messageColors)
				families++
			}
			c.Paint = colors[family]
		case "faults":
			c.Paint = fmt.Sprintf("f%d", faults%faultColors)
			faults++
		default:
			c.Paint = "soft"
			if slices.Contains([]string{"elected", "chosen", "executed", "sync", "call"}, c.Name) {
				c.Paint = c.Name
			} else if c.Group == "members" {
				c.Paint = "ink"
			} else if c.Name == "violation" {
				c.Paint = "bad"
			}
		}
	}
}

// familyOf strips from the name of a message what tells question from answer.
func familyOf(name string) (family string, answer bool) {
	for _, suffix := range []string{"Reply", "Response", "Ack"} {
		if family, ok := strings.CutSuffix(name, suffix); ok {
			return family, true
		}
	}
	if phase := regexp.MustCompile(`^(.*\d)([ab])$`).FindStringSubmatch(name); phase != nil {
		return phase[1], phase[2] == "b"
	}
	return strings.TrimSuffix(name, "Request"), false
}
