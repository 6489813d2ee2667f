package sim_test

import (
	"testing"

	"github.com/quorate/quorate/sim"
)

// Blind worlds are the same worlds, of which less is seen: a promise that leaves
// before it is on disk, or an election that is won twice, is nothing that a client
// would notice at once.
func TestBlindWorldsAreJudgedFromOutside(t *testing.T) {
	for _, bug := range []string{"promise-before-sync", "late-promise", "local-reads-any"} {
		w := readWorld(t, "testdata/bugs/paxos/"+bug+".json")
		w.World.Blind = true
		got := run(t, subject(t, "paxos", bug), w.World, sim.Options{})
		if seen := got.Violation != nil; seen != (w.Oracle == "linearizable") {
			t.Errorf("%s breaks %s; from outside: %v", bug, w.Oracle, got.Violation)
		}
	}
	spec, err := swarmOf(t, "paxos").Spec(3)
	if err != nil {
		t.Fatal(err)
	}
	sighted := run(t, subject(t, "paxos", ""), spec, sim.Options{})
	spec.Blind = true
	if blind := run(t, subject(t, "paxos", ""), spec, sim.Options{}); blind.Hash != sighted.Hash {
		t.Errorf("another world: %x, with the oracles %x", blind.Hash, sighted.Hash)
	}
}
