package transport

import (
	"encoding/binary"
	"io"
	"math"
	"net"
	"sync"
	"testing"
	"time"
)

const patienceWithFlush = 30 * time.Second

// pair returns the ends of a connection, of which the near one takes little at once.
func pair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	_ = near.(*net.TCPConn).SetWriteBuffer(16 << 10)
	_ = far.SetReadDeadline(time.Now().Add(patienceWithFlush))
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

// numbered is a frame of some length that says who made it and which of its own it is.
func numbered(who, i uint32) []byte {
	frame := make([]byte, frameHeader+8+i%1500)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-frameHeader))
	binary.BigEndian.PutUint32(frame[frameHeader:], who)
	binary.BigEndian.PutUint32(frame[frameHeader+4:], i)
	return frame
}

// inOrder reads so many whole frames and fails unless each producer's come in order.
func inOrder(t *testing.T, far io.Reader, want int, next map[uint32]uint32) {
	t.Helper()
	frames := newFrameReader(far, 1<<20)
	for n := range want {
		frame, err := frames.next()
		if err != nil {
			t.Fatalf("%d frames of %d: %v", n, want, err)
		}
		who, i := binary.BigEndian.Uint32(frame), binary.BigEndian.Uint32(frame[4:])
		if len(frame) != 8+int(i%1500) || i < next[who] {
			t.Errorf("frame %d of producer %d has %d bytes and comes after frame %d", i, who, len(frame), next[who])
		}
		next[who] = i + 1
	}
}

// Rule: frames leave whole and in order, whoever writes them and however little the
// socket takes; none is lost while the connection holds.
func TestFlushKeepsOrder(t *testing.T) {
	near, far := pair(t)
	q, count, stop := newOutQueue(64<<20), &counters{}, make(chan struct{})
	var writer, producers sync.WaitGroup
	writer.Go(func() { _ = q.writeTo(near, time.Minute, count, stop) })
	const each = 300
	for who := range uint32(3) {
		producers.Go(func() {
			for i := range uint32(each) {
				if first, err := q.put(numbered(who, i)); err != nil {
					t.Error(err)
				} else if first && i%2 == 0 {
					q.flush()
				} else if first {
					q.signal()
				}
			}
		})
	}
	inOrder(t, far, 3*each, map[uint32]uint32{})
	producers.Wait()
	close(stop)
	writer.Wait()
	if sent := count.sent.Load(); sent != 3*each {
		t.Errorf("%d frames counted as sent, %d arrived", sent, 3*each)
	}
}

// Rule: what a flush could not write belongs to its connection: the next one begins with
// a whole frame, and every frame is counted as sent or as down.
func TestFlushLeavesNothingToTheNextConnection(t *testing.T) {
	near, far := pair(t)
	q, count := newOutQueue(64<<20), &counters{}
	put := func(i uint32) {
		t.Helper()
		if _, err := q.put(numbered(0, i)); err != nil {
			t.Fatal(err)
		}
		q.flush()
	}
	c := q.serve(near, count)
	var i uint32
	for ; c.rest == nil; i++ { // nobody reads
		put(i)
	}
	put(i) // waits behind the rest
	if sent := count.sent.Load(); sent+uint64(c.frames)+1 != uint64(i)+1 {
		t.Errorf("%d sent, %d not yet, of %d", sent, c.frames, i)
	}
	near.Close()
	far.Close()
	q.leave(c)
	if down := count.down.Load(); down == 0 || count.sent.Load()+down != uint64(i) {
		t.Errorf("%d sent, %d down of %d", count.sent.Load(), down, i)
	}
	near, far = pair(t)
	c = q.serve(near, count)
	put(i + 1)
	q.leave(c)
	near.Close()
	inOrder(t, far, 2, map[uint32]uint32{0: i})
}

// Rule: a flush that finds its connection broken, or past a deadline that nobody moved
// on, leaves the frames to the writer.
func TestFlushAfterTheDeadline(t *testing.T) {
	near, far := pair(t)
	q, count, stop := newOutQueue(1<<20), &counters{}, make(chan struct{})
	_ = near.SetWriteDeadline(time.Now().Add(-time.Second))
	c := q.serve(near, count)
	if _, err := q.put(numbered(0, 0)); err != nil {
		t.Fatal(err)
	}
	if q.flush(); c.frames != 1 || count.sent.Load() != 0 {
		t.Fatalf("%d frames left, %d sent", c.frames, count.sent.Load())
	}
	q.mu.Lock()
	q.buf, q.count = append(c.rest, q.buf...), 1 // as the writer that takes over finds it
	c.rest, c.frames = nil, 0
	q.mu.Unlock()
	var writer sync.WaitGroup
	writer.Go(func() { _ = q.writeTo(near, time.Minute, count, stop) })
	frame := make([]byte, frameHeader+8)
	if _, err := io.ReadFull(far, frame); err != nil {
		t.Fatal(err)
	}
	close(stop)
	writer.Wait()
}

// Rule: what callbacks send leaves with one write when the cork is pulled; what is sent
// at other times is not held back.
func TestCorkHoldsBack(t *testing.T) {
	near, _ := pair(t)
	q, count := newOutQueue(1<<20), &counters{}
	c := q.serve(near, count)
	defer q.leave(c)
	var k cork
	if k.holds(q) {
		t.Error("held back without a cork")
	}
	k.put()
	for i := range uint32(3) {
		first, err := q.put(numbered(0, i))
		if err != nil {
			t.Fatal(err)
		}
		if first && !k.holds(q) {
			t.Error("not held back")
		}
	}
	if count.writes.Load() != 0 {
		t.Error("something left through the cork")
	}
	if k.pull(); count.writes.Load() != 1 || count.sent.Load() != 3 {
		t.Errorf("%d frames left with %d writes", count.sent.Load(), count.writes.Load())
	}
	if k.holds(q) {
		t.Error("held back after the cork was pulled")
	}
}

// Rule: the more processors, the fewer connections hold up the loop; but those to the
// peers of a small cluster and one client always may.
func TestFewConnections(t *testing.T) {
	for processors, want := range map[int]int{1: math.MaxInt, 2: 64, 5: 16, 64: 4} {
		if got := fewConnections(processors); got != want {
			t.Errorf("%d processors: %d connections, want %d", processors, got, want)
		}
	}
}

// Rule: what a flush writes, and what its connection takes with it, counts in the budget
// no longer.
func TestFlushSettlesWithTheBudget(t *testing.T) {
	near, _ := pair(t)
	shared := &budget{limit: 1 << 30}
	q := newOutQueue(64 << 20).within(shared)
	c := q.serve(near, &counters{})
	for i := uint32(1); c.rest == nil; i++ { // nobody reads
		if _, err := q.put(numbered(0, i)); err != nil {
			t.Fatal(err)
		}
		if q.flush(); c.rest == nil && shared.used.Load() != 0 {
			t.Fatalf("%d bytes count after all were written", shared.used.Load())
		}
	}
	if _, err := q.put(numbered(0, 0)); err != nil {
		t.Fatal(err)
	}
	if used := shared.used.Load(); used != int64(len(c.rest)+len(q.buf)) {
		t.Errorf("%d bytes count, %d and %d wait", used, len(c.rest), len(q.buf))
	}
	q.leave(c)
	if used := shared.used.Load(); used != int64(len(q.buf)) {
		t.Errorf("%d bytes count, %d wait", used, len(q.buf))
	}
	if q.setShut(true); shared.used.Load() != 0 {
		t.Errorf("%d bytes count of a queue that is shut", shared.used.Load())
	}
}

// Rule: while a flush writes nobody else does; one whose connection is gone meanwhile
// leaves nothing of it to the next, and counts its frames as down.
func TestConnectionBreaksDuringAFlush(t *testing.T) {
	near, _ := pair(t)
	shared, count := &budget{limit: 1 << 30}, &counters{}
	q := newOutQueue(1 << 20).within(shared)
	c := q.serve(near, count)
	put := func(i uint32) {
		t.Helper()
		if _, err := q.put(numbered(0, i)); err != nil {
			t.Fatal(err)
		}
	}
	put(0)
	put(1)
	writing, n := q.buf, q.count // as a flush begins
	q.buf, q.count, c.writing = nil, 0, true
	put(2)
	if _, more := q.begin(c, nil); more != 0 {
		t.Errorf("the writer takes %d frames while a flush writes", more)
	}
	if q.flush(); q.count != 1 || len(q.wake) != 1 || count.writes.Load() != 0 {
		t.Errorf("%d frames wait while another flush writes, the writer is woken: %v", q.count, len(q.wake) == 1)
	}
	q.leave(c)
	next := q.serve(near, count)
	shared.give(10)
	if q.written(c, writing, 10, n) {
		t.Error("the writer is woken for a connection that is gone")
	}
	if next.rest != nil || q.spare != nil || count.down.Load() != 2 || count.sent.Load() != 0 || shared.used.Load() != int64(len(q.buf)) {
		t.Errorf("%d bytes left to the next connection, %d frames down, %d bytes count", len(next.rest), count.down.Load(), shared.used.Load())
	}
	if q.written(c, writing, len(writing), n); q.spare != nil {
		t.Error("a buffer of a connection that is gone is kept")
	}
	if q.written(next, make([]byte, maxSpare+1), maxSpare+1, 1); q.spare != nil {
		t.Error("a large buffer is kept")
	}
}
