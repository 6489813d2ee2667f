package paxos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/paxos"
)

// TestStorm plays harder faults than TestChaos: flexible quorums, cuts of every
// kind, clocks that jump, messages and duplicates held back across elections,
// everybody down at once; and it checks what clients saw.
func TestStorm(t *testing.T) {
	for seed := range *seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) { newStorm(t, uint64(seed)).run() })
	}
}

type storm struct {
	*world
	t       *testing.T
	rng     *rand.Rand
	n       int
	clients []*stormClient
	open    map[quorate.CommandID]*stormClient
	history []checker.Operation
	order   time.Duration      // the clock of the history: steps
	back    []quorate.Envelope // held back
	hold    float64
	cuts    map[[2]quorate.ID]bool
	skew    time.Duration
	certain map[quorate.CommandID]bool // not executed, says every attempt
	stats   map[string]int
}

type stormClient struct {
	id       quorate.Client
	op       checker.Operation
	req      quorate.Request
	seq      uint64
	attempts int
	refused  int
	asked    int // steps since the last attempt
	life     int
	busy     bool
	versions map[string]uint64
	seen     quorate.Slot
}

func newStorm(t *testing.T, seed uint64) *storm {
	rng := rand.New(rand.NewPCG(seed, 3))
	n := []int{3, 3, 5, 5, 4, 2, 1}[rng.IntN(7)]
	cfg := paxos.Config{LogLimit: 1 + rng.IntN(40), Window: 1 + rng.IntN(8), Batch: 1 + rng.IntN(6), ChunkBytes: 1 + rng.IntN(1500), Thrifty: rng.IntN(2) == 0}
	cfg.Heartbeat, cfg.ElectionTimeout, cfg.Retransmit, cfg.CommitDelay = 5*time.Millisecond, 20*time.Millisecond, 10*time.Millisecond, time.Millisecond
	cfg.Requests.Retry = 50 * time.Millisecond
	if rng.IntN(3) == 0 {
		cfg.LogBytes = 500 + rng.IntN(4000)
	}
	cfg.Requests.MaxPending = []int{0, 3}[rng.IntN(2)]
	cluster, _ := quorate.Grid(1, n)
	q1 := 1 + rng.IntN(n)
	spec := []string{"majority", "even", fmt.Sprintf("count:%d,%d", q1, n+1-q1)}[rng.IntN(3)]
	var err error
	if cfg.Quorums, err = quorate.ParseQuorums(cluster, spec); err != nil {
		t.Fatal(err)
	}
	horizon := time.Duration(100+rng.IntN(1500)) * time.Millisecond
	s := &storm{world: newWorld(t, seed, n, cfg, horizon), t: t, rng: rng, n: n, open: map[quorate.CommandID]*stormClient{}, certain: map[quorate.CommandID]bool{}, stats: map[string]int{}}
	s.loss, s.dup, s.hold = rng.Float64()*rng.Float64()*0.3, rng.Float64()*0.3, rng.Float64()*0.1
	s.skew = time.Duration(rng.IntN(int(horizon / 8)))
	s.cuts = map[[2]quorate.ID]bool{}
	s.cut = func(from, to quorate.ID) bool { return s.cuts[[2]quorate.ID{from, to}] }
	s.late = func(e quorate.Envelope) bool {
		if len(s.back) < 500 && s.rng.Float64() < s.hold {
			s.back = append(s.back, e)
			return s.rng.IntN(2) == 0 // or a copy only
		}
		return false
	}
	s.answer = s.reply
	for i := range 5 {
		s.clients = append(s.clients, &stormClient{id: quorate.Client(i + 1), versions: map[string]uint64{}})
	}
	t.Logf("n=%d quorums=%s horizon=%v log=%d/%d window=%d chunk=%d thrifty=%v", n, spec, horizon, cfg.LogLimit, cfg.LogBytes, cfg.Window, cfg.ChunkBytes, cfg.Thrifty)
	return s
}

func (s *storm) reply(_ quorate.ID, r quorate.Reply) {
	c := s.open[quorate.CommandID{Client: r.Client, Seq: r.Seq}]
	if c == nil {
		return
	}
	s.order++
	s.stats[r.Status.String()+" "+r.Reason.String()]++
	switch r.Status {
	case quorate.Done:
		if c.op.Op.IsWrite() {
			s.checkDone(r)
		}
		c.op.Status, c.op.OK, c.op.Version, c.op.Result = quorate.Done, r.OK, r.Version, r.Value
		c.versions[c.op.Key], c.seen = r.Version, max(c.seen, r.Index)
		s.end(c)
	case quorate.NotExecuted:
		c.refused++
		if c.refused == c.attempts && (r.Reason == quorate.ReasonClock || s.rng.IntN(2) == 0) {
			c.op.Status = quorate.NotExecuted
			s.stats["certain"]++
			if c.req.Command.Op != quorate.OpGet {
				s.certain[c.req.Command.ID()] = true
			}
			s.end(c)
		}
	}
}

func (s *storm) end(c *stormClient) {
	c.op.Return = s.order
	if c.op.Status == quorate.Unknown {
		c.op.Return = 0
	}
	s.history = append(s.history, c.op)
	delete(s.open, c.req.Command.ID())
	c.busy = false
}

func (s *storm) begin(c *stormClient) {
	c.seq++
	s.order++
	key := fmt.Sprint("k", s.rng.IntN(3))
	cmd := quorate.Command{Client: c.id, Seq: c.seq, Issued: s.world.now, Key: key}
	read := quorate.ReadLog
	switch s.rng.IntN(8) {
	case 0, 1:
		cmd.Op, read = quorate.OpGet, [...]quorate.ReadMode{quorate.ReadIndex, quorate.ReadHandoff, quorate.ReadTimeline, quorate.ReadFollower}[s.rng.IntN(4)]
	case 2:
		cmd.Op = quorate.OpGet
	case 3:
		cmd.Op, cmd.Version = quorate.OpPutIf, c.versions[key]
	case 4:
		cmd.Op = quorate.OpDelete
	case 5:
		cmd.Op, cmd.Version = quorate.OpDeleteIf, c.versions[key]
	default:
		cmd.Op = quorate.OpPut
	}
	if cmd.Op == quorate.OpPut || cmd.Op == quorate.OpPutIf {
		cmd.Value = fmt.Appendf(nil, "%d-%d", c.id, c.seq)
	}
	if c.req = (quorate.Request{Command: cmd, Read: read}); read == quorate.ReadTimeline {
		c.req.Seen = c.seen
	}
	c.req.Timeout = time.Duration(1+s.rng.IntN(200)) * time.Millisecond
	c.op = checker.Operation{Process: int(c.id), Client: c.id, Op: cmd.Op, Key: key, Value: cmd.Value, Condition: cmd.Version, Read: read, Call: s.order, Status: quorate.Unknown}
	c.busy, c.attempts, c.refused, c.life = true, 0, 0, 100+s.rng.IntN(500)
	s.open[cmd.ID()] = c
	s.attempt(c)
}

func (s *storm) attempt(c *stormClient) {
	h := s.hosts[s.rng.IntN(s.n)]
	c.asked = 0
	if h.node == nil {
		return
	}
	c.attempts++
	if err := h.node.Receive(s.world.now+h.ahead, quorate.Route(1), c.req); err != nil {
		s.t.Fatal(err)
	}
	s.tick(h)
}

func (s *storm) drive() {
	c := s.clients[s.rng.IntN(len(s.clients))]
	c.asked++
	c.life--
	switch {
	case !c.busy:
		s.begin(c)
	case c.life < 0: // gives up, and starts anew as another session
		s.order++
		s.end(c)
		c.id += 16
	case s.rng.IntN(100) < c.asked/10:
		s.attempt(c)
	}
}

func (s *storm) fault() {
	h := s.hosts[s.rng.IntN(s.n)]
	switch k := s.rng.IntN(24); {
	case k < 6:
		if h.node == nil {
			s.start(h)
		} else {
			if h.syncing != nil && s.rng.IntN(3) == 0 {
				s.store(h) // the batch was written, nobody heard of it
			}
			s.crash(h)
		}
	case k < 8:
		for _, h := range s.hosts { // everybody at once
			if h.node != nil {
				s.crash(h)
			}
			s.start(h)
		}
	case k < 9:
		h.ahead += time.Duration(s.rng.IntN(int(s.skew + 1)))
		h.ahead = min(h.ahead, s.skew)
	case k < 13:
		clear(s.cuts)
	case k < 15: // an island
		clear(s.cuts)
		for _, o := range s.hosts {
			if o != h {
				s.cuts[[2]quorate.ID{h.id, o.id}], s.cuts[[2]quorate.ID{o.id, h.id}] = true, true
			}
		}
	case k < 17:
		a, b := s.rng.IntN(s.n), s.rng.IntN(s.n)
		s.cuts[[2]quorate.ID{s.hosts[a].id, s.hosts[b].id}] = a != b
		if s.rng.IntN(2) == 0 {
			s.cuts[[2]quorate.ID{s.hosts[b].id, s.hosts[a].id}] = a != b
		}
	case k < 19: // two camps
		clear(s.cuts)
		camp := s.rng.Uint32()
		for i, a := range s.hosts {
			for j, b := range s.hosts {
				s.cuts[[2]quorate.ID{a.id, b.id}] = camp>>i&1 != camp>>j&1
			}
		}
	case k < 22: // what was held back comes after all
		s.rng.Shuffle(len(s.back), func(i, j int) { s.back[i], s.back[j] = s.back[j], s.back[i] })
		n := s.rng.IntN(len(s.back) + 1)
		s.flying = append(s.flying, s.back[:n]...)
		s.back = append([]quorate.Envelope(nil), s.back[n:]...)
	case k < 23 && s.rng.IntN(4) == 0:
		s.world.now += time.Duration(s.rng.IntN(500)) * time.Millisecond
	}
}

func (s *storm) calm() {
	clear(s.cuts)
	s.loss, s.dup, s.hold = 0, 0, 0
	for _, h := range s.hosts {
		if h.node == nil {
			s.start(h)
		}
	}
	s.flying = append(s.flying, s.back...)
	s.back = nil
	s.settle(8 * time.Second)
	for i, h := range s.hosts {
		for j, mode := range []quorate.ReadMode{quorate.ReadLog, quorate.ReadIndex} {
			get := quorate.Command{Client: 9999, Seq: uint64(2*i + j + 1), Op: quorate.OpGet, Key: "k0"}
			s.request(h, get, mode)
			s.settle(500 * time.Millisecond)
			if r := s.replies[get.ID()]; r.Status != quorate.Done {
				for _, h := range s.hosts {
					s.t.Logf("%v: %+v", h.id, h.replica.Report())
				}
				s.t.Errorf("after the faults ended: read %v at %v: %+v", mode, h.id, r)
			}
		}
	}
	for range 400 {
		if s.level() {
			break
		}
		s.settle(5 * time.Millisecond)
	}
	if !s.level() {
		for _, h := range s.hosts {
			s.t.Errorf("not level at %d: %v: %+v", len(s.values), h.id, h.replica.Report())
		}
	}
}

func (s *storm) run() {
	calm := false
	for i := range 25000 {
		s.step()
		if s.rng.IntN(4) == 0 {
			s.drive()
		}
		if i%2000 == 0 {
			calm = !calm && s.rng.IntN(2) == 0
		}
		if !calm && s.rng.IntN(250) == 0 {
			s.fault()
		}
	}
	s.calm()
	for _, c := range s.clients {
		if c.busy {
			s.end(c)
		}
	}
	s.checkEqual()
	s.checkOnce()
	for slot, commands := range s.values {
		for _, c := range commands {
			if s.certain[c.ID()] {
				s.t.Errorf("slot %v holds %v, which was refused as not executed", slot, c)
			}
		}
	}
	result, err := checker.Check(context.Background(), s.history, checker.Config{Workers: 1, TimeLimit: 20 * time.Second})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range result.Counterexamples {
		s.t.Errorf("not linearizable: %v", &v)
	}
	s.t.Logf("slots=%d ops=%d verdict=%v done=%d open=%d not=%d %v", len(s.chosen), len(s.history), result.Verdict, result.Done, result.Open, result.NotExecuted, s.stats)
}
