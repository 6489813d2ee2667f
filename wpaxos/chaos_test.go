package wpaxos_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/script"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/steal"
)

var (
	seeds  = flag.Int("seeds", 6, "how many random schedules TestChaos tries")
	worlds = flag.Int("worlds", 8, "how many random worlds TestSimulated tries with each policy")
)

// members returns a cluster with so many nodes in each zone.
func members(t testing.TB, zones ...int) *quorate.Cluster {
	t.Helper()
	var ids []quorate.ID
	for z, nodes := range zones {
		for n := range nodes {
			ids = append(ids, id(z+1, n+1))
		}
	}
	c, err := quorate.NewCluster(ids...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newWorld returns nodes whose messages and disks wait for the test.
func newWorld(t testing.TB, c *quorate.Cluster, seed uint64, cfg wpaxos.Config, observe func(quorate.ID, quorate.Event)) *script.World {
	t.Helper()
	w, err := script.NewWorld(script.Config{
		Cluster: c, Seed: seed, Observe: observe,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return wpaxos.New(n, app, cfg) },
		App: func() *quorate.Once {
			return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: 20 * time.Second})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func zones(t testing.TB, c *quorate.Cluster, fz, fn int) quorate.QuorumSystem {
	t.Helper()
	q, err := quorate.ZoneQuorums(c, fz, fn)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestChaos delivers messages in any order, twice or never, lets disks be slow, and
// crashes nodes between a step and its sync.
func TestChaos(t *testing.T) {
	for seed := range few(*seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { chaos(t, uint64(seed)) })
	}
}

// jumble is one random schedule.
type jumble struct {
	*script.World
	t      *testing.T
	rng    *rand.Rand
	down   []quorate.ID
	issued map[quorate.Client]uint64
	loss   float64
}

func chaos(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	policies := []string{"immediate", "consecutive:2", "majority:3", "average:0.3,0.1", "null"}
	policy, err := steal.Parse(policies[seed%uint64(len(policies))])
	if err != nil {
		t.Fatal(err)
	}
	c := members(t, [][]int{{3, 3, 3}, {2, 2, 2}, {3, 2, 1}, {1, 1, 1, 1}, {3, 3}}[rng.IntN(5)]...)
	cfg := wpaxos.Config{Quorums: zones(t, c, rng.IntN(2), 0), Policy: policy, Window: 1 + rng.IntN(4), Batch: 1 + rng.IntN(3), Thrifty: rng.IntN(2) == 0,
		Residence: time.Duration(1 + rng.IntN(200*1e6)), Rest: time.Duration(1 + rng.IntN(300*1e6)), ChunkBytes: 20 + rng.IntN(500)}
	steals := 0
	j := &jumble{t: t, rng: rng, issued: map[quorate.Client]uint64{}, loss: 0.1 * rng.Float64(), World: newWorld(t, c, seed, cfg, func(_ quorate.ID, e quorate.Event) {
		if _, ok := e.(quorate.Elected); ok {
			steals++
		}
	})}
	for _, id := range c.IDs() {
		j.must(j.HoldSync(id, true))
	}
	for i := range 6000 {
		j.step(i)
		if err := j.Err(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	j.calm(c)
	if err := script.Linearizable(j.World); err != nil {
		t.Error(err)
	}
	t.Logf("%v %s %v: %d elected, %d calls", c, policy, cfg.Quorums, steals, len(j.Calls()))
}

func (j *jumble) must(err error) {
	j.t.Helper()
	if err != nil {
		j.t.Fatal(err)
	}
}

// step does one random thing.
func (j *jumble) step(i int) {
	ids := j.Cluster().IDs()
	node := ids[j.rng.IntN(len(ids))]
	flying := j.InFlight(script.Match{})
	switch k := j.rng.IntN(100); {
	case k < 60 && len(flying) > 0:
		m := flying[j.rng.IntN(len(flying))]
		match := script.Match{From: m.From, To: m.To, Pattern: m.Name}
		switch p := j.rng.Float64(); {
		case p < j.loss || len(flying) > 300:
			j.Drop(match, 1)
		case p < 2*j.loss:
			j.Duplicate(match)
		default:
			j.Deliver(match, 1)
		}
	case k < 85:
		_ = j.Sync(node) // often nothing waits
	case k < 97:
		j.must(j.Advance(time.Duration(j.rng.IntN(8000)) * time.Microsecond))
	case k < 99:
		j.ask(node)
	}
	if i%400 == 399 {
		j.fault(node)
	}
}

func (j *jumble) ask(node quorate.ID) {
	if j.Node(node) == nil {
		return
	}
	client := quorate.Client(1 + j.rng.IntN(6))
	if j.issued[client] == 0 || j.rng.IntN(4) > 0 {
		j.issued[client]++
	}
	c := quorate.Command{Client: client, Seq: j.issued[client], Op: quorate.OpPut, Key: fmt.Sprint("k", j.rng.IntN(3))}
	for _, call := range j.Calls() {
		if old := call.Request.Command; old.ID() == c.ID() {
			j.must(j.Request(node, quorate.Request{Command: old, Timeout: 10 * time.Second, Attempt: 2})) // a retry
			return
		}
	}
	c.Issued, c.Value = j.Now(), fmt.Append(nil, client, ":", c.Seq)
	if j.rng.IntN(3) == 0 {
		c.Op, c.Value = quorate.OpGet, nil
	}
	j.must(j.Request(node, quorate.Request{Command: c, Timeout: 10 * time.Second, Attempt: 1}))
}

// fault crashes a node, or starts those that are down.
func (j *jumble) fault(node quorate.ID) {
	if len(j.down) > 0 && j.rng.IntN(2) == 0 {
		for _, id := range j.down {
			j.must(j.Restart(id))
			j.must(j.HoldSync(id, true))
		}
		j.down = nil
		return
	}
	if !slices.Contains(j.down, node) {
		j.must(j.Crash(node))
		j.down = append(j.down, node)
	}
}

// calm ends all faults, and waits until all is answered and all have the same states.
func (j *jumble) calm(c *quorate.Cluster) {
	for _, id := range j.down {
		j.must(j.Restart(id))
	}
	for _, id := range c.IDs() {
		j.must(j.HoldSync(id, false))
	}
	j.Settle()
	j.Run(2500 * time.Millisecond) // who has tried to take a key during the faults gives up
	for k := range 3 {
		j.must(j.Request(c.IDs()[k%c.Size()], quorate.Request{Timeout: 10 * time.Second, Attempt: 1, Command: quorate.Command{
			Client: 99, Seq: uint64(k) + 1, Issued: j.Now(), Op: quorate.OpPut, Key: fmt.Sprint("k", k), Value: []byte("last")}}))
	}
	for range 60 {
		j.Run(200 * time.Millisecond)
		j.must(j.Err())
		if j.done() && j.level(c) {
			return
		}
	}
	j.t.Errorf("done %v, level %v", j.done(), j.level(c))
	for _, id := range c.IDs() {
		j.t.Logf("%v %s", id, wpaxos.Describe(j.Replica(id).(*wpaxos.Replica)))
	}
}

// done reports whether the last calls have ended.
func (j *jumble) done() bool {
	return !slices.ContainsFunc(j.Calls(), func(c script.Call) bool { return c.Request.Command.Client == 99 && c.Reply.Status != quorate.Done })
}

// level reports whether all have the same states.
func (j *jumble) level(c *quorate.Cluster) bool {
	first := j.App(c.ID(0))
	return !slices.ContainsFunc(c.IDs(), func(id quorate.ID) bool {
		app := j.App(id)
		return !slices.Equal(app.Keys(), first.Keys()) || slices.ContainsFunc(first.Keys(), func(key string) bool {
			return !slices.Equal(app.Snapshot(nil, key), first.Snapshot(nil, key))
		})
	})
}

// few returns n, or a part of it where each takes long.
func few(n int) int {
	if testing.Short() {
		return max(n/4, 1)
	}
	return n
}
