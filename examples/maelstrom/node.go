package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// message is a line on stdin or stdout.
type message struct {
	Src  string `json:"src"`
	Dest string `json:"dest"`
	Body body   `json:"body"`
}

// body is what a message says: its type, its number if it wants an answer, the number of
// what it answers, and more.
type body map[string]any

// fields reads a body into a struct, by the names of JSON.
func (b body) fields(into any) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// app is what one kind of node does.
type app interface {
	// handle handles a message and returns the body of the answer, nil if there is none.
	handle(n *node, m message) (body, error)
	// tick is called now and then: for what has to be said again.
	tick(n *node)
}

// often is how often.
const often = 250 * time.Millisecond

// node is what all kinds have in common: it knows who it is, and whom else there is.
type node struct {
	id  string
	all []string
	out *bufio.Writer
	err error // the first one of out
}

// send sends a body to another node, or to a client. Whether it arrives nobody knows.
func (n *node) send(to string, b body) {
	line, err := json.Marshal(message{n.id, to, b})
	if err == nil {
		_, err = n.out.Write(append(line, '\n'))
	}
	if n.err == nil {
		n.err = err
	}
}

// others sends a body to all other nodes.
func (n *node) others(b body) {
	for _, name := range n.all {
		if name != n.id {
			n.send(name, b)
		}
	}
}

// serve lets an app work until there is nothing more to read. All of it is done by one
// goroutine, so that an app needs no locks.
func serve(ctx context.Context, a app, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	lines, ended := make(chan []byte), make(chan error, 1)
	go func() { ended <- read(ctx, in, lines) }()
	defer stop()
	ticks := time.NewTicker(often)
	defer ticks.Stop()
	n := &node{out: bufio.NewWriter(out)}
	for n.err == nil {
		select {
		case line := <-lines:
			if err := n.take(a, line); err != nil {
				return err
			}
		case <-ticks.C:
			a.tick(n)
		case err := <-ended:
			return err
		}
		if n.err == nil {
			n.err = n.out.Flush()
		}
	}
	return n.err
}

// read hands on lines until there are no more.
func read(ctx context.Context, in io.Reader, lines chan<- []byte) error {
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		select {
		case lines <- append([]byte(nil), s.Bytes()...):
		case <-ctx.Done():
			return nil
		}
	}
	return s.Err()
}

// take handles a line, and answers it.
func (n *node) take(a app, line []byte) error {
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		return fmt.Errorf("read a message: %w: %.100q", err, line)
	}
	answer, err := n.answer(a, m)
	if err != nil {
		return fmt.Errorf("a message of type %v from %s: %w", m.Body["type"], m.Src, err)
	}
	if answer != nil {
		if answer["type"] == nil {
			answer["type"] = fmt.Sprint(m.Body["type"], "_ok")
		}
		answer["in_reply_to"] = m.Body["msg_id"]
		n.send(m.Src, answer)
	}
	return nil
}

func (n *node) answer(a app, m message) (body, error) {
	if m.Body["type"] != "init" {
		return a.handle(n, m)
	}
	var who struct {
		ID  string   `json:"node_id"`
		All []string `json:"node_ids"`
	}
	err := m.Body.fields(&who)
	n.id, n.all = who.ID, who.All
	return body{}, err
}

// unsupported is the answer to what a node does not know: error 10.
func unsupported(m message) body {
	return body{"type": "error", "code": 10, "text": fmt.Sprintf("this node does not know type %v", m.Body["type"])}
}

// still is of apps that say nothing of their own accord.
type still struct{}

func (still) tick(*node) {}
