package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate"
)

// player runs the commands of one script on one world.
type player struct {
	build    Build
	commands map[string]command
	cfg      Config
	world    *World
	out      strings.Builder // of the block that runs
	level    level
	muted    []string
	sessions map[quorate.Client]*session
	expected bool // a violation
}

// level is how much of what happens a script shows.
type level uint8

const (
	showNothing level = iota // violations and what commands print
	showReplies              // and replies and notes
	showEvents               // and events
	showAll                  // and messages and timers
)

var errNoViolation = errors.New("the script expects a violation, and none was found")

func (p *player) block(b block) (string, error) {
	p.out.Reset()
	for _, c := range b.commands {
		if c.text == "" || strings.HasPrefix(c.text, "#") {
			continue
		}
		if err := p.command(c.text); err != nil {
			return p.out.String(), fmt.Errorf("%d: %s: %w", c.number, c.text, err)
		}
		if p.world != nil && p.world.Err() != nil && !p.expected {
			return p.out.String(), fmt.Errorf("%d: %s: %w", c.number, c.text, p.world.Err())
		}
	}
	if len(b.commands) > 0 && p.out.Len() == 0 {
		return "ok\n", nil
	}
	return p.out.String(), nil
}

func (p *player) end() error {
	if p.world == nil || p.world.Err() != nil { // what the replicas say has been reported, if it was not expected
		return nil
	}
	var err error
	if p.cfg.Check != nil {
		err = p.cfg.Check(p.world)
	}
	if !p.expected {
		return err
	}
	if err == nil {
		return errNoViolation
	}
	return nil
}

func (p *player) command(text string) error {
	fields := strings.Fields(text)
	if fields[0] == "cluster" {
		return p.cluster(fields[1:])
	}
	if p.world == nil {
		return errors.New(`a script begins with "cluster", for example: cluster n=3`)
	}
	c, known := p.commands[fields[0]]
	if !known {
		if view, known := p.cfg.Views[fields[0]]; known {
			return p.view(view, fields[1:])
		}
		return fmt.Errorf("unknown command %s; known are %s", fields[0], p.known())
	}
	a := args{}
	for _, f := range fields[1:] {
		name, value, isOption := strings.Cut(f, "=")
		if isOption && slices.Contains(c.options, name) {
			a.set(name, value)
			continue
		}
		if f == `""` {
			f = ""
		}
		a.words = append(a.words, f)
	}
	if len(a.words) < c.min || len(a.words) > c.max {
		return fmt.Errorf("usage: %s %s", fields[0], c.usage)
	}
	return c.run(p, a)
}

func (p *player) known() string {
	names := []string{"cluster"}
	for name := range p.commands { // unordered: sorted below
		names = append(names, name)
	}
	for name := range p.cfg.Views { // unordered: sorted below
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (p *player) cluster(fields []string) error {
	if p.world != nil {
		return errors.New("the cluster stands already")
	}
	values := map[string]string{}
	for _, f := range fields {
		name, value, ok := strings.Cut(f, "=")
		if _, dup := values[name]; !ok || dup {
			return fmt.Errorf("option %q: want name=value, each name once", f)
		}
		values[name] = value
	}
	o := newOptions(values)
	cfg, err := p.build(o)
	if err = errors.Join(err, o.err()); err != nil {
		return err
	}
	cfg.Trace = p.trace
	p.cfg, p.sessions = cfg, map[quorate.Client]*session{}
	p.world, err = NewWorld(cfg)
	return err
}

func (p *player) trace(l Line) {
	shown := map[Kind]level{
		KindMessage: showAll, KindTimer: showAll, KindEvent: showEvents,
		KindReply: showReplies, KindNote: showReplies, KindViolation: showNothing,
	}
	if p.level < shown[l.Kind] || slices.ContainsFunc(p.muted, func(m string) bool { return m == l.Name || wildcard(m, l.Name) }) {
		return
	}
	p.print("%s", l.Text)
}

// print adds lines to the output. None is blank: a blank line would end it.
func (p *player) print(format string, args ...any) {
	for s := range strings.Lines(fmt.Sprintf(format, args...)) {
		if s = strings.TrimRight(s, " \t\r\n"); s != "" {
			p.out.WriteString(s + "\n")
		}
	}
}

func (p *player) view(view View, words []string) error {
	ids := p.world.Cluster().IDs()
	if len(words) > 0 && words[0] != "*" {
		id, err := quorate.ParseID(words[0])
		if err != nil {
			return err
		}
		ids = []quorate.ID{id}
	}
	for _, id := range ids {
		m, err := p.world.up(id)
		if err != nil {
			p.print("%v", err)
			continue
		}
		text, err := view(m.replica, m.app, words[min(1, len(words)):])
		if err != nil {
			return err
		}
		p.print("%v: %s", id, text)
	}
	return nil
}
