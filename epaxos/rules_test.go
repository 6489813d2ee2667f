package epaxos_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
)

// lone is one node by itself: what it is told, what it sends, and when.
type lone struct {
	t    *testing.T
	node *quorate.Node
	ids  []quorate.ID
	cfg  epaxos.Config
	now  time.Duration
	disk map[string]quorate.RecordOp
	held *quorate.Batch
	sent []quorate.Envelope
}

func newLone(t *testing.T, n int, cfg epaxos.Config) *lone {
	l := &lone{t: t, cfg: cfg, now: time.Hour, disk: map[string]quorate.RecordOp{}}
	l.start(n)
	return l
}

func (l *lone) start(n int) {
	cluster, err := quorate.Grid(1, n)
	if err != nil {
		l.t.Fatal(err)
	}
	l.ids, l.held = cluster.IDs(), nil
	if l.node, err = quorate.NewNode(quorate.NodeConfig{ID: l.ids[0], Cluster: cluster}); err != nil {
		l.t.Fatal(err)
	}
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	if _, err := epaxos.New(l.node, app, l.cfg); err != nil {
		l.t.Fatal(err)
	}
	if err := l.node.Start(l.now, l.records()); err != nil {
		l.t.Fatal(err)
	}
	l.run(0)
}

func (l *lone) records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(l.disk)) {
			if !yield(l.disk[key], nil) {
				return
			}
		}
	}
}

// restart loses what is not on the disk.
func (l *lone) restart() { l.start(len(l.ids)) }

// flush sends what may leave without a sync.
func (l *lone) flush() {
	if b := l.node.Flush(func(e quorate.Envelope) { l.sent = append(l.sent, e) }); !b.Empty() {
		l.held = &b
	}
}

// sync completes the batch at the disk, and those that follow from it.
func (l *lone) sync() {
	for l.held != nil {
		b := *l.held
		l.held = nil
		for _, op := range b.Records {
			op.Data = slices.Clone(op.Data)
			l.disk[fmt.Sprint(op.Type, op.Key)] = op
		}
		l.node.Synced(b, func(e quorate.Envelope) { l.sent = append(l.sent, e) })
		l.node.Tick(l.now)
		l.flush()
	}
}

// run lets time pass in small steps, with a quick disk.
func (l *lone) run(d time.Duration) {
	for end := l.now + d; ; l.now = min(end, l.now+5*time.Millisecond) {
		l.node.Tick(l.now)
		l.flush()
		l.sync()
		if l.now >= end {
			return
		}
	}
}

// hear delivers a message from a member, by number, to the network's edge: what
// need not wait for the disk has left afterwards.
func (l *lone) hear(from int, m any) {
	l.t.Helper()
	if err := l.node.Receive(l.now, l.ids[from], m); err != nil {
		l.t.Fatal(err)
	}
	l.node.Tick(l.now)
	l.flush()
}

// told is hear, and what was sent when all is on disk; as "to message".
func (l *lone) told(from int, m any) string {
	l.t.Helper()
	l.hear(from, m)
	l.sync()
	return l.take()
}

// take returns what was sent since it was called last, but for Progress.
func (l *lone) take() string {
	var lines []string
	for _, e := range l.sent {
		to := "all"
		if at := slices.Index(l.ids, e.To); at >= 0 {
			to = fmt.Sprint(at)
		} else if e.To.IsRoute() {
			to = "client"
		}
		if _, ok := e.Msg.(keep.Progress); !ok {
			name := fmt.Sprintf("%T", e.Msg)
			name = name[strings.Index(name, ".")+1:]
			lines = append(lines, to+" "+name)
		}
	}
	l.sent = nil
	return strings.Join(lines, ", ")
}

// last returns the message that was sent last.
func last[M any](l *lone) M {
	l.t.Helper()
	for _, e := range slices.Backward(l.sent) {
		if m, ok := e.Msg.(M); ok {
			return m
		}
	}
	l.t.Fatalf("no %T was sent", *new(M))
	panic("unreachable")
}

func command(seq uint64) quorate.Command {
	return quorate.Command{Client: 7, Seq: seq, Issued: time.Hour, Op: quorate.OpPut, Key: "k"}
}

// ask takes a command in, in a step that is not over yet.
func (l *lone) ask(c quorate.Command) {
	l.t.Helper()
	if err := l.node.Receive(l.now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Minute}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lone) request(seq uint64) {
	l.t.Helper()
	l.ask(command(seq))
	l.node.Tick(l.now)
	l.flush()
	l.sync()
}

func (l *lone) put(seq uint64) core.ID {
	l.t.Helper()
	l.request(seq)
	id := last[epaxos.PreAccept](l).ID
	l.take()
	return id
}

func id(row uint8, number uint64) core.ID { return core.ID{Row: row, Number: number} }

func (l *lone) ballot(counter uint32, member int) quorate.Ballot {
	return quorate.NewBallot(counter, l.ids[member])
}

// No answer that binds leaves before what it says is on disk, and after a restart
// it is still so.
func TestDurableBeforeVisible(t *testing.T) {
	commands := []quorate.Command{command(1)}
	value := core.Value{Commands: commands}
	for _, tc := range []struct {
		name   string
		before func(l *lone) any // the messages that come first, by 1; the one in question
		answer string
		again  func(l *lone) any // asks after a restart
		then   string
	}{
		{"pre-accept", func(l *lone) any { return epaxos.PreAccept{ID: id(1, 0), Commands: commands} }, "1 PreAcceptReply",
			func(l *lone) any { return epaxos.Recover{Ballot: l.ballot(1, 1), ID: id(1, 0)} }, "pre-accepted 0@0.0 true true"},
		{"accept", func(l *lone) any { return epaxos.Accept{ID: id(1, 0), Value: value} }, "1 AcceptReply",
			func(l *lone) any { return epaxos.Recover{Ballot: l.ballot(1, 1), ID: id(1, 0)} }, "accepted 0@0.0 false true"},
		{"accept in a recovery", func(l *lone) any { return epaxos.Accept{Ballot: l.ballot(3, 1), ID: id(2, 0), Value: value} }, "1 AcceptReply",
			func(l *lone) any { return epaxos.Recover{Ballot: l.ballot(4, 1), ID: id(2, 0)} }, "accepted 3@1.2 false true"},
		{"promise", func(l *lone) any { return epaxos.Recover{Ballot: l.ballot(3, 1), ID: id(2, 0)} }, "1 RecoverReply",
			func(l *lone) any { return epaxos.Recover{Ballot: l.ballot(2, 1), ID: id(2, 0)} }, "refused"},
		{"validate", func(l *lone) any {
			l.told(1, epaxos.Recover{Ballot: l.ballot(3, 1), ID: id(2, 0)})
			return epaxos.Validate{Ballot: l.ballot(3, 1), ID: id(2, 0), Commands: commands}
		}, "1 ValidateReply", func(l *lone) any { return epaxos.Recover{Ballot: l.ballot(3, 1), ID: id(2, 0)} }, "none 0@0.0 true false"},
	} {
		l := newLone(t, 3, epaxos.Config{})
		m := tc.before(l)
		l.take()
		l.hear(1, m)
		if got := l.take(); got != "" {
			t.Errorf("%s: sent %s before it was on disk", tc.name, got)
		}
		l.sync()
		if got := l.take(); got != tc.answer {
			t.Errorf("%s: answered %s, want %s", tc.name, got, tc.answer)
		}
		l.restart()
		l.take()
		l.hear(1, tc.again(l))
		l.sync()
		got := "committed"
		for _, e := range l.sent {
			if m, ok := e.Msg.(epaxos.RecoverReply); ok {
				got = fmt.Sprint(m.State.Phase, m.State.Voted, m.State.Initial, len(m.State.Value.Commands) == 1)
				got = strings.Replace(got, m.State.Phase.String()+m.State.Voted.String(), m.State.Phase.String()+" "+m.State.Voted.String(), 1)
				if !m.OK {
					got = "refused"
				}
			}
		}
		if got != tc.then || len(l.sent) == 0 {
			t.Errorf("%s: after a restart %s, want %s; sent %s", tc.name, got, tc.then, l.take())
		}
	}
}

// A proposal comes from its owner, a ballot's messages from its owner.
func TestForgedSenders(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{})
	commands := []quorate.Command{command(1)}
	value := core.Value{Commands: commands, Deps: core.Deps{0, 0, 0, 9}}
	for _, m := range []any{
		epaxos.PreAccept{ID: id(2, 0), Commands: commands},
		epaxos.PreAccept{ID: id(1, 0)},
		epaxos.PreAccept{ID: id(1, 0), Commands: commands, Deps: value.Deps},
		epaxos.PreAccept{ID: id(1, core.Span), Commands: commands},
		epaxos.Accept{ID: id(2, 0), Value: core.Value{Commands: commands}},
		epaxos.Accept{Ballot: l.ballot(1, 2), ID: id(1, 0)},
		epaxos.Accept{Ballot: l.ballot(1, 1), ID: id(1, 0), Value: value},
		epaxos.Accept{Ballot: l.ballot(1, 1), ID: id(7, 0)},
		epaxos.Commit{ID: id(1, 0), Value: value},
		epaxos.Commit{ID: id(3, 0)},
		epaxos.Recover{Ballot: l.ballot(1, 2), ID: id(1, 0)},
		epaxos.Recover{ID: id(1, 0)},
		epaxos.Recover{Ballot: l.ballot(1, 1), ID: id(3, 0)},
		epaxos.RecoverReply{ID: id(1, 0), OK: true, State: core.State{InitDeps: value.Deps}},
		epaxos.Validate{Ballot: l.ballot(1, 2), ID: id(1, 0), Commands: commands},
		epaxos.Validate{Ballot: l.ballot(1, 1), ID: id(1, 0), Commands: commands, Deps: value.Deps},
		epaxos.ValidateReply{Ballot: l.ballot(1, 1), ID: id(1, 0), OK: true},
		epaxos.AcceptReply{ID: id(0, 0), OK: true},
		epaxos.PreAcceptReply{ID: id(0, 0), OK: true},
		epaxos.Waiting{ID: id(3, 0), Same: 2},
		epaxos.Ask{IDs: []core.ID{id(0, 0), id(9, 9)}},
		keep.Progress{Ends: value.Deps},
	} {
		if got := l.told(1, m); got != "" || len(l.disk) > 0 {
			t.Errorf("%T%+v: answered %s, %d records", m, m, got, len(l.disk))
		}
	}
}

// What an owner must not count.
func TestOwnerCounts(t *testing.T) {
	yes := func(id core.ID) any { return epaxos.PreAcceptReply{ID: id, OK: true} }
	for _, tc := range []struct {
		name string
		play func(l *lone, id core.ID) string
		want string
	}{
		{"a fast quorum", func(l *lone, id core.ID) string { return l.told(1, yes(id)) + "; " + l.told(2, yes(id)) },
			"; all Commit, client Reply"},
		{"one member twice", func(l *lone, id core.ID) string { return l.told(1, yes(id)) + "; " + l.told(1, yes(id)) }, "; "},
		{"a refusal", func(l *lone, id core.ID) string {
			l.told(1, yes(id))
			return l.told(2, epaxos.PreAcceptReply{ID: id})
		}, ""},
		{"further dependencies", func(l *lone, id core.ID) string {
			l.told(1, yes(id))
			return l.told(2, epaxos.PreAcceptReply{ID: id, OK: true, Deps: core.Deps{0, 1}})
		}, "1 Accept, 2 Accept, 3 Accept, 4 Accept"},
		{"a vote on the slow path, and a refusal", func(l *lone, id core.ID) string {
			l.told(1, yes(id))
			l.told(2, epaxos.PreAcceptReply{ID: id, OK: true, Deps: core.Deps{0, 1}})
			return l.told(1, epaxos.AcceptReply{ID: id, OK: true}) + "; " + l.told(2, epaxos.AcceptReply{ID: id}) + "; " +
				l.told(3, epaxos.AcceptReply{ID: id, OK: true})
		}, "; ; all Commit"}, // and its dependency is not executed
		{"its own promise", func(l *lone, id core.ID) string {
			l.told(1, yes(id))
			l.told(2, epaxos.Recover{Ballot: l.ballot(1, 2), ID: id})
			return l.told(2, yes(id))
		}, ""},
		{"its own promise, further dependencies", func(l *lone, id core.ID) string {
			l.told(1, yes(id))
			l.told(2, epaxos.Recover{Ballot: l.ballot(1, 2), ID: id})
			return l.told(2, epaxos.PreAcceptReply{ID: id, OK: true, Deps: core.Deps{0, 1}})
		}, ""},
		{"a replica that restarted", func(l *lone, id core.ID) string {
			l.told(1, yes(id))
			l.restart()
			l.take()
			return l.told(2, yes(id)) + l.told(1, yes(id))
		}, ""},
	} {
		l := newLone(t, 5, epaxos.Config{})
		if got := tc.play(l, l.put(1)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// A larger fast quorum than a slow one is waited for, but not for long, and not
// once the owner has promised.
func TestFastWait(t *testing.T) {
	for _, promise := range []bool{false, true} {
		l := newLone(t, 5, epaxos.Config{E: 1, FastWait: 20 * time.Millisecond})
		id := l.put(1)
		l.told(1, epaxos.PreAcceptReply{ID: id, OK: true})
		l.told(2, epaxos.PreAcceptReply{ID: id, OK: true})
		l.run(15 * time.Millisecond)
		if got := l.take(); got != "" {
			t.Errorf("sent %s too early", got)
		}
		want := "1 Accept, 2 Accept, 3 Accept, 4 Accept"
		if promise {
			l.told(2, epaxos.Recover{Ballot: l.ballot(1, 2), ID: id})
			want = ""
		}
		l.run(10 * time.Millisecond)
		if got := l.take(); got != want {
			t.Errorf("promised %v: sent %q, want %q", promise, got, want)
		}
	}
}
