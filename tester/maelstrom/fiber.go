package maelstrom

import (
	"context"
	"fmt"
	"io"
)

// Behaviour is what a node in this process does: it reads lines from in until that ends,
// and writes lines to out, and for people to errs. It returns soon after ctx ends.
type Behaviour func(ctx context.Context, in io.Reader, out, errs io.Writer) error

// fiber is a node in this process.
type fiber struct {
	io.Writer
	done chan struct{}
	kill func()
	err  error // valid once done is closed
}

// start starts a node of this process.
func (b Behaviour) start(out, errs io.Writer) process {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	f := &fiber{Writer: w, done: make(chan struct{}), kill: func() { cancel(); r.Close(); w.Close() }}
	go func() {
		defer close(f.done)
		defer r.Close()
		f.err = b(ctx, r, out, errs)
	}()
	return f
}

func (f *fiber) Done() <-chan struct{} { return f.done }

func (f *fiber) How() string { return fmt.Sprintf("error %v", f.err) }

func (f *fiber) Kill() { f.kill(); <-f.done }
