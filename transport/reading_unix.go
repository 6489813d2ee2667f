//go:build unix

package transport

import (
	"io"
	"net"
	"os"
	"syscall"
)

// socketReader reads a connection. Not safe for concurrent use.
type socketReader struct {
	raw  syscall.RawConn
	once func(fd uintptr) bool // reads into buf, false if it has to wait; made once
	buf  []byte
	n    int
	err  error
	row  int // of reads that did not have to wait

	quick, told systemCall // read, without telling the scheduler and with
}

type systemCall func(fd int, p []byte) (int, error)

// quickly is how many reads in a row are quick. Whoever has more to read than that may
// never wait, and must not keep the processor from others: the scheduler is told then.
const quickly = 8

// newReader returns what reads conn, which nobody else does.
func newReader(conn net.Conn) io.Reader {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return conn
	}
	r := &socketReader{raw: raw, quick: quickRead, told: syscall.Read}
	r.once = r.try
	return r
}

// Read implements [io.Reader].
func (r *socketReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	r.buf = p
	err := r.raw.Read(r.once)
	r.buf = nil
	switch {
	case err != nil: // closed, or past its deadline
		return 0, err
	case r.err != nil:
		return 0, os.NewSyscallError("read", r.err)
	case r.n == 0:
		return 0, io.EOF
	}
	return r.n, nil
}

func (r *socketReader) try(fd uintptr) bool {
	read := r.quick
	if r.row >= quickly {
		read = r.told
	}
	for {
		r.n, r.err = read(int(fd), r.buf)
		switch r.err {
		case syscall.EINTR:
		case syscall.EAGAIN:
			r.row = 0
			return false
		default:
			r.row++
			return true
		}
	}
}
