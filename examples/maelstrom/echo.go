package main

import (
	"fmt"
	"strings"
)

// echo says again what it is told.
type echo struct {
	still
	garbleEvery int // 0 for never
	heard       int
}

func (e *echo) handle(_ *node, m message) (body, error) {
	if m.Body["type"] != "echo" {
		return unsupported(m), nil
	}
	said := m.Body["echo"]
	if e.heard++; e.garbleEvery > 0 && e.heard%e.garbleEvery == 0 {
		said = strings.ToUpper(fmt.Sprint(said))
	}
	return body{"echo": said}, nil
}

// ids makes up names that no other node makes up: its own, and a number.
type ids struct {
	still
	wrap int // 0 for never
	last int
}

func (i *ids) handle(n *node, m message) (body, error) {
	if m.Body["type"] != "generate" {
		return unsupported(m), nil
	}
	if i.last++; i.wrap > 0 {
		i.last %= i.wrap
	}
	return body{"id": fmt.Sprintf("%s-%d", n.id, i.last)}, nil
}
