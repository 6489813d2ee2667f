package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
)

// command is one that scripts know. The words it takes are checked against min
// and max, and the options it does not list are words.
type command struct {
	usage    string
	min, max int
	options  []string
	run      func(*player, args) error
}

const anyNumber = 1 << 10

// commandTable is what doc.go describes, without "cluster" and the views.
func commandTable() map[string]command {
	request := []string{"seq", "timeout", "read"}
	table := map[string]command{
		"put":    {"client node key value [seq=n] [timeout=d]", 4, 4, request, putCommand},
		"get":    {"client node key [read=mode] [seen=slot] [seq=n] [timeout=d]", 3, 3, request, getCommand},
		"del":    {"client node key [seq=n] [timeout=d]", 3, 3, request, delCommand},
		"put-if": {"client node key value version [seq=n] [timeout=d]", 5, 5, request, putIfCommand},
		"del-if": {"client node key version [seq=n] [timeout=d]", 4, 4, request, delIfCommand},
		"retry":  {"client node [seq=n] [timeout=d]", 2, 2, request, retryCommand},

		"deliver":  {"link [type] [count]", 1, anyNumber, nil, deliverCommand},
		"drop":     {"link [type] [count]", 1, anyNumber, nil, dropCommand},
		"dup":      {"link [type]", 1, anyNumber, nil, dupCommand},
		"hold":     {"link [type]", 1, anyNumber, nil, holdCommand},
		"release":  {"[link [type]]", 0, anyNumber, nil, releaseCommand},
		"settle":   {"", 0, 0, nil, settleCommand},
		"messages": {"[link [type]]", 0, anyNumber, nil, messagesCommand},
		"cut":      {"link... | node node", 1, anyNumber, nil, cutCommand},
		"heal":     {"[link... | node node]", 0, anyNumber, nil, healCommand},
		"isolate":  {"node...", 1, anyNumber, nil, isolateCommand},

		"advance": {"time [node...]", 1, anyNumber, nil, advanceCommand},
		"run":     {"time", 1, 1, nil, runCommand},
		"fire":    {"node timer", 2, anyNumber, nil, fireCommand},
		"timers":  {"[node...]", 0, anyNumber, nil, timersCommand},

		"hold-sync": {"node...", 1, anyNumber, nil, holdSyncCommand},
		"auto-sync": {"node...", 1, anyNumber, nil, autoSyncCommand},
		"sync":      {"node...", 1, anyNumber, nil, syncCommand},
		"fail-sync": {"node...", 1, anyNumber, nil, failSyncCommand},
		"crash":     {"node...", 1, anyNumber, nil, crashCommand},
		"restart":   {"node [empty|init|old]", 1, 2, nil, restartCommand},
		"admit":     {"node...", 1, anyNumber, nil, admitCommand},

		"repeat":           {"count command...", 2, anyNumber, nil, repeatCommand},
		"report":           {"[node...]", 0, anyNumber, nil, reportCommand},
		"records":          {"[node...]", 0, anyNumber, nil, recordsCommand},
		"check":            {"agreement", 1, 1, nil, checkCommand},
		"show":             {"all|events|replies|nothing", 1, 1, nil, showCommand},
		"mute":             {"[name...]", 0, anyNumber, nil, muteCommand},
		"expect-violation": {"", 0, 0, nil, expectCommand},
	}
	return table
}

func advanceCommand(p *player, a args) error {
	d, err := time.ParseDuration(a.word(0))
	if err != nil || d < 0 {
		return fmt.Errorf("time %q: want for example 50ms", a.word(0))
	}
	ids, err := p.ids(a.words[1:])
	if err != nil {
		return err
	}
	return p.world.Advance(d, ids...)
}

func runCommand(p *player, a args) error {
	d, err := time.ParseDuration(a.word(0))
	if err != nil || d < 0 {
		return fmt.Errorf("time %q: want for example 50ms", a.word(0))
	}
	p.world.Run(d)
	return nil
}

func fireCommand(p *player, a args) error {
	ids, err := p.ids(a.words[:1])
	if err != nil {
		return err
	}
	timer := strings.Join(a.words[1:], " ")
	for _, id := range ids {
		if err := p.world.Fire(id, timer); err != nil {
			return err
		}
	}
	return nil
}

func timersCommand(p *player, a args) error {
	return p.eachMember(a.words, func(m *member) error {
		for name, due := range m.node.Timers() {
			p.print("%v %s in %v", m.id, name, due-m.now())
		}
		return nil
	})
}

func reportCommand(p *player, a args) error {
	return p.eachMember(a.words, func(m *member) error {
		p.print("%v %s", m.id, Text(m.replica.Report()))
		return nil
	})
}

func recordsCommand(p *player, a args) error {
	return p.eachMember(a.words, func(m *member) error {
		records, err := p.world.Records(m.id)
		for _, r := range records {
			p.print("%v %s", m.id, Text(r))
		}
		if len(records) == 0 && err == nil {
			p.print("%v has no records", m.id)
		}
		return err
	})
}

// eachMember calls do for the named nodes, for all if none is named, and notes
// which are down.
func (p *player) eachMember(words []string, do func(*member) error) error {
	if len(words) == 0 {
		words = []string{"*"}
	}
	ids, err := p.ids(words)
	if err != nil {
		return err
	}
	for _, id := range ids {
		m, err := p.world.up(id)
		if errors.Is(err, ErrDown) {
			p.print("%v is down", id)
			continue
		}
		if err != nil {
			return err
		}
		if err := do(m); err != nil {
			return err
		}
	}
	return nil
}

func checkCommand(p *player, a args) error {
	if a.word(0) != "agreement" {
		return fmt.Errorf("check %q: want agreement", a.word(0))
	}
	if err := p.world.Err(); err != nil {
		p.print("%v", err)
		return nil
	}
	p.print("agreement on %d slots", len(p.world.values))
	return nil
}

func repeatCommand(p *player, a args) error {
	n, err := strconv.Atoi(a.word(0))
	if err != nil || n < 1 {
		return fmt.Errorf("count %q: want a whole number above 0", a.word(0))
	}
	for range n {
		if err := p.command(strings.Join(a.words[1:], " ")); err != nil {
			return err
		}
	}
	return nil
}

func showCommand(p *player, a args) error {
	levels := map[string]level{"all": showAll, "events": showEvents, "replies": showReplies, "nothing": showNothing}
	l, ok := levels[a.word(0)]
	if !ok {
		return fmt.Errorf("show %s: want all, events, replies or nothing", a.word(0))
	}
	p.level = l
	return nil
}

func muteCommand(p *player, a args) error {
	p.muted = a.words
	return nil
}

func expectCommand(p *player, _ args) error {
	p.expected = true
	return nil
}

// each calls do for every node named in words.
func (p *player) each(words []string, do func(quorate.ID) error) error {
	ids, err := p.ids(words)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := do(id); err != nil {
			return err
		}
	}
	return nil
}
