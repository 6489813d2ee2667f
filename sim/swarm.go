package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/workload"
)

// Swarm draws worlds from seeds: each seed gets its own subset and intensity of
// faults, its own timeouts, sizes and mix of commands. Worlds that differ find
// more than worlds that all have a little of everything (Groce et al., "Swarm
// Testing", ISSTA 2012). The zero values of its fields leave the choice to the
// seed, or stand for the defaults named at them.
type Swarm struct {
	Subject Subject
	Zones   int             // 1
	Nodes   int             // in each zone; 3, 5 or 7 in all
	Groups  []nemesis.Group // of faults that a seed may draw from; none: no faults
	Ops     int             // of all clients together, 160
	Time    time.Duration   // how long faults may strike, 1.5 to 3 s
	WAN     string          // of nemesis.Regions
	Quorum  string          // as quorate.ParseQuorums reads it
	ByValue bool
	Blind   bool // see Spec
}

// Spec draws the world of a seed.
func (s Swarm) Spec(seed uint64) (Spec, error) {
	rng := stream(seed, "swarm", 0)
	spec := Spec{
		Seed: seed, Protocol: s.Subject.Name, Bug: s.Subject.Bug, ByValue: s.ByValue, Blind: s.Blind,
		Zones: cmp.Or(s.Zones, 1), Nodes: cmp.Or(s.Nodes, pick(rng, s.Subject.sizes()...)),
		Safety: cmp.Or(s.Time, 1500*time.Millisecond+upTo(rng, 1500*time.Millisecond)),
	}
	if s.Nodes == 0 && s.Zones == 0 && len(s.Subject.Zones) > 0 {
		spec.Zones = pick(rng, s.Subject.Zones...)
	}
	if s.Nodes == 0 && spec.Zones > 1 {
		spec.Nodes = 1 + rng.IntN(3)
	}
	cluster, err := quorate.Grid(spec.Zones, spec.Nodes)
	if err != nil {
		return Spec{}, err
	}
	spec.Network, spec.Disk, spec.Step = drawNetwork(rng), drawDisk(rng), drawStep(rng)
	spec.Network.WAN = s.WAN
	spec.Knobs = drawKnobs(rng, cluster.Size())
	if err := spec.Knobs.patient(s.WAN, spec.Zones); err != nil {
		return Spec{}, err
	}
	spec.Clients = drawClients(rng, cmp.Or(s.Ops, 160), spec.Safety)
	drawHabits(stream(seed, "swarm", 1), &spec)
	if s.Subject.Leases {
		drawLeases(stream(seed, "swarm", 3), &spec)
	}
	if s.Subject.Spreads {
		drawReads(stream(seed, "swarm", 4), &spec)
	}
	if s.Subject.LogReads {
		spec.Clients.Mix.Index = 0
	}
	if s.Subject.Draw != nil {
		s.Subject.Draw(stream(seed, "swarm", 5), &spec)
	}
	if s.Quorum != "" {
		spec.Knobs.Quorum = s.Quorum
	}
	spec.MaxEvents = s.maxEvents()
	spec.Liveness = 5*time.Second + 40*spec.Knobs.ElectionTimeout + 4*spec.Knobs.Lease
	spare, zones := 0, []int(nil)
	if !s.Subject.Fragile {
		q, err := s.Subject.Quorums(cluster, spec.Knobs)
		if err != nil {
			return Spec{}, err
		}
		spare, zones = tolerated(q, cluster), drawDeadZones(stream(seed, "swarm", 7), q)
	}
	messages, err := messageNames(s.Subject, cluster, spec.Knobs)
	if err != nil {
		return Spec{}, err
	}
	lossy := rng.IntN(spare + 1)
	if spec.Dead = drawDead(rng, cluster.Size(), spare-lossy); len(zones) > 0 {
		spec.Dead, lossy = zones, 0
	}
	draw := nemesis.Draw{Groups: s.Groups, Cluster: cluster, Span: spec.Safety, Election: spec.Knobs.ElectionTimeout, Lossy: lossy, Messages: messages,
		Leases: spec.Knobs.Lease > 0, ClockError: spec.Knobs.ClockError,
		Return: s.Subject.Readmits && often(stream(seed, "swarm", 2), 0.9)}
	spec.Faults = draw.Schedule(stream(seed, "nemesis", 0))
	if s.Subject.Absences && slices.Contains(s.Groups, nemesis.GroupCrash) && len(spec.Dead) < spare {
		drawAbsence(stream(seed, "swarm", 6), &spec)
	}
	spec.Readmit = draw.Return && slices.ContainsFunc(spec.Faults, func(f nemesis.Fault) bool {
		return f.Kind == nemesis.LoseDisk || f.Kind == nemesis.RotDisk
	})
	return spec, nil
}

// maxEvents returns how much may happen where that is more than usual.
func (s Swarm) maxEvents() int {
	if s.Ops > 1000 || s.Time > time.Minute {
		return 2_000_000 * (1 + s.Ops/1000 + int(s.Time/time.Minute))
	}
	return 0
}

// messageNames returns the types that the members send each other, in order:
// faults may strike when one is sent. A constructor that panics has none; it will
// do so in the world, where that is a violation.
func messageNames(s Subject, c *quorate.Cluster, k Knobs) (names []string, err error) {
	defer func() {
		if recover() != nil {
			names, err = nil, nil
		}
	}()
	construct, err := s.New(c, k)
	if err != nil {
		return nil, err
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c})
	if err != nil {
		return nil, err
	}
	if _, err := construct(n, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})); err != nil {
		return nil, err
	}
	for _, t := range n.Messages() {
		names = append(names, t.Name())
	}
	slices.Sort(names)
	return names, nil
}

// sizes returns how many nodes a world in one zone may have, some more often than
// others.
func (s *Subject) sizes() []int {
	if len(s.Sizes) > 0 {
		return s.Sizes
	}
	return []int{3, 3, 5, 5, 5, 7}
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

func often(rng *rand.Rand, p float64) bool { return rng.Float64() < p }

func drawNetwork(rng *rand.Rand) Network {
	n := Network{
		Base: 100*time.Microsecond + upTo(rng, 3*time.Millisecond), Jitter: upTo(rng, 5*time.Millisecond),
		Client: 10*time.Microsecond + upTo(rng, 2*time.Millisecond),
	}
	tail, loss, dup, lost := rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64()
	if often(rng, 0.5) {
		n.Tail = 0.1 * tail
	}
	if often(rng, 0.5) {
		n.Loss = 0.15 * loss * loss
	}
	if often(rng, 0.5) {
		n.Duplicate = 0.2 * dup * dup
	}
	if often(rng, 0.5) {
		n.Lost = 0.1 * lost
	}
	return n
}

func drawDisk(rng *rand.Rand) Disk {
	d := Disk{Sync: 50*time.Microsecond + upTo(rng, 3*time.Millisecond), Jitter: upTo(rng, 3*time.Millisecond)}
	if often(rng, 0.25) {
		d.Stall = 0.02 * rng.Float64()
	}
	return d
}

func drawStep(rng *rand.Rand) Step {
	if often(rng, 0.5) {
		return Step{}
	}
	return Step{Cost: 10*time.Microsecond + upTo(rng, time.Millisecond), Batch: 1 + rng.IntN(16)}
}

func drawKnobs(rng *rand.Rand, n int) Knobs {
	k := Knobs{
		ElectionTimeout: 50*time.Millisecond + upTo(rng, 200*time.Millisecond),
		Retransmit:      20*time.Millisecond + upTo(rng, 100*time.Millisecond),
		CommitDelay:     time.Millisecond + upTo(rng, 10*time.Millisecond),
		Horizon:         3*time.Second + upTo(rng, 7*time.Second),
		Thrifty:         often(rng, 0.3),
	}
	k.Heartbeat = k.ElectionTimeout / time.Duration(3+rng.IntN(3))
	window, batch, chunk, limit, q2 := 1+rng.IntN(8), 1+rng.IntN(8), 200+rng.IntN(4000), 4+rng.IntN(60), rng.IntN(8)
	if often(rng, 0.5) {
		k.Window, k.Batch = window, batch
	}
	if often(rng, 0.5) {
		k.ChunkBytes = chunk
	}
	if often(rng, 0.5) {
		k.LogLimit = limit
	}
	if n > 2 && q2 < 2 { // flexible quorums, now and then
		k.Quorum = flexible(n, q2)
	}
	return k
}

// patient makes elections wait for the farthest zone of a wide-area network:
// who stands again before an answer can have come is never elected.
func (k *Knobs) patient(wan string, zones int) error {
	if wan == "" {
		return nil
	}
	latencies, err := nemesis.WAN(wan)
	if err != nil {
		return err
	}
	var far time.Duration
	for from := range zones {
		for to := range zones {
			far = max(far, latencies.Between(from, to))
		}
	}
	beats := k.ElectionTimeout / k.Heartbeat
	k.ElectionTimeout += 4 * far
	k.Heartbeat = k.ElectionTimeout / (beats + 1)
	return nil
}

// flexible names counts whose quorums meet but are no majorities.
func flexible(n, which int) string {
	q2 := n / 2
	if which == 1 {
		q2 = n/2 + 2
	}
	return fmt.Sprintf("count:%d,%d", n+1-q2, q2)
}

// The conversion of a product before it is added keeps processors that do both
// in one step from rounding once where others round twice.
func drawClients(rng *rand.Rand, ops int, span time.Duration) Clients {
	c := Clients{
		Count: 3 + rng.IntN(6), Ops: ops,
		Timeout: 150*time.Millisecond + upTo(rng, time.Second), Attempt: 30 * time.Millisecond,
		Mix: workload.Config{
			Keys: 1 + rng.IntN(3), Reads: 0.2 + float64(0.4*rng.Float64()), Conditional: 0.4 * rng.Float64(),
			Deletes: 0.2 * rng.Float64(), Index: pick(rng, 0, 0.5, 1), Local: pick(rng, 0, 0, 0.2),
		},
	}
	c.Mix.Local = min(c.Mix.Local, 1-c.Mix.Index)
	attempt := 50*time.Millisecond + upTo(rng, 250*time.Millisecond)
	if often(rng, 0.5) {
		c.Attempt = attempt
	}
	if often(rng, 0.5) {
		c.Pinned = c.Count / 2
	}
	// Spread over the time in which faults strike: the mean is half of this.
	c.Think = 2 * span * time.Duration(c.Count) / time.Duration(max(ops, 1)) * 3 / 4
	if often(rng, 0.5) { // at first they meet more often, and then only the faults go on
		c.Think /= 4
	}
	return c
}

// drawHabits lets some clients only read, some replicas give requests up before
// their clients do, and some forget outcomes so soon that keys are trimmed and
// late retries expire. Between continents all of it takes longer than that.
func drawHabits(rng *rand.Rand, spec *Spec) {
	readers, horizon, keep := 1+rng.IntN(max(spec.Clients.Count/2, 1)), 500*time.Millisecond+upTo(rng, time.Second), 200*time.Millisecond+upTo(rng, 400*time.Millisecond)
	if often(rng, 0.5) {
		spec.Clients.Readers = readers
	}
	if often(rng, 0.25) && spec.Network.WAN == "" {
		spec.Knobs.Horizon = horizon
	}
	if often(rng, 0.25) && spec.Network.WAN == "" {
		spec.Knobs.MaxTimeout = keep
	}
	if limit := 3 + rng.IntN(10); spec.Knobs.LogLimit == 0 && often(rng, 0.5) {
		spec.Knobs.LogLimit = limit // trims go wrong in moments, so there must be many
	}
}

// drawAbsence takes a member away for most of the time, now and then, and lets the
// others drop what they have executed very soon.
func drawAbsence(rng *rand.Rand, spec *Spec) {
	on, who, limit := often(rng, 0.25), rng.IntN(spec.Zones*spec.Nodes), 3+rng.IntN(10)
	from, rest := upTo(rng, spec.Safety/4), upTo(rng, spec.Safety/4)
	if !on {
		return
	}
	away := nemesis.Fault{Kind: nemesis.Crash, At: from.Round(100 * time.Microsecond), Nodes: []int{who}}
	away.For = (spec.Safety - from - rest).Round(100 * time.Microsecond)
	spec.Faults = append([]nemesis.Fault{away}, spec.Faults...)
	spec.Knobs.LogLimit = limit
}

// tolerated returns how many members, whichever they are, the others can do
// without.
func tolerated(q quorate.QuorumSystem, c *quorate.Cluster) int {
	k := 0
	for ; k < min(c.Size()-1, 3); k++ { // three are enough to be a nuisance
		if !survives(q, c.All(), 0, k+1) {
			break
		}
	}
	return k
}

// survives reports whether both phases have a quorum without any k more of the
// members from index from on.
func survives(q quorate.QuorumSystem, left quorate.Set, from, k int) bool {
	if k == 0 {
		return q.Phase1(left) && q.Phase2(left)
	}
	for i := from; i < q.Cluster.Size(); i++ {
		if !survives(q, left.Remove(i), i+1, k-1) {
			return false
		}
	}
	return true
}

func drawDead(rng *rand.Rand, n, most int) []int {
	order := rng.Perm(n)
	if most <= 0 || !often(rng, 0.3) {
		return nil
	}
	return order[:1+rng.IntN(most)]
}
