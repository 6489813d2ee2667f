package script

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/quorate/quorate"
)

// session is a client that scripts name: it numbers its commands and keeps
// them for retries.
type session struct {
	client quorate.Client
	last   uint64
	sent   map[uint64]quorate.Request
}

// patience is the time a request has unless the script says otherwise.
const patience = time.Minute

// session returns the client with the given name, a hexadecimal number such as
// c, d or c1, so that its commands print under its name.
func (p *player) session(name string) (*session, error) {
	n, err := strconv.ParseUint(name, 16, 64)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("client %q: a client's name is a hexadecimal number above 0, for example c or d1", name)
	}
	c := quorate.Client(n)
	if p.sessions[c] == nil {
		p.sessions[c] = &session{client: c, sent: map[uint64]quorate.Request{}}
	}
	return p.sessions[c], nil
}

func putCommand(p *player, a args) error {
	return p.request(a, quorate.Command{Op: quorate.OpPut, Value: []byte(a.word(3))})
}

func getCommand(p *player, a args) error {
	return p.request(a, quorate.Command{Op: quorate.OpGet})
}

func delCommand(p *player, a args) error {
	return p.request(a, quorate.Command{Op: quorate.OpDelete})
}

func putIfCommand(p *player, a args) error {
	return p.conditional(a, a.word(4), quorate.Command{Op: quorate.OpPutIf, Value: []byte(a.word(3))})
}

func delIfCommand(p *player, a args) error {
	return p.conditional(a, a.word(3), quorate.Command{Op: quorate.OpDeleteIf})
}

func (p *player) conditional(a args, version string, c quorate.Command) error {
	var err error
	if c.Version, err = strconv.ParseUint(version, 10, 64); err != nil {
		return fmt.Errorf("version %q: want a whole number", version)
	}
	return p.request(a, c)
}

// request sends c, whose words are client, node and key.
func (p *player) request(a args, c quorate.Command) error {
	s, err := p.session(a.word(0))
	if err != nil {
		return err
	}
	if c.Seq, err = a.number("seq", s.last+1); err != nil {
		return err
	}
	c.Client, c.Key, c.Issued = s.client, a.word(2), p.world.Now()
	r := quorate.Request{Command: c}
	if r.Read, err = quorate.ParseReadMode(a.option("read", quorate.ReadLog.String())); err != nil {
		return err
	}
	seen, err := a.number("seen", 0) // what the client of a timeline read has seen
	if err != nil {
		return err
	}
	r.Seen = quorate.Slot(seen)
	if old, known := s.sent[c.Seq]; known {
		r.Command.Issued = old.Command.Issued // of the first attempt
	}
	s.sent[c.Seq], s.last = r, max(s.last, c.Seq)
	return p.send(a, r)
}

func retryCommand(p *player, a args) error {
	s, err := p.session(a.word(0))
	if err != nil {
		return err
	}
	seq, err := a.number("seq", s.last)
	if err != nil {
		return err
	}
	r, known := s.sent[seq]
	if !known {
		return fmt.Errorf("client %v never sent command %d", s.client, seq)
	}
	return p.send(a, r)
}

func (p *player) send(a args, r quorate.Request) error {
	ids, err := p.ids(a.words[1:2])
	if err != nil {
		return err
	}
	if r.Timeout, err = a.duration("timeout", patience); err != nil {
		return err
	}
	for _, id := range ids {
		err := p.world.Request(id, r)
		if errors.Is(err, ErrDown) {
			p.print("%v is down", id)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
