package nemesis

import (
	"slices"
	"testing"

	"github.com/quorate/quorate"
)

// Where members propose on their own, few hear some of them, which are gone then:
// when they propose, or when they tell what they have decided.
func TestOwnersAreHeardByFew(t *testing.T) {
	d := everything(t)
	d.Cluster = grid(t, 1, 5)
	d.Messages = []string{"Commit", "PreAccept", "PreAcceptReply"}
	hears := map[int]int{}
	crashed, isolated, decided, twice := 0, 0, 0, 0
	for seed := range seeds {
		faults := d.seeded(seed)
		var gone quorate.Set
		for _, f := range faults {
			if f.Kind != Partition || f.Shape != ShapeMuffled || f.After == nil || f.After.On != OnSend("PreAccept") {
				continue
			}
			x, deaf := f.After.Node, 0
			for i, unheard := range f.Grudge {
				if unheard == quorate.SetOf(x) && i != x {
					deaf++
				}
			}
			hears[4-deaf]++
			ends := func(k Kind, on string) bool {
				return slices.ContainsFunc(faults, func(end Fault) bool {
					return end.Kind == k && end.At == f.At && end.For > f.For/2 && end.After != nil && end.After.Node == x && end.After.On == on &&
						(k == Crash || end.Shape == ShapeIsolate && end.Grudge[x].Len() == 4)
				})
			}
			crash, cut := ends(Crash, OnSend("PreAccept")), ends(Partition, OnSend("PreAccept"))
			crashAtEnd, cutAtEnd := ends(Crash, OnSend("Commit")), ends(Partition, OnSend("Commit"))
			switch {
			case crash:
				crashed++
			case cut:
				isolated++
			case crashAtEnd || cutAtEnd:
				decided++
			}
			gone = gone.Add(x)
		}
		if gone.Len() > 1 {
			twice++
		}
	}
	if crashed < seeds/4 || isolated < seeds/4 || decided < seeds/2 || twice < seeds/4 || hears[1] < seeds/4 || hears[2] < seeds/4 || len(hears) > 2 {
		t.Errorf("%d seeds: %d owners crashed, %d cut off, %d gone when they had decided; several in %d; heard by %v", seeds, crashed, isolated, decided, twice, hears)
	}
}
