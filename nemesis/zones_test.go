package nemesis

import (
	"slices"
	"testing"

	"github.com/quorate/quorate"
)

// zoneOf returns the zone whose members these are, all of them and nobody else; 0
// if there is none.
func zoneOf(c *quorate.Cluster, nodes []int) quorate.Set {
	set := quorate.SetOf(nodes...)
	for _, z := range c.Zones() {
		if c.Zone(z) == set {
			return set
		}
	}
	return 0
}

// Where there are several zones, whole ones are lost and come back together or one
// by one, and whole ones are cut off, for good and come and go.
func TestWholeZonesAreStruck(t *testing.T) {
	d := everything(t)
	found := map[string]int{}
	for seed := range seeds {
		in := map[string]bool{}
		var down []int // members crashed at one time
		for i, f := range d.seeded(seed) {
			if f.Kind == Crash && f.After == nil {
				in["lost"] = in["lost"] || zoneOf(d.Cluster, f.Nodes) != 0
				if faults := d.seeded(seed); i > 0 && faults[i-1].At != f.At {
					down = nil
				}
				down = append(down, f.Nodes...)
				in["back one by one"] = in["back one by one"] || len(f.Nodes) == 1 && zoneOf(d.Cluster, down) != 0
			}
			if f.Kind == Partition && f.After == nil {
				in[f.Shape] = true
				in[f.Shape+" flapping"] = f.Flap > 0
			}
		}
		for name, there := range in {
			if there {
				found[name]++
			}
		}
	}
	for _, want := range []string{"lost", "back one by one", "zone", "zones", ShapeZoneMute, ShapeZoneDeaf, "zone flapping", ShapeZoneMute + " flapping"} {
		if n := found[want]; n < seeds/25 {
			t.Errorf("%s in %d of %d schedules", want, n, seeds)
		}
	}
}

// The worlds of clusters in one zone stay what they were, and nobody strikes thieves
// where none are.
func TestOneZoneIsNotStruckAsSuch(t *testing.T) {
	d := everything(t)
	d.Cluster = grid(t, 1, 5)
	for seed := range 200 {
		for _, f := range d.seeded(seed) {
			if slices.Contains([]string{"zone", "zones", ShapeZoneMute, ShapeZoneDeaf}, f.Shape) || f.After != nil && f.After.On == OnAnswered {
				t.Fatalf("seed %d: %v", seed, f)
			}
		}
	}
}

// Thieves, owners that give hints, acceptors that have voted, and zones whose member
// has answered are taken away in the moment that matters; several members are led to
// steal at once.
func TestThievesAreStruck(t *testing.T) {
	d := everything(t)
	d.Messages = []string{"HandOver", "P1a", "P1b", "P2a", "P2b", "P3"}
	found := count(d, func(f Fault) []string {
		if f.After == nil {
			if f.Kind == Pause && len(f.Nodes) > 2 && len(f.Nodes)%3 == 0 {
				return []string{"rush"}
			}
			return nil
		}
		names := []string{string(f.Kind) + " " + f.Shape + " " + f.After.On}
		if f.Kind == Crash && f.After.On == OnAnswered && zoneOf(d.Cluster, f.Nodes).Has(f.After.Node) {
			names = append(names, "zone of who answered")
		}
		if f.Kind == Delay && len(f.Nodes) == 9 {
			names = append(names, "duel")
		}
		return names
	})
	for _, want := range []string{
		"crash  send:P1a", "partition isolate send:P1a", "partition mute send:P1a", "partition deaf elected",
		"crash  send:HandOver", "partition isolate send:HandOver", "crash  send:P2b", "zone of who answered", "partition zone answered", "duel", "rush",
	} {
		if n := found[want]; n < seeds/50 {
			t.Errorf("%s in %d of %d schedules", want, n, seeds)
		}
	}
}
