package checker

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"time"

	"github.com/quorate/quorate"
)

// Process is one sequential client of a recorded history: Invoke and Return
// take turns. It is not safe for concurrent use.
type Process struct {
	rec    *Recorder
	number int
	client quorate.Client
	chunks [][]record
	long   [][]byte // values that do not fit a record
	call   time.Duration
	busy   bool
	full   bool // the recorder's memory is used up: the history ended
}

const (
	firstChunk = 16  // records of the first chunk; each has twice as many as the one before
	chunkLen   = 512 // until they have so many: there may be thousands of processes that make few calls
	inline     = 16  // bytes of a value that a record holds by itself
	recordSize = 56  // bytes of a record
)

// record is one operation. Without pointers, so that the garbage collector
// does not walk a history of millions. A put has a value to write, a get has
// one it read: one field serves both.
type record struct {
	call, ret          time.Duration
	version, condition uint64
	data               [inline]byte
	key                uint32
	op                 quorate.Op
	status             quorate.Status // 0 while the call has not returned
	flags              uint8
	size               uint8 // of data; beyond inline, data holds an index of long
}

const flagOK = 1

// modeShift is where the read mode begins in the flags.
const modeShift = 1

// Number returns the process's number in the history.
func (p *Process) Number() int { return p.number }

// Invoke records a call, at this instant, which it returns. Call it before the
// request leaves. The condition counts for conditional writes only. A get is one
// through the log; see [Process.Read].
func (p *Process) Invoke(op quorate.Op, key string, value []byte, condition uint64) time.Duration {
	return p.invoke(op, quorate.ReadLog, key, value, condition)
}

// Read records the call of a get, as Invoke does. The check is of what its mode
// promises.
func (p *Process) Read(mode quorate.ReadMode, key string) time.Duration {
	return p.invoke(quorate.OpGet, mode, key, nil, 0)
}

func (p *Process) invoke(op quorate.Op, mode quorate.ReadMode, key string, value []byte, condition uint64) time.Duration {
	if p.busy {
		p.rec.misuse(fmt.Errorf("%w: process %d: %v %s: invoked while its last call had not returned",
			ErrMalformed, p.number, op, key))
	}
	p.busy = true
	r := p.grow()
	if r != nil {
		r.key, r.op, r.condition, r.flags = p.rec.intern(key), op, condition, uint8(mode)<<modeShift
		if !p.keep(r, value) {
			p.stop(p.rec.now())
		}
	}
	p.call = p.rec.now()
	if r != nil {
		r.call = p.call
	}
	return p.call
}

// Outcome is what became of a call.
type Outcome struct {
	Status  quorate.Status // Done, NotExecuted or Unknown, of all attempts together
	OK      bool           // as in quorate.Result
	Version uint64         // as in quorate.Result
	Value   []byte         // of a get; it is copied
}

// Return records the outcome of the last call, at this instant, and returns
// how long the call took. Call it after the reply is there, or when the client
// gives up. A call that never returns stays open.
func (p *Process) Return(out Outcome) time.Duration {
	now := p.rec.now()
	if !p.busy {
		p.rec.misuse(fmt.Errorf("%w: process %d: a return without a call", ErrMalformed, p.number))
		return 0
	}
	p.busy = false
	if p.full {
		return now - p.call
	}
	r := p.at(p.len() - 1)
	r.ret, r.status, r.version = now, out.Status, out.Version
	if out.OK {
		r.flags |= flagOK
	}
	if r.op == quorate.OpGet && !p.keep(r, out.Value) {
		p.stop(now) // the call counts as open
	}
	return now - p.call
}

// stop ends the history at an instant no later than the return of the
// operation that could not be recorded, so that it is not half in it.
func (p *Process) stop(at time.Duration) {
	p.full = true
	p.rec.end(at)
}

func (p *Process) len() int {
	if len(p.chunks) == 0 {
		return 0
	}
	last := len(p.chunks) - 1
	return before(last) + len(p.chunks[last])
}

func (p *Process) at(i int) *record {
	c := chunkOf(i)
	return &p.chunks[c][i-before(c)]
}

// growing is how many chunks are shorter than the others, which hold as many records
// as one of the others less a first one.
const growing = 5

// sizeOf returns how many records the c-th chunk has room for.
func sizeOf(c int) int { return firstChunk << min(c, growing) }

// before returns how many records are in the chunks before the c-th.
func before(c int) int {
	if c <= growing {
		return firstChunk<<c - firstChunk
	}
	return chunkLen - firstChunk + (c-growing)*chunkLen
}

// chunkOf returns the chunk of the i-th record.
func chunkOf(i int) int {
	if i < chunkLen-firstChunk {
		return bits.Len(uint(i/firstChunk+1)) - 1
	}
	return growing + (i-chunkLen+firstChunk)/chunkLen
}

// grow returns a new record, nil if the history has ended for lack of memory.
func (p *Process) grow() *record {
	if p.full {
		return nil
	}
	last := len(p.chunks) - 1
	if last < 0 || len(p.chunks[last]) == cap(p.chunks[last]) {
		size := sizeOf(last + 1)
		if !p.rec.reserve(int64(size) * recordSize) {
			p.stop(p.rec.now())
			return nil
		}
		p.chunks = append(p.chunks, make([]record, 0, size))
		last++
	}
	c := append(p.chunks[last], record{})
	p.chunks[last] = c
	return &c[len(c)-1]
}

// keep stores a value in r, a long one in a copy beside it. It reports false
// if there is no memory for it.
func (p *Process) keep(r *record, value []byte) bool {
	if len(value) <= inline {
		r.size = uint8(copy(r.data[:], value))
		return true
	}
	if !p.rec.reserve(int64(len(value)) + 24) {
		return false
	}
	r.size = inline + 1
	binary.LittleEndian.PutUint64(r.data[:], uint64(len(p.long)))
	p.long = append(p.long, append([]byte(nil), value...))
	return true
}

// operation returns the i-th operation as of the instant cut: false if it was
// called later, open if it returned later.
func (p *Process) operation(i int, cut time.Duration) (Operation, bool) {
	r := p.at(i)
	op := Operation{
		Process: p.number, Client: p.client, Op: r.op, Key: p.rec.names[r.key], Condition: r.condition,
		Call: r.call, Return: r.ret, Status: r.status,
		OK: r.flags&flagOK != 0, Read: quorate.ReadMode(r.flags >> modeShift), Version: r.version,
	}
	value := r.data[:min(r.size, inline)]
	if r.size > inline {
		value = p.long[binary.LittleEndian.Uint64(r.data[:])]
	}
	if r.op == quorate.OpGet {
		op.Result = value
	} else {
		op.Value = value
	}
	if r.status == 0 || r.ret >= cut {
		op = pending(op)
	}
	return op, r.call < cut
}
