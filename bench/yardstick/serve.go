package yardstick

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/internal/child"
)

// Serve serves a yardstick on the loopback interface until ctx ends. It writes its
// address to out, on a line of its own, when it listens.
func Serve(ctx context.Context, name string, out io.Writer) error {
	if name != TCP && name != HTTP {
		return fmt.Errorf("serve yardstick %q: want %s or %s", name, TCP, HTTP)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve yardstick %s: %w", name, err)
	}
	defer ln.Close()
	if _, err := fmt.Fprintln(out, ln.Addr()); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	if name == HTTP {
		err = serveHTTP(ctx, ln)
	} else {
		err = serveTCP(ctx, ln)
	}
	if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// serveTCP sends back what comes.
func serveTCP(ctx context.Context, ln net.Listener) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		wg.Go(func() {
			defer conn.Close()
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			b := make([]byte, size)
			for {
				if _, err := io.ReadFull(conn, b); err != nil {
					return
				}
				if _, err := conn.Write(b); err != nil {
					return
				}
			}
		})
	}
}

// serveHTTP answers whatever is asked.
func serveHTTP(ctx context.Context, ln net.Listener) error {
	body := bytes.Repeat([]byte{'q'}, size)
	s := &http.Server{
		ReadHeaderTimeout: patience,
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }), // who hangs up has what it wanted
	}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	return s.Serve(ln)
}

// server is one that runs, here or in a process of its own.
type server struct {
	address string
	stop    func()
}

// address returns where a yardstick is served.
func (b *Bench) address(ctx context.Context, name string) (string, error) {
	if s := b.servers[name]; s != nil {
		return s.address, nil
	}
	start := within
	if len(b.cfg.Server) > 0 {
		start = b.apart
	}
	s, err := start(ctx, name)
	if err != nil {
		return "", fmt.Errorf("start the server of yardstick %s: %w", name, err)
	}
	b.servers[name] = s
	return s.address, nil
}

// within serves in this process.
func within(_ context.Context, name string) (*server, error) {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := Serve(ctx, name, w)
		w.CloseWithError(err)
		done <- err
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		cancel()
		return nil, errors.Join(err, <-done)
	}
	return &server{strings.TrimSpace(line), func() { cancel(); <-done }}, nil
}

// apart serves in a process of its own.
func (b *Bench) apart(ctx context.Context, name string) (*server, error) {
	cmd := exec.Command(b.cfg.Server[0], append(append([]string{}, b.cfg.Server[1:]...), name)...)
	address := make(chan string, 1)
	first := &line{got: address}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = first, &said
	c, err := child.Start(cmd)
	if err != nil {
		return nil, err
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case at := <-address:
		return &server{at, func() { c.Stop(time.Second) }}, nil
	case <-c.Done():
		return nil, fmt.Errorf("it ended with exit code %d: %s", c.ExitCode(), strings.TrimSpace(said.String()))
	case <-ctx.Done():
		err = ctx.Err()
	case <-t.C:
		err = fmt.Errorf("it said nothing for %v", patience)
	}
	c.Kill()
	return nil, err
}

// line takes the first line that is written.
type line struct {
	text bytes.Buffer
	got  chan string
}

func (l *line) Write(p []byte) (int, error) {
	if l.got == nil {
		return len(p), nil
	}
	l.text.Write(p[:min(len(p), 1<<10)])
	if text, _, whole := strings.Cut(l.text.String(), "\n"); whole {
		l.got <- text
		l.got = nil
	}
	return len(p), nil
}
