package reads_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/reads"
)

// rig is a member, 1.1, whose protocol is what the test says.
type rig struct {
	*quorate.Node
	t        *testing.T
	requests *quorate.Requests
	reads    *reads.Reads

	leader    quorate.ID
	executed  quorate.Slot
	frontier  quorate.Slot
	stamp     quorate.Slot
	round     uint64 // begun
	confirmed uint64
	leased    bool

	forwarded int // what Take left to the protocol
	seq       uint64
	now       time.Duration
}

func newRig(t *testing.T, change func(*reads.Config)) *rig {
	t.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, now: time.Hour}
	if r.Node, err = quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster}); err != nil {
		t.Fatal(err)
	}
	r.requests = quorate.NewRequests(r.Node, quorate.RequestsConfig{}, time.Minute, func(p *quorate.Admitted) {
		if !r.reads.Take(p) {
			r.forwarded++
		}
	}, func() quorate.ID { return r.leader })
	cfg := reads.Config{
		Requests: r.requests,
		Apply: func(c quorate.Command) quorate.Result {
			return quorate.Result{OK: true, Version: uint64(r.executed), Value: []byte(c.Key)}
		},
		Leader:    func() quorate.ID { return r.leader },
		Executed:  func() quorate.Slot { return r.executed },
		Frontier:  func() quorate.Slot { return max(r.executed, r.frontier) },
		Stamp:     func() quorate.Slot { return r.stamp },
		Check:     func() uint64 { r.round++; return r.round },
		Confirmed: func(round uint64) bool { return round <= r.confirmed },
	}
	if change != nil {
		change(&cfg)
	}
	r.reads = reads.New(r.Node, cfg)
	quorate.Register(r.Node, r.requests.Receive)
	if err := r.Start(r.now, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) member(i int) quorate.ID { return r.Cluster().ID(i) }

func (r *rig) receive(from quorate.ID, m any) {
	r.t.Helper()
	if err := r.Receive(r.now, from, m); err != nil {
		r.t.Fatal(err)
	}
}

// read sends a read and returns its number.
func (r *rig) read(mode quorate.ReadMode, seen quorate.Slot) uint64 {
	r.t.Helper()
	r.seq++
	r.receive(quorate.Route(1), quorate.Request{
		Command: quorate.Command{Client: 5, Seq: r.seq, Op: quorate.OpGet, Key: "k"},
		Read:    mode, Seen: seen, Timeout: 3 * time.Second,
	})
	return r.seq
}

// flush fires what is due now and returns what is sent.
func (r *rig) flush() (replies []quorate.Reply, messages []quorate.Envelope) {
	r.Tick(r.now)
	r.Flush(func(e quorate.Envelope) {
		if reply, ok := e.Msg.(quorate.Reply); ok {
			replies = append(replies, reply)
			return
		}
		messages = append(messages, e)
	})
	return replies, messages
}

// advance passes d without messages and returns what is sent meanwhile.
func (r *rig) advance(d time.Duration) (replies []quorate.Reply, messages []quorate.Envelope) {
	for end := r.now + d; ; {
		due, ok := r.Deadline()
		if !ok || due > end {
			r.now = end
			return replies, messages
		}
		r.now = max(r.now, due)
		a, b := r.flush()
		replies, messages = append(replies, a...), append(messages, b...)
	}
}

// answered wants one reply that is done, and no other message.
func (r *rig) answered(seq uint64, index quorate.Slot) {
	r.t.Helper()
	replies, messages := r.flush()
	if len(replies) != 1 || len(messages) > 0 {
		r.t.Fatalf("replies %+v, messages %+v: want one reply to %d", replies, messages, seq)
	}
	if got := replies[0]; got.Status != quorate.Done || got.Seq != seq || got.Index != index {
		r.t.Fatalf("reply %+v: want %d done at %d", got, seq, index)
	}
}

// question wants one question to a member and nothing else, and returns its number.
func (r *rig) question(to quorate.ID) uint64 {
	r.t.Helper()
	replies, messages := r.flush()
	if len(replies) > 0 || len(messages) != 1 || messages[0].To != to {
		r.t.Fatalf("replies %+v, messages %+v: want one question to %v", replies, messages, to)
	}
	return messages[0].Msg.(reads.StampRequest).Serial
}

func (r *rig) nothing(why string) {
	r.t.Helper()
	if replies, messages := r.flush(); len(replies)+len(messages) > 0 {
		r.t.Fatalf("replies %+v, messages %+v: %s", replies, messages, why)
	}
}
