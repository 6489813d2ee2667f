package quorate_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// ballot and question are the messages of these tests: what only voters may
// say, and what everybody may.
type (
	ballot   struct{ Text string }
	question struct{ Text string }
)

// station is a member with its disk, through all its lives.
type station struct {
	*quorate.Node
	street  *street
	id      quorate.ID
	disk    *journal.Memory
	handle  *journal.Handle
	got     []string // "from text"
	errs    []error  // of Receive
	holding bool     // batches wait
	flying  *quorate.Batch
	proto   *readmitter
}

// street is a cluster of stations, and a network that delivers in order.
type street struct {
	t       testing.TB
	cluster *quorate.Cluster
	at      []*station
	way     []parcel
	number  uint64 // of incarnations
	lose    func(parcel) bool
}

// parcel is a message under way, with who its sender was.
type parcel struct {
	quorate.Envelope
	hello quorate.Hello
}

func newStreet(t testing.TB, n int) *street {
	t.Helper()
	cluster, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	s := &street{t: t, cluster: cluster}
	for _, id := range cluster.IDs() {
		s.at = append(s.at, &station{street: s, id: id, disk: journal.NewMemory()})
	}
	return s
}

// founded starts all members as those of a new cluster that have met.
func founded(t testing.TB, n int) *street {
	t.Helper()
	s := newStreet(t, n)
	for i := range s.at {
		s.start(i, true)
	}
	s.meetAll()
	return s
}

func (s *street) meetAll() {
	for _, x := range s.at {
		x.Send(quorate.Others, question{"hello"})
	}
	s.settle()
	for _, x := range s.at {
		x.got = nil
	}
}

// start begins a life.
func (s *street) start(i int, init bool) *station {
	s.t.Helper()
	x := s.at[i]
	s.number++
	node, err := quorate.NewNode(quorate.NodeConfig{ID: x.id, Cluster: s.cluster, Incarnation: s.number, Init: init})
	if err != nil {
		s.t.Fatal(err)
	}
	x.Node, x.handle, x.flying, x.got, x.errs = node, x.disk.Open(), nil, nil, nil
	quorate.Register(node, func(from quorate.ID, m ballot) { x.got = append(x.got, fmt.Sprintf("%v %s", from, m.Text)) })
	quorate.RegisterOpen(node, func(from quorate.ID, m question) { x.got = append(x.got, fmt.Sprintf("%v %s?", from, m.Text)) })
	x.proto = newReadmitter(x)
	if err := node.Start(0, x.handle.Records()); err != nil {
		s.t.Fatal(err)
	}
	x.round()
	return x
}

// lost begins a life on an empty disk.
func (s *street) lost(i int) *station {
	s.t.Helper()
	s.at[i].disk = journal.NewMemory()
	return s.start(i, false)
}

func (x *station) round() {
	for x.flying == nil {
		b := x.Flush(x.send)
		if b.Empty() {
			return
		}
		if x.flying = &b; x.holding {
			return
		}
		x.sync()
	}
}

func (x *station) sync() {
	x.street.t.Helper()
	if x.flying == nil {
		x.street.t.Fatalf("%v has nothing to sync", x.id)
	}
	b := *x.flying
	x.flying = nil
	if err := x.handle.Commit(b.Records); err != nil {
		x.street.t.Fatal(err)
	}
	x.Synced(b, x.send)
}

func (x *station) send(e quorate.Envelope) {
	hello, known := x.Identity()
	if !known {
		x.street.t.Errorf("%v sent %T before it may say who it is", x.id, e.Msg)
	}
	for _, to := range x.street.cluster.IDs() {
		if to == e.To || e.To == quorate.Others && to != x.id {
			x.street.way = append(x.street.way, parcel{quorate.Envelope{From: x.id, To: to, Msg: e.Msg}, hello})
		}
	}
}

// deliver hands over what is under way, with what follows from it.
func (s *street) deliver() {
	for len(s.way) > 0 {
		p := s.way[0]
		s.way = s.way[1:]
		if s.lose == nil || !s.lose(p) {
			s.hand(p)
		}
	}
}

func (s *street) hand(p parcel) {
	x := s.at[s.cluster.Index(p.To)]
	for _, m := range []any{p.hello, p.Msg} {
		if err := x.Receive(0, p.From, m); err != nil {
			x.errs = append(x.errs, err)
		}
	}
	x.round()
}

func (s *street) settle() {
	for _, x := range s.at {
		x.round()
	}
	s.deliver()
}

func (x *station) wantGot(when string, want ...string) {
	x.street.t.Helper()
	if !slices.Equal(x.got, want) {
		x.street.t.Errorf("%s: %v handled %q, want %q", when, x.id, x.got, want)
	}
	x.got = nil
}

func (x *station) wantErr(when string, parts ...string) {
	x.street.t.Helper()
	if len(x.errs) != 1 || !errors.Is(x.errs[0], quorate.ErrForeign) {
		x.street.t.Fatalf("%s: %v reported %v, want one error that wraps ErrForeign", when, x.id, x.errs)
	}
	for _, p := range parts {
		if !strings.Contains(x.errs[0].Error(), p) {
			x.street.t.Errorf("%s: the error %q lacks %q", when, x.errs[0], p)
		}
	}
	x.errs = nil
}

// fact is what the members of these tests keep on disk, and what a member that
// lost its disk must get back.
type fact struct{ Text string }

func (f fact) RecordKey() quorate.RecordKey { return quorate.RecordKey{Scope: f.Text} }

type (
	recall   struct{ Round quorate.Round }
	recalled struct {
		Round quorate.Round
		Lost  bool
		Facts []string
	}
)

// readmitter is a protocol that keeps facts.
type readmitter struct {
	*station
	facts    map[string]bool
	read     map[string]bool
	round    quorate.Round
	disowned []quorate.ID
	adopted  int
}

func newReadmitter(x *station) *readmitter {
	p := &readmitter{station: x, facts: map[string]bool{}}
	quorate.Recover(x.Node, func(f fact) { p.facts[f.Text] = true })
	quorate.RegisterOpen(x.Node, func(from quorate.ID, m recall) {
		if !x.Fences(m.Round, from) {
			return
		}
		x.Send(from, recalled{m.Round, !x.Voter(), slices.Sorted(maps.Keys(p.facts))})
	})
	quorate.RegisterOpen(x.Node, func(from quorate.ID, m recalled) {
		if m.Round != p.round {
			return
		}
		for _, f := range m.Facts {
			p.read[f] = !m.Lost
		}
		x.Recalled(m.Round, from, m.Lost)
	})
	x.Readmit(p)
	return p
}

func (p *readmitter) keep(text string) {
	p.facts[text] = true
	p.Persist(fact{text})
}

func (p *readmitter) Disown(id quorate.ID) { p.disowned = append(p.disowned, id) }

func (p *readmitter) Enough(members quorate.Set) error {
	return quorate.MajorityQuorums(p.street.cluster).Meets(members)
}

func (p *readmitter) Recall(round quorate.Round, id quorate.ID) {
	if p.round != round {
		p.round, p.read = round, map[string]bool{}
	}
	p.Send(id, recall{round})
}

func (p *readmitter) Adopt() {
	p.adopted++
	for f, ok := range p.read {
		if ok {
			p.keep(f)
		}
	}
}

// outcome follows an admission.
type outcome struct {
	done bool
	err  error
}

func (x *station) admit() *outcome {
	o := &outcome{}
	x.Admit(func(err error) { o.done, o.err = true, err })
	x.round()
	return o
}

// retry lets the questions be asked again that nobody has answered.
func (s *street) retry(x *station) {
	x.Tick(x.Now() + time.Second)
	x.round()
	s.deliver()
}

func (o *outcome) wantAdmitted(t *testing.T, x *station) {
	t.Helper()
	h, _ := x.Identity()
	if !o.done || o.err != nil || !x.Voter() || h.Learner {
		t.Fatalf("%v: done %v, error %v, %s, voter %v", x.id, o.done, o.err, x.Admitting(), x.Voter())
	}
}
