package inject

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/nemesis"
)

// anyShape stands for a shape that is drawn anew each time.
const anyShape = ""

// partitionKinds are the nemeses that keep members from hearing each other.
func partitionKinds() []kind {
	about := map[string]string{
		"majority": "as few as possible less than half against the rest", "minority-third": "less than a third against the rest",
		"halves": "two halves, as even as possible", "uniform": "a group of any size against the rest", "isolate": "one member against the rest",
		"deaf": "one member hears nobody, and is heard", "mute": "nobody hears one member, which hears all",
		"company": "one member, with as many others as leave it without a majority, against the rest",
		"shunned": "one member against a minority; the rest hears both", "muffled": "one member is heard by few",
		"one-way": "a group of any size does not hear the rest, which hears it", "splinters": "groups, none of which is a majority",
		"bridge": "two halves, and one member that hears both and is heard by both", "ring": "a ring of majorities: each member hears another one",
		"zone": "one zone against the rest", "zones": "some zones against the rest", "zone-pair": "one zone against another; the rest hears both",
		"zone-deaf": "one zone hears none of the others", "zone-mute": "none of the others hears one zone",
	}
	needs := map[string]string{"shunned": "three members", "muffled": "three members", "bridge": "three members", "ring": "three members",
		"zone": "two zones", "zones": "two zones", "zone-pair": "three zones", "zone-deaf": "two zones", "zone-mute": "two zones"}
	list := []kind{
		{Kind{Name: "partition", About: "members do not hear each other: a shape drawn anew each time, or the leader's", All: true}, func() Nemesis { return partition{"partition", anyShape, false} }},
		{Kind{Name: "partition-flapping", About: "a partition of any shape that comes and goes"}, func() Nemesis { return flapping{} }},
	}
	for _, shape := range nemesis.Shapes() {
		name := form("partition", shape)
		list = append(list, kind{Kind{Name: name, About: about[shape], Needs: needs[shape]}, func() Nemesis { return partition{name, shape, false} }})
	}
	for _, shape := range aimed() {
		name, about := form("partition", leader), "the leader against the rest"
		switch shape {
		case nemesis.ShapeDeaf:
			name, about = name+"-deaf", "the leader hears nobody, and is heard"
		case nemesis.ShapeMute:
			name, about = name+"-mute", "nobody hears the leader, which hears all"
		case nemesis.ShapeCompany:
			name, about = name+"-company", "the leader, with as many others as leave it without a majority, against the rest"
		case nemesis.ShapeShunned:
			name, about = name+"-shunned", "the leader against a minority; the rest hears both"
		}
		list = append(list, kind{Kind{Name: name, About: about, Needs: needs[shape]}, func() Nemesis { return partition{name, shape, true} }})
	}
	return list
}

// aimed are the shapes that can be about a member that is not drawn.
func aimed() []string {
	return []string{nemesis.ShapeIsolate, nemesis.ShapeDeaf, nemesis.ShapeMute, nemesis.ShapeCompany, nemesis.ShapeShunned}
}

// partition keeps members from hearing each other.
type partition struct {
	name, shape string
	leader      bool // it is about the leader
}

func (p partition) Name() string { return p.name }

// Check wants a cluster that is large enough, and members that can be told.
func (p partition) Check(c Cluster) error {
	if err := large(c, p.shape); err != nil {
		return err
	}
	if p.leader {
		if err := operated(c); err != nil {
			return err
		}
	}
	return filtered(c)
}

// large wants a cluster that is large enough for a shape of partitions.
func large(c Cluster, shape string) error {
	if shape == anyShape {
		shape = nemesis.ShapeIsolate
	}
	if _, err := nemesis.Cut(shape, c.Members(), rand.New(rand.NewPCG(0, 0))); err != nil {
		return fmt.Errorf("%w; take a larger cluster", err)
	}
	return nil
}

func (p partition) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	what, grudge, err := p.draw(ctx, c, rng)
	if err != nil {
		return nil, nil, err
	}
	n := networkOf(c, p.name)
	return what, n.mend, n.cut(ctx, grudge)
}

// draw draws a partition of the shape, or of any.
func (p partition) draw(ctx context.Context, c Cluster, rng *rand.Rand) (history.Map, []quorate.Set, error) {
	shape, lead := p.shape, p.leader
	if shape == anyShape {
		shapes := nemesis.ShapesOf(c.Members())
		k := rng.IntN(len(shapes) + len(aimed())/2)
		if k < len(shapes) {
			shape = shapes[k]
		} else { // one of these hears nobody, or nobody hears it, or neither
			shape, lead = aimed()[k-len(shapes)], true
		}
	}
	var who string
	var grudge []quorate.Set
	var err error
	if lead {
		var i int
		if i, who, err = leading(ctx, c, rng); err == nil {
			f := nemesis.Fault{Kind: nemesis.Partition, Shape: shape, Nodes: []int{i}}
			grudge = f.Struck(c.Members().Size(), i, 0).Grudge
			who = c.Members().ID(i).String() + ", " + who
		}
	} else {
		grudge, err = nemesis.Cut(shape, c.Members(), rng)
	}
	if err != nil {
		return nil, nil, err
	}
	what := history.Map{{Key: history.Keyword("shape"), Value: shape}}
	if lead {
		what = append(what, history.Entry{Key: history.Keyword("about"), Value: who})
	}
	return append(what, history.Entry{Key: history.Keyword("grudge"), Value: unheard(c.Members(), grudge)}), grudge, nil
}

// unheard says of each member which others it does not hear, as Jepsen's grudges do.
func unheard(c *quorate.Cluster, grudge []quorate.Set) history.Map {
	m := history.Map{}
	for i, set := range grudge {
		if set == 0 {
			continue
		}
		list := []any{}
		for _, id := range c.Members(set) {
			list = append(list, id.String())
		}
		m = append(m, history.Entry{Key: c.ID(i).String(), Value: list})
	}
	return m
}

// flapping is a partition that comes and goes.
type flapping struct{}

func (flapping) Name() string { return "partition-flapping" }

func (flapping) partition() partition { return partition{"partition-flapping", anyShape, false} }

// Check wants what a partition wants.
func (f flapping) Check(c Cluster) error { return f.partition().Check(c) }

func (f flapping) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	what, grudge, err := f.partition().draw(ctx, c, rng)
	if err != nil {
		return nil, nil, err
	}
	half := time.Duration(50+rng.IntN(450)) * time.Millisecond
	what = append(what, history.Entry{Key: history.Keyword("period-ms"), Value: (2 * half).Milliseconds()})
	n := networkOf(c, f.Name())
	err = n.cut(ctx, grudge)
	flap, stop := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	all.Go(func() {
		for cut := false; sleep.For(flap, half); cut = !cut {
			if cut { // who does not answer is told later
				_ = n.cut(flap, grudge)
			} else {
				_ = n.mend(flap)
			}
		}
	})
	return what, func(ctx context.Context) error {
		stop()
		all.Wait()
		return n.mend(ctx)
	}, err
}
