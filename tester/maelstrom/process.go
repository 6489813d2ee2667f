package maelstrom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/internal/child"
)

// process is a node's: what it is to whoever runs it.
type process interface {
	io.Writer // its stdin
	// Done is closed when it has ended and all that it wrote has been taken.
	Done() <-chan struct{}
	// How says how it ended, once it has.
	How() string
	// Kill ends it, with whatever it started, and waits until it has.
	Kill()
}

// lingering is how long after a program's end what it started may hold its output open.
const lingering = 2 * time.Second

// program is a process of the system.
type program struct {
	io.Writer
	*child.Child
}

// launch starts a node.
func (c *Config) launch(out, err io.Writer) (process, error) {
	if c.Node != nil {
		return c.Node.start(out, err), nil
	}
	return c.run(out, err)
}

// run starts the program that is a node.
func (c *Config) run(out, err io.Writer) (process, error) {
	bin := c.Bin
	if path, failed := filepath.Abs(bin); failed == nil {
		if is, failed := os.Stat(path); failed == nil && is.Mode().IsRegular() {
			bin = path // otherwise it is looked for where commands are
		}
	}
	cmd := exec.Command(bin, c.Args...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, err, lingering
	in, failed := cmd.StdinPipe()
	if failed != nil {
		return nil, failed
	}
	p, failed := child.Start(cmd)
	if failed != nil {
		return nil, failed
	}
	return program{in, p}, nil
}

func (p program) How() string { return fmt.Sprintf("exit code %d", p.ExitCode()) }

func (p program) Kill() { p.KillGroup() }

// lines hands what is written to it on, line by line.
type lines struct {
	take func(line []byte) error
	rest []byte // of a line whose end has not come
}

func (w *lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, more, found := bytes.Cut(p, []byte{'\n'})
		if len(w.rest)+len(line) > maxLine {
			return 0, fmt.Errorf("a line is longer than %d bytes: %s", maxLine, excerpt(append(w.rest, line[:min(len(line), 200)]...)))
		}
		if !found {
			w.rest = append(w.rest, p...)
			return n, nil
		}
		if len(w.rest) > 0 {
			line = append(w.rest, line...)
			w.rest = line[:0]
		}
		if err := w.take(line); err != nil {
			return 0, err
		}
		p = more
	}
}

// tail keeps the end of what is written to it, for people.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// tailed bounds what is kept, in bytes.
const tailed = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[max(0, len(p)-tailed):]...)
	t.text = t.text[max(0, len(t.text)-tailed):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(t.text), "?"))
}

// maxLog bounds what is kept of what a node writes on stderr, in bytes.
const maxLog = 64 << 20

// capped keeps the beginning of what is written to it. It never tells the writer that
// something is amiss, who would end with that: Close does.
type capped struct {
	w    io.WriteCloser
	left int
	err  error
}

func (c *capped) Write(p []byte) (int, error) {
	switch {
	case c.err != nil || c.left == 0:
	case len(p) < c.left:
		c.left -= len(p)
		_, c.err = c.w.Write(p)
	default:
		_, c.err = fmt.Fprintf(c.w, "%s\n[the rest is not kept: it is too long]\n", p[:c.left])
		c.left = 0
	}
	return len(p), nil
}

// Close implements [io.Closer].
func (c *capped) Close() error { return errors.Join(c.err, c.w.Close()) }

// console is where people read, a line at a time. A nil one is nobody.
type console struct {
	mu  sync.Mutex
	out io.Writer
}

func (c *console) say(format string, args ...any) {
	if c == nil || c.out == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, format+"\n", args...)
}

// prefixed hands on what a node writes for people, with its name before each line.
func (c *console) prefixed(name string) io.Writer {
	const most = 4 << 10 // of a line without an end
	w := &lines{take: func(line []byte) error { c.say("%s: %s", name, line); return nil }}
	return writer(func(p []byte) (int, error) {
		for part := p; len(part) > 0; {
			n := min(len(part), most)
			_, _ = w.Write(part[:n])
			if part = part[n:]; len(w.rest) >= most {
				_, _ = w.Write([]byte{'\n'})
			}
		}
		return len(p), nil
	})
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }
