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
	asked bool          // it was sent a signal that ends it; guarded by its member
}

// End is how a process of a member ended.
type End struct {
	// Code is its exit code, or 128 and the number of the signal that ended it.
	Code int
	// Asked reports whether the fleet had killed it, or asked it to end.
	Asked bool
	// Words are the last lines that it wrote to stderr.
	Words string
}

// String says how it ended, without its words.
func (e End) String() string {
	if e.Code <= 128 || e.Code >= 254 {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return fmt.Sprintf("killed by signal %d", e.Code-128)
}

func (m *member) args(init bool) []string {
	args := []string{"server", "--id", m.id.String(), "--config", m.cfg.Path}
	if !m.cfg.Memory {
		args = append(args, "--data-dir", m.dir)
	}
	if init {
		args = append(args, "--init")
	}
	args = append(args, m.cfg.Args...)
	if m.cfg.Member != nil {
		args = append(args, m.cfg.Member(m.id)...)
	}
	return args
}

// command returns the command line of a start.
func (m *member) command(init bool) []string {
	command := append([]string{m.cfg.Binary}, m.args(init)...)
	if m.cfg.Wrap != nil {
		command = m.cfg.Wrap(m.id, command)
	}
	return command
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
	command := m.command(init)
	cmd := exec.Command(command[0], command[1:]...)
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
		m.cfg.Ended(m.id, m.end(l))
	}()
	return nil
}

// end says how a process that has ended did.
func (m *member) end(l *life) End {
	m.mu.Lock()
	defer m.mu.Unlock()
	return End{Code: l.ExitCode(), Asked: l.asked, Words: l.said.last()}
}

// ending says how a process ended.
func ending(c *child.Child) string { return End{Code: c.ExitCode()}.String() }

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

func (m *member) signal(s os.Signal, ends bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life == nil || !m.life.Running() {
		return fmt.Errorf("member %v does not run, or is not of this fleet", m.id)
	}
	m.life.asked = m.life.asked || ends
	m.life.Signal(s)
	return nil
}

func (m *member) stop() {
	m.mu.Lock()
	l := m.life
	m.stopped = true
	if l != nil {
		l.asked = true
	}
	m.mu.Unlock()
	if l != nil {
		if _, resume, err := pausing(); err == nil {
			l.Signal(resume) // a process that is paused does not end when told to
		}
	}
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
