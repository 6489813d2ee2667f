package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/nemesis"
)

// benchVirtual is the flags of runs in virtual time.
type benchVirtual struct {
	on     bool
	wan    string
	leader int
	jitter time.Duration
	sync   time.Duration
	loss   float64
	kill   string
}

// names lists the flags that make no sense without --virtual.
func (*benchVirtual) names() []string {
	return []string{"wan", "leader-zone", "jitter", "sync", "loss", "kill"}
}

func (v *benchVirtual) declare(f *flags) {
	v.leader = 1
	f.BoolVar(&v.on, "virtual", false, "run in a simulated world, in virtual time: only the network takes time there")
	f.StringVar(&v.wan, "wan", "", "put each zone into a region of this wide-area `network`: "+strings.Join(nemesis.Regions(), ", "))
	f.IntVar(&v.leader, "leader-zone", v.leader, "`number` of the zone in which a protocol with a leader elects it")
	f.DurationVar(&v.jitter, "jitter", 0, "`time` by which a message takes longer at most (default 1ms over a wide area, else 0.1ms)")
	f.DurationVar(&v.sync, "sync", 0, "`time` that a disk takes to make a batch durable")
	f.Float64Var(&v.loss, "loss", 0, "`share` of messages between members that are lost")
	f.StringVar(&v.kill, "kill", "", "let a `member@time` die for good, so long after measuring began: 1.1@5s")
}

// shape is the cluster: over a wide area a number alone is that of the regions.
func (v *benchVirtual) shape(s shape) shape {
	if v.wan != "" && s.zones == 1 {
		return shape{zones: s.nodes, nodes: 1}
	}
	return s
}

// world returns what the flags ask for.
func (v *benchVirtual) world(cluster *quorate.Cluster) (*bench.Virtual, error) {
	w := &bench.Virtual{WAN: v.wan, Leader: v.leader - 1, Jitter: v.jitter, Sync: v.sync, Loss: v.loss}
	if v.kill == "" {
		return w, nil
	}
	name, at, found := strings.Cut(v.kill, "@")
	id, err := quorate.ParseID(name)
	if !found || err != nil || cluster.Index(id) < 0 {
		return nil, fmt.Errorf("--kill %s: want one of %v, and a time: %v@5s", v.kill, cluster.IDs(), cluster.ID(0))
	}
	if w.KillAt, err = time.ParseDuration(at); err != nil {
		return nil, fmt.Errorf("--kill %s: %w", v.kill, err)
	}
	w.Kill = []int{cluster.Index(id)}
	return w, nil
}
