package maelstrom

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// node is a node of the test.
type node struct {
	name    string
	net     *network
	process process
	queue   chan []byte // lines that it has not read; closed at the end
	waiting atomic.Int64
	told    tail // the end of what it wrote on stderr
	lines   int  // that it has written; its reader's
	over    atomic.Bool
	closed  chan struct{} // closed when nothing is written to it any more
}

// start starts a node. It has to be stopped.
func (n *network) start(name string, log io.Writer) (*node, error) {
	to := &node{name: name, net: n, queue: make(chan []byte, maxQueue), closed: make(chan struct{})}
	errs := []io.Writer{&to.told}
	if log != nil {
		errs = append(errs, log)
	}
	if n.cfg.LogStderr {
		errs = append(errs, n.log.prefixed(name))
	}
	n.mu.Lock()
	n.nodes[name] = to
	n.mu.Unlock()
	out := &lines{take: to.heard}
	var err error
	to.process, err = n.cfg.launch(writer(func(p []byte) (int, error) {
		k, err := out.Write(p)
		if err != nil && !errors.Is(err, errStopped) {
			n.fail(fmt.Errorf("node %s: line %d of its output: %w", name, to.lines+1, err))
		}
		return k, err
	}), io.MultiWriter(errs...))
	if err != nil {
		return nil, fmt.Errorf("start node %s: %w", name, err)
	}
	go to.feed(to.queue)
	go to.watch()
	return to, nil
}

// heard takes a line that the node wrote.
func (to *node) heard(line []byte) error {
	if to.over.Load() {
		return errStopped
	}
	m, h, err := parse(line)
	if err != nil {
		return err
	}
	if m.Src != to.name {
		return fmt.Errorf("a message of %q: its src must be the node itself", m.Src)
	}
	if err := to.net.tell(m, h, fmt.Sprintf("node %s: line %d of its output", to.name, to.lines+1)); err != nil {
		return err
	}
	to.lines++
	return nil
}

// feed writes to the node what is for it.
func (to *node) feed(queue <-chan []byte) {
	defer close(to.closed)
	for line := range queue {
		to.waiting.Add(-int64(len(line)))
		if _, err := to.process.Write(line); err != nil {
			to.deaf()
			break
		}
	}
	for range queue { // whoever still sends must not wait
	}
}

// deaf ends the test if the node can not be written to though it has not ended, of which
// watch has more to tell.
func (to *node) deaf() {
	late := time.NewTimer(2 * lingering)
	defer late.Stop()
	select {
	case <-to.process.Done():
	case <-late.C:
		to.net.fail(fmt.Errorf("node %s has closed its stdin, and has not ended", to.name))
	}
}

// watch notices when the node ends by itself.
func (to *node) watch() {
	<-to.process.Done()
	if to.over.Load() {
		return
	}
	to.process.Kill() // what it started
	err := fmt.Errorf("node %s has ended by itself, with %s, after %d lines of output", to.name, to.process.How(), to.lines)
	if said := to.told.String(); said != "" {
		err = fmt.Errorf("%w; the last it wrote on stderr:\n%s", err, said)
	}
	to.net.fail(err)
}

// stop ends the node, after the network.
func (to *node) stop() {
	to.over.Store(true)
	to.process.Kill()
	to.net.mu.Lock()
	close(to.queue) // the network has closed: nobody sends any more
	to.net.mu.Unlock()
	<-to.closed
}
