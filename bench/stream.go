package bench

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/workload"
)

// stream is what one loop asks for, as the seed has it.
type stream struct {
	plan  *workload.Plan
	work  *workload.Stream
	value []byte // of the last write

	conditions Conditions
}

// Conditions tells of the writes that were to hold at a version of their keys only,
// since the clients began.
type Conditions struct {
	Writes uint64 `json:"writes"` // that were executed
	Failed uint64 `json:"failed"` // of these, because the key had another version
}

func newStream(plan *workload.Plan, loop int) *stream {
	return &stream{plan: plan, work: plan.Stream(loop), value: make([]byte, 0, plan.Spec().Values.Longest()+workload.Stamp)}
}

// op returns the next operation, of a client that began so long ago. Its value
// holds until the next call.
func (s *stream) op(now time.Duration) client.Op {
	return s.asked(s.work.Next(now, s.value[:0]))
}

// load returns the next of the writes before all else, false if there is none.
func (s *stream) load() (client.Op, bool) {
	op, ok := s.work.Load(s.value[:0])
	return s.asked(op), ok
}

func (s *stream) asked(op workload.Op) client.Op {
	return client.Op{Kind: op.Kind, Key: op.Key, Value: op.Value, Version: op.Version, Read: op.Read}
}

// ended takes what became of a call: versions for later conditions, and gets after
// which a write is due. Not safe for concurrent use with the other methods.
func (s *stream) ended(op *client.Op, res *client.Result, done bool) {
	if done && op.Kind == quorate.OpPutIf {
		s.conditions.Writes++
		if !res.OK {
			s.conditions.Failed++
		}
	}
	s.work.Ended(op.Kind, op.Key, done, res.Version)
}

// abridge returns what the history keeps of a value.
func (s *stream) abridge(value []byte) []byte { return s.plan.Abridge(value) }

// conditionsOf sums up what streams saw, nil if nothing was conditional.
func conditionsOf(streams []*stream) *Conditions {
	var all Conditions
	for _, s := range streams {
		all.Writes += s.conditions.Writes
		all.Failed += s.conditions.Failed
	}
	if all.Writes == 0 {
		return nil
	}
	return &all
}
