package sim

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/workload"
)

// Scene says in which world a scenario plays. Its zero values stand for the
// defaults named at the fields.
type Scene struct {
	Subject Subject
	Members int // 3, in one zone
	// Knobs of the protocol. Zero durations are 50 ms for heartbeats, 1 s for
	// elections, 100 ms for retransmissions, 5 ms for commits, an hour for the
	// horizon: long enough that they play no part unless a scenario wants it.
	Knobs Knobs
	// Readmit is that of [Spec].
	Readmit bool
	// Expect is the oracle that must be broken, see [Violation]: the scenario ends
	// as soon as it is, and nothing is made of other expectations that are not met.
	// Empty: none may be.
	Expect string
	// Trace receives what happens, in order; nil for nobody.
	Trace func(TraceEvent)
}

// TB is what a scenario needs of a test; testing.TB has it.
type TB interface {
	// Helper marks the caller as one whose line is not of interest.
	Helper()
	// Fatalf ends the test.
	Fatalf(format string, args ...any)
}

// Scenario is a world in which nothing happens by chance and little by itself:
// messages and disks take a fixed time, nobody stands for election, and clients
// ask what they are told to. It is otherwise the world of [Run]: the same
// machines, disks, clients and oracles.
//
// Its methods let things happen in the order in which they are called, as the
// steps of a figure in a paper do. An oracle that is broken, or an expectation
// that is not met, ends the test and shows what happened last.
type Scenario struct {
	t     TB
	scene Scene
	w     *world

	rules   []*Rule
	crashes []*crashRule
	exempt  map[uint64]bool // messages that no rule is applied to any more
	cut     quorate.Set     // members that nobody hears and that hear nobody
	only    quorate.Set     // if not empty: the members that take part in an election
	paused  quorate.Set
	free    bool        // the script has ended: whoever wants to may stand
	standby int         // who may stand for election meanwhile, -1 for nobody
	elected map[int]int // how often
	recent  []TraceEvent
}

// What messages and disks take, and how long a scenario waits for what it
// expects.
const (
	sceneLatency  = time.Millisecond
	scenePatience = 3 * time.Second
)

// always is a source of chance that leaves nothing to it.
type always uint64

// Uint64 implements [rand.Source].
func (a always) Uint64() uint64 { return uint64(a) }

// What is left to chance elsewhere: of a torn batch four fifths are written, and
// clients never notice that a member went down.
const (
	tornAt  always = 1 << 64 / 5 * 4
	unaware always = 1<<64 - 1
)

// curtain ends a scenario before its last step: an oracle was broken, or the
// test has ended.
type curtain struct{}

// Play makes the world of a scene, lets play direct it, and looks at the end:
// all that was broken is mended, and within half a minute all calls must have
// ended and all members must have the same state; what the clients saw must be
// linearizable, a last read of each key included.
func Play(t TB, scene Scene, play func(s *Scenario)) {
	t.Helper()
	s, err := newScenario(t, scene)
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	s.perform(play)
	if v := s.w.violation; s.scene.Expect != "" && v == nil {
		t.Fatalf("nothing broke %s\n%s", s.scene.Expect, s.history())
	}
}

func newScenario(t TB, scene Scene) (*Scenario, error) {
	scene.Members = cmp.Or(scene.Members, 3)
	k := &scene.Knobs
	k.Heartbeat, k.ElectionTimeout = cmp.Or(k.Heartbeat, 50*time.Millisecond), cmp.Or(k.ElectionTimeout, time.Second)
	k.Retransmit, k.CommitDelay = cmp.Or(k.Retransmit, 100*time.Millisecond), cmp.Or(k.CommitDelay, 5*time.Millisecond)
	k.Horizon = cmp.Or(k.Horizon, time.Hour)
	spec := Spec{
		Protocol: scene.Subject.Name, Bug: scene.Subject.Bug, Zones: 1, Nodes: scene.Members, Knobs: *k, Readmit: scene.Readmit,
		Network: Network{Base: sceneLatency}, Disk: Disk{Sync: sceneLatency},
		Clients: Clients{Count: 1, Timeout: time.Minute, Attempt: 5 * time.Second, Mix: workload.Config{}},
	}
	s := &Scenario{t: t, scene: scene, standby: -1, exempt: map[uint64]bool{}, elected: map[int]int{}}
	w, err := newWorld(&s.scene.Subject, &spec, Options{Trace: s.watch})
	if err != nil {
		return nil, fmt.Errorf("scenario: %w", err)
	}
	s.w, w.directed = w, true
	for _, h := range w.hosts {
		h.disk.rng = rand.New(always(tornAt))
	}
	return s, nil
}

// perform plays to the end, or to where the curtain falls.
func (s *Scenario) perform(play func(s *Scenario)) {
	s.t.Helper()
	defer func() {
		if p := recover(); p != nil {
			if _, fell := p.(curtain); !fell {
				panic(p)
			}
		}
	}()
	s.do(func() {
		for _, h := range s.w.hosts {
			h.start()
		}
	})
	play(s)
	s.end()
}

// do lets something happen and looks whether it broke an oracle.
func (s *Scenario) do(f func()) {
	s.t.Helper()
	s.w.guard(f)
	s.calm()
	s.strike()
	if v := s.w.violation; v != nil {
		if v.Oracle != s.scene.Expect {
			s.t.Fatalf("%v\n%s", v, s.history())
		}
		panic(curtain{})
	}
}

// fatal ends the test because of something that is not as it should be.
func (s *Scenario) fatal(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), s.history())
	panic(curtain{}) // a TB whose Fatalf returns
}

// end mends everything and waits until the world has come to rest.
func (s *Scenario) end() {
	s.t.Helper()
	s.Heal()
	for _, r := range s.rules {
		r.Release()
	}
	s.crashes, s.free = nil, true
	for i, h := range s.w.hosts {
		if s.paused.Has(i) {
			s.Resume(Member(i))
		}
		s.do(h.up)
	}
	s.finish("the calls have not ended")
	s.readAll()
	s.finish("the last reads have not ended")
	s.judge()
}

// finish waits until all calls have ended and all states agree.
func (s *Scenario) finish(otherwise string) {
	s.t.Helper()
	w := s.w
	if s.until(30*time.Second, func() bool { return s.idle() && w.converged() }) {
		return
	}
	s.do(func() {
		text := "the live members' states differ"
		if !s.idle() {
			text = otherwise
		}
		for _, c := range w.callers {
			if c.open >= 0 {
				text += "; " + c.describe()
			}
		}
		for _, h := range w.hosts {
			text += "; " + h.describe()
		}
		w.fail("liveness", -1, "%s", text)
	})
}

// idle reports whether no call is under way.
func (s *Scenario) idle() bool {
	for _, c := range s.w.callers {
		if c.open >= 0 {
			return false
		}
	}
	return true
}

// readAll reads every key that was used, each by a client of its own.
func (s *Scenario) readAll() {
	s.t.Helper()
	var live []Member
	for i, h := range s.w.hosts {
		if h.serves() {
			live = append(live, Member(i))
		}
	}
	seen := map[string]bool{}
	for _, op := range s.w.history.ops {
		if !seen[op.Key] && len(live) > 0 {
			seen[op.Key] = true
			s.Client(live...).Get(op.Key)
		}
	}
}

func (s *Scenario) judge() {
	s.t.Helper()
	var err error
	s.do(func() { err = s.w.judge(context.Background(), &Outcome{}, Options{}) })
	if err != nil {
		s.fatal("%v", err)
	}
}
