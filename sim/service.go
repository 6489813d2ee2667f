package sim

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// Service is what a member's processor takes for what it does. It does one thing at a
// time: messages wait in a queue, first come, first served. What it finds in the queue
// when it turns to it, up to Step.Batch messages, shares a turn, as in the loop of a
// live node: it takes them all in, hands them to the replica, looks at the clock, and
// sends what is to be sent, one message after the other. So timers wait, too, and so
// does what the disk has to say, until the turn under way is over; in themselves they
// take no time.
//
// The zero value is a processor that takes no time.
type Service struct {
	In      time.Duration `json:"in,omitempty"`      // a message that comes
	Out     time.Duration `json:"out,omitempty"`     // one that leaves: a broadcast is encoded once
	Copy    time.Duration `json:"copy,omitempty"`    // each further member that it goes to
	Command time.Duration `json:"command,omitempty"` // executing one
	Byte    float64       `json:"byte_ns,omitempty"` // nanoseconds for each byte that comes or leaves, for each member
}

// maxService bounds what one thing may take.
const maxService = time.Minute

// Validate reports what no processor takes.
func (s Service) Validate() error {
	for _, d := range []time.Duration{s.In, s.Out, s.Copy, s.Command} {
		if d < 0 || d > maxService {
			return fmt.Errorf("a processor that takes %v for a message or a command: want 0 to %v", d, maxService)
		}
	}
	if !(s.Byte >= 0 && s.Byte <= float64(time.Millisecond)) || math.IsNaN(s.Byte) {
		return errors.New("a processor that takes less than nothing for a byte, or more than a millisecond")
	}
	return nil
}

func (s *Service) taking(size int) time.Duration { return s.In + s.bytes(size) }

// sending is for a message to so many members.
func (s *Service) sending(size, members int) time.Duration {
	if members < 1 {
		return 0
	}
	return s.Out + time.Duration(members-1)*s.Copy + time.Duration(members)*s.bytes(size)
}

func (s *Service) bytes(size int) time.Duration {
	return time.Duration(math.Round(s.Byte * float64(size)))
}

// processor is that of a member.
type processor struct {
	free  time.Duration // when it has done all that it has begun
	taken int           // messages of the inbox that it is taking in
}

// serving reports whether processors take time.
func (w *world) serving() bool { return w.spec.Step.Service != Service{} }

// begin starts a turn of the processor, and reports whether it takes time before the
// replica sees anything: then the step is due when what came is taken in.
func (h *host) begin() bool {
	p, s := &h.processor, &h.w.spec.Step.Service
	if !h.w.serving() || p.taken > 0 {
		return false
	}
	if h.synced {
		h.tell()
	}
	took := time.Duration(0)
	n := min(len(h.inbox), max(h.w.spec.Step.Batch, 1))
	for i := range h.inbox[:n] {
		took += s.taking(h.inbox[i].size)
	}
	p.free = max(p.free, h.w.now)
	if p.free += took; p.free == h.w.now {
		return false
	}
	p.taken = n
	h.stepAt = p.free
	h.w.queue.push(event{at: p.free, act: actStep, node: int16(h.index), life: h.life})
	return true
}

// busy reports whether the processor is at work, so that what comes waits.
func (h *host) busy() bool {
	return h.w.serving() && (h.processor.taken > 0 || h.processor.free > h.w.now)
}

// spend lets the processor work on, and returns how long it takes until that is done,
// with all that it has to do before.
func (h *host) spend(d time.Duration) time.Duration {
	if !h.w.serving() {
		return 0
	}
	h.processor.free = max(h.processor.free, h.w.now) + d
	return h.processor.free - h.w.now
}

// sizeOf is how long a request or a reply is on the wire, where that takes time.
func (w *world) sizeOf(m any) int {
	if w.spec.Step.Service.Byte == 0 {
		return 0
	}
	if w.visits == nil {
		w.visits, _ = wire.NewCodec(reflect.TypeFor[quorate.Request](), reflect.TypeFor[quorate.Reply]()) // both can be sent
	}
	data, err := w.visits.Append(w.scratch[:0], m)
	if err != nil {
		return 0 // larger than what a member takes in
	}
	w.scratch = data
	return len(data)
}

// commands is how many of them take time to execute.
func commands(e quorate.Executed) int {
	n := 0
	for i := range e.Commands {
		if e.Commands[i].Op != quorate.OpNop {
			n++
		}
	}
	return n
}
