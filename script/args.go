package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
)

// args are what follows a command's name: words, and options name=value.
type args struct {
	words   []string
	options map[string]string
}

func (a *args) set(name, value string) {
	if a.options == nil {
		a.options = map[string]string{}
	}
	a.options[name] = value
}

// word returns the i-th word, "" if there are fewer.
func (a args) word(i int) string {
	if i < len(a.words) {
		return a.words[i]
	}
	return ""
}

func (a args) option(name, otherwise string) string {
	if text, ok := a.options[name]; ok {
		return text
	}
	return otherwise
}

func (a args) number(name string, otherwise uint64) (uint64, error) {
	text, ok := a.options[name]
	if !ok {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s=%s: want a whole number", name, text)
	}
	return n, nil
}

func (a args) duration(name string, otherwise time.Duration) (time.Duration, error) {
	text, ok := a.options[name]
	if !ok {
		return otherwise, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s=%s: want a time such as 50ms", name, text)
	}
	return d, nil
}

// ids parses words that name nodes; "*" stands for all.
func (p *player) ids(words []string) ([]quorate.ID, error) {
	var ids []quorate.ID
	for _, s := range words {
		if s == "*" {
			return p.world.Cluster().IDs(), nil
		}
		id, err := quorate.ParseID(s)
		if err != nil {
			return nil, err
		}
		if !p.world.Cluster().Has(id) {
			return nil, fmt.Errorf("node %v is not a member of %v", id, p.world.Cluster())
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// link parses "1.1>1.2"; "*" on either side stands for any member, and "*"
// alone for any link.
func (p *player) link(s string) (from, to quorate.ID, err error) {
	if s == "*" {
		return 0, 0, nil
	}
	a, b, ok := strings.Cut(s, ">")
	if !ok {
		return 0, 0, fmt.Errorf("link %q: want from>to, for example 1.1>1.2 or *>1.2", s)
	}
	if from, err = p.side(a); err != nil {
		return 0, 0, err
	}
	to, err = p.side(b)
	return from, to, err
}

// side parses one end of a link.
func (p *player) side(s string) (quorate.ID, error) {
	if s == "*" {
		return 0, nil
	}
	ids, err := p.ids([]string{s})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// match parses a link and, after it, a message type or pattern and a count.
// The count is 0 if there is none, or "all".
func (p *player) match(words []string) (m Match, n int, err error) {
	if len(words) == 0 {
		return m, 0, nil
	}
	if m.From, m.To, err = p.link(words[0]); err != nil {
		return m, 0, err
	}
	words = words[1:]
	if last := len(words) - 1; last >= 0 {
		if words[last] == "all" {
			words = words[:last]
		} else if count, err := strconv.Atoi(words[last]); err == nil && count > 0 {
			n, words = count, words[:last]
		}
	}
	m.Pattern = strings.Join(words, " ")
	return m, n, nil
}
