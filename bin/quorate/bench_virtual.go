package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
)

// benchWide is the flags of runs over several regions.
type benchWide struct {
	wan    string
	leader int
	jitter time.Duration
}

func (w *benchWide) declare(f *flags) {
	w.leader = 1
	f.StringVar(&w.wan, "wan", "", "put each zone into a region of this wide-area `network`: "+strings.Join(nemesis.Regions(), ", "))
	f.IntVar(&w.leader, "leader-zone", w.leader, "`number` of the zone in which a protocol with a leader elects it")
	f.DurationVar(&w.jitter, "jitter", 0, "`time` by which a message takes longer at most (default none; in virtual time 1ms over a wide area, else 0.1ms)")
}

// check refuses flags that make no sense.
func (w *benchWide) check(f *flags, virtual bool, names []string) error {
	for _, name := range []string{"leader-zone", "jitter"} {
		if f.Changed(name) && w.wan == "" && !virtual {
			return usagef("bench: --%s without --wan or --virtual: a real network in one place is as it is", name)
		}
	}
	switch {
	case f.Changed("leader-zone") && !slices.ContainsFunc(names, func(name string) bool { return protocols.Elects(name) || !slices.Contains(protocols.Names(), name) }):
		return usagef("bench: --leader-zone for %s: none of them elects a leader", strings.Join(names, ", "))
	case w.leader < 1:
		return usagef("bench: --leader-zone %d: want 1 or more", w.leader)
	}
	return nil
}

// shape is the cluster: over a wide area a number alone is that of the regions.
func (w *benchWide) shape(s shape) shape {
	if w.wan != "" && s.zones == 1 && !s.zoned {
		return shape{zones: s.nodes, nodes: 1}
	}
	return s
}

// set makes a run one over the regions.
func (w *benchWide) set(cfg *bench.Config) {
	cfg.WAN, cfg.Lead, cfg.Jitter = w.wan, w.leader, w.jitter
}

// benchVirtual is the flags of runs in virtual time.
type benchVirtual struct {
	on   bool
	sync time.Duration
	loss float64
	kill string

	service string
}

// names lists the flags that make no sense without --virtual.
func (*benchVirtual) names() []string { return []string{"sync", "loss", "kill", "service"} }

func (v *benchVirtual) declare(f *flags) {
	f.BoolVar(&v.on, "virtual", false, "run in a simulated world, in virtual time: only the network takes time there, unless the next flags say more")
	f.DurationVar(&v.sync, "sync", 0, "`time` that a disk takes to make a batch durable")
	f.StringVar(&v.service, "service", "", "`times` that a member's processor takes for messages in and out, further copies, bytes and commands: in=25us,out=1us,copy=0us,byte=8ns,command=1us (default none)")
	f.Float64Var(&v.loss, "loss", 0, "`share` of messages between members that are lost")
	f.StringVar(&v.kill, "kill", "", "let a `member@time` die for good, so long after measuring began: 1.1@5s")
}

// world returns what the flags ask for.
func (v *benchVirtual) world(cluster *quorate.Cluster) (*bench.Virtual, error) {
	w := &bench.Virtual{Sync: v.sync, Loss: v.loss}
	if v.service != "" {
		var err error
		if w.Service, err = bench.ParseService(v.service); err != nil {
			return nil, fmt.Errorf("--service: %w", err)
		}
	}
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
