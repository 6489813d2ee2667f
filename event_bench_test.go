package quorate

import "testing"

// BenchmarkObserve tells what an event costs where nobody watches: the event's own
// allocation, and none for those without fields, or with small numbers only.
func BenchmarkObserve(b *testing.B) {
	cluster, err := Grid(1, 1)
	if err != nil {
		b.Fatal(err)
	}
	n, err := NewNode(NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	if err != nil {
		b.Fatal(err)
	}
	var env Env = n
	commands := make([]Command, 64)
	for name, observe := range map[string]func(i int){
		"chosen":        func(i int) { env.Observe(Chosen{Slot: Slot(i), Commands: commands}) },
		"retransmitted": func(int) { env.Observe(Retransmitted{Slots: 1}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				observe(i)
			}
		})
	}
}

// Counting an answer allocates nothing.
func TestCountingAllocatesNothing(t *testing.T) {
	var a Answers
	if n := testing.AllocsPerRun(100, func() { a.count(Unknown, ReasonNoLongerLeader) }); n != 0 || a.Total(Unknown) != 101 {
		t.Errorf("%v allocations, %d counted", n, a.Total(Unknown))
	}
}
