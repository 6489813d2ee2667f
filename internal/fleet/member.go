package fleet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/child"
	"github.com/quorate/quorate/server/admin"
)

const terminate = syscall.SIGTERM

// member is a member's place, whether its process runs or not.
type member struct {
	id       quorate.ID
	cfg      *Config
	dir      string
	operator *admin.Client // nil without an address for it

	mu      sync.Mutex
	life    *life // the latest process; nil before the first
	stopped bool  // the fleet ends: nothing starts any more
	rate    meter
}

// life is one process of a member.
type life struct {
	*child.Child
	ready chan struct{} // closed when it serves
	said  *lines        // on stderr
}

func (m *member) args(init bool) []string {
	args := []string{"server", "--id", m.id.String(), "--config", m.cfg.Path}
	if !m.cfg.Memory {
		args = append(args, "--data-dir", m.dir)
	}
	if init {
		args = append(args, "--init")
	}
	return append(args, m.cfg.Args...)
}

// launch starts the member's process.
func (m *member) launch(init bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.stopped:
		return fmt.Errorf("start member %v: the cluster is ending", m.id)
	case m.life != nil && m.life.Running():
		return fmt.Errorf("start member %v: it runs, with pid %d", m.id, m.life.PID())
	}
	ready := make(chan struct{})
	first := sync.OnceFunc(func() { close(ready) })
	l := &life{ready: ready, said: &lines{each: func(line string) { m.cfg.Say(m.id, line) }}}
	cmd := exec.Command(m.cfg.Binary, m.args(init)...)
	cmd.Env = processors(os.Environ(), len(m.cfg.File.Addresses))
	cmd.Stdout = &lines{each: func(string) { first() }}
	cmd.Stderr = l.said
	var err error
	if l.Child, err = child.Start(cmd); err != nil {
		return fmt.Errorf("start member %v: %w", m.id, err)
	}
	m.life = l
	go func() {
		<-l.Done()
		m.cfg.Say(m.id, "ended, "+ending(l.Child))
	}()
	return nil
}

// ending says how a process ended.
func ending(c *child.Child) string {
	if code := c.ExitCode(); code <= 128 || code >= 254 {
		return fmt.Sprintf("exit code %d", code)
	}
	return fmt.Sprintf("killed by signal %d", c.ExitCode()-128)
}

// lastWords says how the member's process ended.
func (m *member) lastWords() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life == nil || m.life.Running() {
		return ""
	}
	words := "ended, " + ending(m.life.Child)
	if said := m.life.said.last(); said != "" {
		words += ": " + said[strings.LastIndexByte(said, '\n')+1:]
	}
	return words
}

// await waits until the member serves.
func (m *member) await(ctx context.Context) error {
	m.mu.Lock()
	l := m.life
	m.mu.Unlock()
	select {
	case <-l.ready:
		return nil
	case <-l.Done():
		return &StartError{m.id, l.ExitCode(), l.said.last()}
	case <-ctx.Done():
		return fmt.Errorf("wait for member %v to serve: %w", m.id, ctx.Err())
	}
}

func (m *member) signal(s os.Signal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life == nil || !m.life.Running() {
		return fmt.Errorf("member %v does not run, or is not of this fleet", m.id)
	}
	m.life.Signal(s)
	return nil
}

func (m *member) stop() {
	m.mu.Lock()
	l := m.life
	m.stopped = true
	m.mu.Unlock()
	if l != nil && !l.Stop(m.cfg.Patience) {
		m.cfg.Say(m.id, "did not end when told to, and was killed")
	}
	if m.operator != nil {
		m.operator.Close()
	}
}

// maxLine bounds a line of a member, and maxKept the lines that are kept.
const maxLine, maxKept = 4 << 10, 10

// lines cuts what is written into lines. One process writes at a time.
type lines struct {
	each func(line string)

	mu   sync.Mutex
	rest []byte
	kept []string // the latest lines
}

// Write takes a part of the output.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(p)
	for {
		line, rest, whole := bytes.Cut(p, []byte{'\n'})
		l.rest = append(l.rest, line[:min(len(line), maxLine-min(maxLine, len(l.rest)))]...)
		if !whole {
			return n, nil
		}
		text := string(l.rest)
		l.rest, p = l.rest[:0], rest
		l.kept = append(l.kept[max(0, len(l.kept)+1-maxKept):], text)
		l.each(text)
	}
}

func (l *lines) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.kept, "\n")
}
