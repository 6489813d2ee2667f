package script

import (
	"errors"
	"fmt"
	"strings"

	"github.com/quorate/quorate"
)

func deliverCommand(p *player, a args) error {
	m, n, err := p.match(a.words)
	if err == nil && p.world.Deliver(m, n) == 0 {
		p.print("nothing to deliver")
	}
	return err
}

func dropCommand(p *player, a args) error {
	m, n, err := p.match(a.words)
	if err == nil && p.world.Drop(m, n) == 0 {
		p.print("nothing to drop")
	}
	return err
}

func dupCommand(p *player, a args) error {
	m, _, err := p.match(a.words)
	if err == nil {
		p.print("%d duplicated", p.world.Duplicate(m))
	}
	return err
}

func holdCommand(p *player, a args) error {
	m, _, err := p.match(a.words)
	if err == nil {
		p.world.Hold(m)
	}
	return err
}

func releaseCommand(p *player, a args) error {
	m, _, err := p.match(a.words)
	if err == nil {
		p.world.Release(m)
	}
	return err
}

func settleCommand(p *player, _ args) error {
	p.world.Settle()
	return nil
}

func messagesCommand(p *player, a args) error {
	m, _, err := p.match(a.words)
	if err != nil {
		return err
	}
	found := p.world.InFlight(m)
	for _, msg := range found {
		p.print("%v%s", msg, p.obstacle(msg))
	}
	if len(found) == 0 {
		p.print("no messages")
	}
	return nil
}

// obstacle says why Settle would leave a message in flight.
func (p *player) obstacle(msg *Message) string {
	switch {
	case p.world.cuts[link{msg.From, msg.To}]:
		return " (cut)"
	case !p.world.deliverable(msg):
		return " (held)"
	}
	return ""
}

func cutCommand(p *player, a args) error { return p.links(a.words, p.world.Cut) }

func healCommand(p *player, a args) error {
	if len(a.words) == 0 {
		p.world.Heal(0, 0)
		return nil
	}
	return p.links(a.words, p.world.Heal)
}

// links calls do for each directed link a>b in words, or both ways for two nodes.
func (p *player) links(words []string, do func(from, to quorate.ID)) error {
	if len(words) == 2 && !strings.Contains(words[0]+words[1], ">") {
		ids, err := p.ids(words)
		if err != nil {
			return err
		}
		do(ids[0], ids[1])
		do(ids[1], ids[0])
		return nil
	}
	for _, s := range words {
		from, to, err := p.link(s)
		if err != nil {
			return err
		}
		do(from, to)
	}
	return nil
}

func isolateCommand(p *player, a args) error {
	return p.each(a.words, func(id quorate.ID) error {
		p.world.Isolate(id)
		return nil
	})
}

func holdSyncCommand(p *player, a args) error {
	return p.each(a.words, func(id quorate.ID) error { return p.world.HoldSync(id, true) })
}

func autoSyncCommand(p *player, a args) error {
	return p.each(a.words, func(id quorate.ID) error { return p.world.HoldSync(id, false) })
}

func syncCommand(p *player, a args) error {
	return p.each(a.words, func(id quorate.ID) error { return p.idle(id, p.world.Sync(id)) })
}

func failSyncCommand(p *player, a args) error {
	return p.each(a.words, func(id quorate.ID) error { return p.idle(id, p.world.FailSync(id)) })
}

// idle turns "there was nothing to sync" into output: a build that persists
// nothing shall differ from the golden file, not break off.
func (p *player) idle(id quorate.ID, err error) error {
	if errors.Is(err, ErrIdleDisk) {
		p.print("%v has nothing to sync", id)
		return nil
	}
	return err
}

func crashCommand(p *player, a args) error { return p.each(a.words, p.world.Crash) }

func admitCommand(p *player, a args) error { return p.each(a.words, p.world.Admit) }

func restartCommand(p *player, a args) error {
	ids, err := p.ids(a.words[:1])
	if err != nil {
		return err
	}
	restart := p.world.Restart
	switch a.word(1) {
	case "":
	case "empty":
		restart = p.world.RestartEmpty
	case "init":
		restart = p.world.RestartInit
	case "old":
		restart = p.world.RestartOld
	default:
		return fmt.Errorf("restart %s: want nothing after the node, or empty, init, or old", a.word(1))
	}
	for _, id := range ids {
		switch err := restart(id); {
		case errors.Is(err, ErrRunning):
			return err
		case err != nil:
			p.print("%v refuses to start: %v", id, err)
		}
	}
	return nil
}
