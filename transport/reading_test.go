//go:build unix

package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// counted has s count its calls.
func counted(s *systemCall, n *int) {
	call := *s
	*s = func(fd int, p []byte) (int, error) { *n++; return call(fd, p) }
}

// Rule: whoever reads on and on without waiting tells the scheduler, and who has to
// wait does not.
func TestReadersInARowTellTheScheduler(t *testing.T) {
	near, far := pair(t)
	r := newReader(far).(*socketReader)
	var quick, told int
	counted(&r.quick, &quick)
	counted(&r.told, &told)
	read := func(n int) {
		t.Helper()
		for range n {
			if _, err := io.ReadFull(r, make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 3 {
		quick, told = 0, 0
		if _, err := near.Write(make([]byte, quickly+5)); err != nil {
			t.Fatal(err)
		}
		read(quickly + 5)
		if quick < quickly || told != 5 { // the first may have waited for what was written
			t.Errorf("%d bytes, one by one: %d quick reads, %d others; want %d or a few more, and 5", quickly+5, quick, told, quickly)
		}
		found := r.told
		r.told = func(fd int, p []byte) (int, error) {
			n, err := found(fd, p)
			if err == syscall.EAGAIN {
				_ = far.SetReadDeadline(time.Now()) // it waits, in vain
			}
			return n, err
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("nothing came: %v", err)
		}
		r.told = found
		if err := far.SetReadDeadline(time.Now().Add(patienceWithFlush)); err != nil {
			t.Fatal(err)
		}
	}
}

// Rule: a write that takes long is one that the scheduler knows of.
func TestLargeWritesTellTheScheduler(t *testing.T) {
	near, far := pair(t)
	w := newTrial(near)
	var quick, told int
	counted(&w.quick, &quick)
	counted(&w.told, &told)
	go func() { _, _ = io.Copy(io.Discard, far) }()
	for _, size := range []int{1, quickBytes, quickBytes + 1} {
		w.write(make([]byte, size))
	}
	if quick != 2 || told != 1 {
		t.Errorf("%d quick writes and %d others, want 2 and 1", quick, told)
	}
}

// Rule: what came with the end of a connection is read, and the end after it, whether
// the reader waits or not.
func TestReadersSeeTheEnd(t *testing.T) {
	for i := range 100 {
		near, far := pair(t)
		r := newReader(far)
		got := make(chan []byte, 1)
		read := func() {
			all, err := io.ReadAll(r)
			if err != nil {
				t.Error(err)
			}
			got <- all
		}
		if i%2 == 0 {
			go read()
		}
		if _, err := near.Write([]byte("the last words")); err != nil {
			t.Fatal(err)
		}
		near.Close()
		if i%2 == 1 {
			go read()
		}
		if all := <-got; !bytes.Equal(all, []byte("the last words")) {
			t.Fatalf("connection %d: %q", i, all)
		}
		far.Close()
	}
}

// Rule: a reader fails if its connection is reset, or closed at this end.
func TestReadersFail(t *testing.T) {
	near, far := pair(t)
	if err := near.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	near.Close()
	if n, err := newReader(far).Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("the other end has reset the connection: read %d bytes, %v", n, err)
	}
	_, far = pair(t)
	ended := make(chan error, 1)
	r := newReader(far)
	go func() {
		_, err := r.Read(make([]byte, 1))
		ended <- err
	}()
	far.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("this end has closed the connection: %v", err)
	}
	if n, err := newReader(far).Read(nil); n != 0 || err != nil {
		t.Errorf("no bytes are asked for: %d, %v", n, err)
	}
}
