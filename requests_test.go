package quorate

import (
	"fmt"
	"testing"
	"time"
)

// front is a node whose replica does nothing with its requests but keep them.
type front struct {
	*Node
	t        *testing.T
	requests *Requests
	routed   []*Admitted
	forward  ID // whom requests are forwarded to, unless zero
	leader   ID
	sent     []Envelope
}

func newFront(t *testing.T, cfg RequestsConfig) *front {
	cluster, err := Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := NewNode(NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	f := &front{Node: n, t: t}
	f.requests = NewRequests(n, cfg, 10*time.Second, func(p *Admitted) {
		if f.routed = append(f.routed, p); f.forward != 0 {
			f.requests.Forward(p, f.forward)
		}
	}, func() ID { return f.leader })
	Register(n, f.requests.Receive)
	Register(n, func(_ ID, r Reply) { f.requests.Relay(r) })
	if err := n.Start(time.Hour, nil); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *front) receive(from ID, m any) {
	f.t.Helper()
	if err := f.Receive(f.Now(), from, m); err != nil {
		f.t.Fatal(err)
	}
}

func (f *front) flush() []Envelope {
	f.sent = nil
	f.Flush(func(e Envelope) { f.sent = append(f.sent, e) })
	return f.sent
}

// reply returns the only message sent, a reply to the route.
func (f *front) reply(to ID) Reply {
	f.t.Helper()
	sent := f.flush()
	if len(sent) != 1 || sent[0].To != to {
		f.t.Fatalf("sent %+v, want one reply to %v", sent, to)
	}
	return sent[0].Msg.(Reply)
}

func put(seq uint64) Request {
	return Request{Command: Command{Client: 5, Seq: seq, Issued: time.Hour, Op: OpPut, Key: "k"}, Timeout: time.Second}
}

func TestRequestsRefuse(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Request)
		want   Reason
	}{
		{"unknown operation", func(r *Request) { r.Command.Op = 99 }, ReasonInvalid},
		{"nop", func(r *Request) { r.Command.Op = OpNop }, ReasonInvalid},
		{"trim", func(r *Request) { r.Command.Op = OpTrim }, ReasonInvalid},
		{"no client", func(r *Request) { r.Command.Client = 0 }, ReasonInvalid},
		{"no number", func(r *Request) { r.Command.Seq = 0 }, ReasonInvalid},
		{"unknown read mode", func(r *Request) { r.Command.Op = OpGet; r.Read = 77 }, ReasonInvalid},
		{"a write as a local read", func(r *Request) { r.Read = ReadLocal }, ReasonInvalid},
		{"a timeline of a log read", func(r *Request) { r.Command.Op, r.Seen = OpGet, 1 }, ReasonInvalid},
		{"key too long", func(r *Request) { r.Command.Key = "12345" }, ReasonTooLarge},
		{"value too long", func(r *Request) { r.Command.Value = []byte("123456789") }, ReasonTooLarge},
		{"no time left", func(r *Request) { r.Timeout = 0 }, ReasonDeadline},
		{"issued in the future", func(r *Request) { r.Command.Issued += 3 * time.Second }, ReasonClock},
		{"issued long ago", func(r *Request) { r.Command.Issued -= 8 * time.Second }, ReasonClock},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFront(t, RequestsConfig{MaxKey: 4, MaxValue: 8})
			r := put(1)
			test.change(&r)
			f.receive(Route(3), r)
			got := f.reply(Route(3))
			if got.Status != NotExecuted || got.Reason != test.want || got.Seq != r.Command.Seq {
				t.Errorf("reply %+v, want not executed: %v", got, test.want)
			}
			if len(f.routed) > 0 || f.requests.Len() > 0 {
				t.Error("it was admitted all the same")
			}
		})
	}
}

// A timeline read is forwarded, and waits, with what the client has seen; a retry
// that has seen more counts.
func TestSeenGoesWithARead(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	r := Request{Command: Command{Client: 5, Seq: 1, Op: OpGet, Key: "k"}, Read: ReadTimeline, Seen: 7, Timeout: time.Second}
	f.receive(Route(1), r)
	r.Seen = 9
	f.receive(Route(1), r)
	p := f.routed[0]
	if p.Read != ReadTimeline || p.Seen != 9 {
		t.Errorf("admitted %+v", p)
	}
	f.requests.Forward(p, f.Cluster().ID(1))
	if sent := f.flush(); len(sent) != 1 || sent[0].Msg.(Request).Seen != 9 || sent[0].Msg.(Request).Read != ReadTimeline {
		t.Errorf("forwarded %+v", sent)
	}
}

func TestReadModes(t *testing.T) {
	for _, mode := range ReadModes() {
		if parsed, err := ParseReadMode(mode.String()); err != nil || parsed != mode || !mode.Valid() {
			t.Errorf("%v: parsed as %v: %v", mode, parsed, err)
		}
		if mode.Linearizable() && mode.Spread() && mode != ReadHandoff {
			t.Errorf("%v is linearizable at a replica that asks nobody", mode)
		}
	}
	if ReadMode(len(ReadModes())).Valid() || len(ReadModes()) != 7 {
		t.Error("there are other modes")
	}
}

func TestRequestsAreBounded(t *testing.T) {
	f := newFront(t, RequestsConfig{MaxPending: 2})
	for seq := range uint64(3) {
		f.receive(Route(1), put(seq+1))
	}
	if r := f.reply(Route(1)); r.Seq != 3 || r.Status != NotExecuted || r.Reason != ReasonOverloaded {
		t.Errorf("reply %+v", r)
	}
	f.requests.Executed(CommandID{5, 1}, Result{OK: true, Version: 4, Value: []byte("v")}, 7)
	if r := f.reply(Route(1)); r.Status != Done || r.Version != 4 || r.Index != 7 || string(r.Value) != "v" {
		t.Errorf("reply %+v", r)
	}
	f.receive(Route(1), put(4))
	if len(f.flush()) != 0 || f.requests.Len() != 2 {
		t.Error("an answered request still takes a place")
	}
}

func TestRetryOnANewConnectionMovesTheReply(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	f.receive(Route(1), put(1))
	f.receive(Route(2), put(1))
	other := put(1)
	other.Command.Key = "another" // a client that uses its number twice
	f.receive(Route(3), other)
	if r := f.reply(Route(3)); r.Status != NotExecuted || r.Reason != ReasonInvalid {
		t.Errorf("one number for two commands: reply %+v", r)
	}
	if len(f.routed) != 1 {
		t.Fatalf("routed %d times", len(f.routed))
	}
	f.requests.Executed(CommandID{5, 1}, Result{OK: true}, 0)
	f.reply(Route(2))
	f.requests.Executed(CommandID{5, 1}, Result{OK: true}, 0)
	if len(f.flush()) != 0 {
		t.Error("answered twice")
	}
}

// TestDeadline: what left the replica's hands is unknown, the rest is not executed.
func TestDeadline(t *testing.T) {
	for _, test := range []struct {
		exposed bool
		leader  ID
		status  Status
		reason  Reason
	}{
		{false, 0, NotExecuted, ReasonNoLeader},
		{false, 1<<16 | 2, NotExecuted, ReasonDeadline},
		{true, 0, Unknown, ReasonDeadline},
	} {
		t.Run(fmt.Sprintf("%+v", test), func(t *testing.T) {
			f := newFront(t, RequestsConfig{})
			f.leader = test.leader
			f.receive(Route(1), put(1))
			p := f.routed[0]
			if test.exposed {
				f.requests.Expose(p)
			}
			f.Tick(time.Hour + 999*time.Millisecond)
			if f.requests.late(p) || p.Done() {
				t.Error("expired early")
			}
			for now := time.Hour + time.Second; f.requests.Len() > 0 && now < time.Hour+2*time.Second; now += time.Millisecond {
				f.Tick(now)
			}
			if r := f.reply(Route(1)); r.Status != test.status || r.Reason != test.reason || r.Leader != test.leader {
				t.Errorf("reply %+v", r)
			}
			if !p.Done() || !f.requests.late(p) {
				t.Error("the protocol cannot see that nobody waits any more")
			}
		})
	}
}

// A protocol that knows what a request waits for in vain says so in place of the
// reason that there is otherwise.
func TestExplain(t *testing.T) {
	for _, exposed := range []bool{false, true} {
		f := newFront(t, RequestsConfig{})
		known := false
		f.requests.Explain(func(p *Admitted) (Reason, string) {
			if !known {
				return ReasonNone, "not said"
			}
			return ReasonNoQuorum, "of " + p.Command.Key
		})
		end := func(seq uint64, end func(p *Admitted)) Reply {
			f.receive(Route(1), put(seq))
			p := f.routed[len(f.routed)-1]
			if exposed {
				f.requests.Expose(p)
			}
			end(p)
			return f.reply(Route(1))
		}
		deadline := func(p *Admitted) {
			for now := f.Now(); !p.Done(); now += 50 * time.Millisecond {
				f.Tick(now)
			}
		}
		giveUp := func(p *Admitted) { f.requests.GiveUp(p, ReasonNoLeader) }
		status := map[bool]Status{false: NotExecuted, true: Unknown}[exposed]
		check := func(what string, r Reply, reason Reason, words string) {
			t.Helper()
			if r.Status != status || r.Reason != reason || string(r.Value) != words {
				t.Errorf("%s: reply %+v with %q", what, r, r.Value)
			}
		}
		f.leader = 1<<16 | 2
		check("given up", end(1, giveUp), ReasonNoLeader, "")
		check("deadline", end(2, deadline), ReasonDeadline, "")
		known = true
		check("given up, known", end(3, giveUp), ReasonNoQuorum, "of k")
		check("deadline, known", end(4, deadline), ReasonNoQuorum, "of k")
	}
}

func TestForward(t *testing.T) {
	f := newFront(t, RequestsConfig{MaxHops: 2})
	leader := f.Cluster().ID(1)
	r := put(1)
	r.Hops, r.Attempt = 1, 7
	f.receive(Route(1), r)
	f.requests.Forward(f.routed[0], f.ID()) // to itself: would go round for ever
	f.requests.Forward(f.routed[0], leader)
	sent := f.flush()
	if len(sent) != 1 || sent[0].To != leader || sent[0].Msg.(Request).Hops != 2 {
		t.Fatalf("sent %+v", sent)
	}
	far := put(2)
	far.Hops = 2
	f.receive(Route(1), far)
	f.requests.Forward(f.routed[1], leader)
	if len(f.flush()) != 0 {
		t.Error("forwarded beyond the hop limit")
	}

	// Links between replicas duplicate: a refused copy says nothing of the other.
	f.receive(leader, Reply{Client: 5, Seq: 1, Status: NotExecuted, Reason: ReasonOverloaded})
	if got := f.reply(Route(1)); got.Status != Unknown || got.Reason != ReasonOverloaded {
		t.Errorf("a refusal of a forwarded request came through as %+v", got)
	}
	f.receive(leader, Reply{Client: 5, Seq: 1, Status: Done})
	f.receive(leader, Reply{Client: 5, Seq: 2, Status: Done}) // never forwarded
	if len(f.flush()) != 0 || f.requests.Len() != 1 {
		t.Error("a stray reply did something")
	}
}

func TestPendingRequestsAreRoutedAgain(t *testing.T) {
	f := newFront(t, RequestsConfig{Retry: 100 * time.Millisecond})
	f.receive(Route(1), put(1))
	f.receive(Route(1), put(2))
	f.requests.RouteAll()
	if len(f.routed) != 4 || f.routed[2].Command.Seq != 1 || f.routed[3].Command.Seq != 2 {
		t.Fatalf("routed %v", f.routed)
	}
	for now := time.Hour; now < time.Hour+250*time.Millisecond; now += 5 * time.Millisecond {
		f.Tick(now)
	}
	if len(f.routed) != 8 {
		t.Errorf("routed %d times, want twice more each in two retry intervals", len(f.routed))
	}
}

func TestExpiredIsUnknown(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	f.receive(Route(1), put(1))
	f.requests.Executed(CommandID{5, 1}, Result{Expired: true}, 9)
	if r := f.reply(Route(1)); r.Status != Unknown || r.Reason != ReasonExpired {
		t.Errorf("reply %+v", r)
	}
}

// Every answer is counted once, by what it said.
func TestAnswersAreCounted(t *testing.T) {
	f := newFront(t, RequestsConfig{MaxPending: 3})
	for seq := range uint64(4) {
		f.receive(Route(1), put(seq+1))
	}
	f.requests.Executed(CommandID{5, 1}, Result{OK: true}, 0)
	f.requests.Executed(CommandID{5, 1}, Result{OK: true}, 0) // nobody waits any more
	f.requests.Fail(f.routed[1], ReasonNotLeader)
	f.requests.Expose(f.routed[2])
	f.requests.Fail(f.routed[2], ReasonNoLongerLeader)
	f.receive(Route(1), put(5))
	f.requests.Forward(f.routed[3], f.Cluster().ID(1))
	f.receive(f.Cluster().ID(1), Reply{Client: 5, Seq: 5, Status: NotExecuted, Reason: 200})
	f.receive(Route(1), put(6))
	f.requests.Forward(f.routed[4], f.Cluster().ID(1))
	f.receive(f.Cluster().ID(1), Reply{Client: 5, Seq: 6, Status: NotExecuted, Reason: ReasonOverloaded})

	var want Answers
	want[Done][ReasonNone] = 1
	want[NotExecuted][ReasonNotLeader], want[NotExecuted][ReasonOverloaded] = 1, 1
	want[Unknown][ReasonNoLongerLeader], want[Unknown][ReasonOverloaded] = 1, 1
	got := f.requests.Answers()
	if got != want || got.Total(NotExecuted) != 2 || got.Total(Unknown) != 2 {
		t.Errorf("counted %v, want %v", got, want)
	}
	n := 0
	got.Each(func(status Status, reason Reason, count uint64) {
		if n++; want[status][reason] != count {
			t.Errorf("%v (%v): %d, want %d", status, reason, count, want[status][reason])
		}
	})
	if n != 5 {
		t.Errorf("%d kinds, want 5", n)
	}
}

// A request that comes back from where it was forwarded is for who leads by now, at
// once; elsewhere it waits, so that two replicas that take each other for the leader
// do not play ball with it.
func TestRequestsThatComeBack(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	peer := f.Cluster().ID(1)
	f.leader = peer
	f.receive(Route(1), put(1))
	f.requests.Forward(f.routed[0], peer)
	back := put(1)
	back.Hops = 2
	f.receive(peer, back)
	if len(f.routed) != 1 {
		t.Fatalf("it is routed %d times, and might go to and fro for ever", len(f.routed))
	}
	f.leader = f.ID()
	f.receive(Route(1), put(1)) // its client asks again
	if len(f.routed) != 1 {
		t.Errorf("what is under way is routed %d times", len(f.routed))
	}
	f.receive(peer, back)
	if len(f.routed) != 2 || f.routed[1] != f.routed[0] {
		t.Errorf("routed %v: want the one that was forwarded, once more", f.routed)
	}
}

// Where each replica leads something, a request that comes back may be sent on again,
// but not in a circle for ever. Later it may be.
func TestRequestsInACircle(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	peer := f.Cluster().ID(1)
	f.leader, f.forward = f.ID(), peer
	f.receive(Route(1), put(1))
	sent := 0
	for left := f.flush(); len(left) > 0 && sent < 9; left = f.flush() {
		sent++
		back := left[0].Msg.(Request)
		back.Hops++
		f.receive(peer, back)
	}
	if sent != 2 {
		t.Errorf("it is sent %d times, want there and once more", sent)
	}
	f.Tick(f.Now() + 600*time.Millisecond)
	if left := f.flush(); len(left) != 1 || left[0].Msg.(Request).Hops != 1 {
		t.Errorf("later %+v is sent", left)
	}
}
