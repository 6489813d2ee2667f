package workloads

import "testing"

func TestQueueCheck(t *testing.T) {
	enqueue := "0 invoke enqueue [k 1]; 0 ok enqueue [k 1]; 0 invoke enqueue [k 2]; 0 ok enqueue [k 2]\n"
	try(t, "queue", Config{}, []wanted{
		{"first in, first out", enqueue + "1 invoke dequeue [k nil]; 1 ok dequeue [k 1]; 1 invoke dequeue [k nil]; 1 ok dequeue [k 2]; 1 invoke read [k nil]; 1 ok read [k []]", ""},
		{"what is left", enqueue + "1 invoke dequeue [k nil]; 1 ok dequeue [k 1]; 1 invoke read [k nil]; 1 ok read [k [2]]", ""},
		{"last in, first out", enqueue + "1 invoke dequeue [k nil]; 1 ok dequeue [k 2]", "2 was added after 1"},
		{"last in, first out, both taken", enqueue + "1 invoke dequeue [k nil]; 1 ok dequeue [k 2]; 1 invoke dequeue [k nil]; 1 ok dequeue [k 1]", "2 was added after 1"},
		{"at the same time", enqueue + "1 invoke dequeue [k nil]; 2 invoke dequeue [k nil]; 1 ok dequeue [k 2]; 2 ok dequeue [k 1]", ""},
		{"added at the same time", "0 invoke enqueue [k 1]; 1 invoke enqueue [k 2]; 0 ok enqueue [k 1]; 1 ok enqueue [k 2]; 1 invoke dequeue [k nil]; 1 ok dequeue [k 2]", ""},
		{"twice", enqueue + "1 invoke dequeue [k nil]; 1 ok dequeue [k 1]; 1 invoke dequeue [k nil]; 1 ok dequeue [k 1]", "taken twice"},
		{"an unknown one that took it", enqueue + "1 invoke dequeue [k nil]; 1 info dequeue [k 1]; 2 invoke dequeue [k nil]; 2 ok dequeue [k 2]", ""},
		{"an unknown one that did not", enqueue + "1 invoke dequeue [k nil]; 1 info dequeue [k 1]; 2 invoke dequeue [k nil]; 2 ok dequeue [k 1]", ""},
		{"an unknown one that does not tell", enqueue + "1 invoke dequeue [k nil]; 2 invoke dequeue [k nil]; 2 ok dequeue [k 2]", ""},
		{"an unknown one that came too late", enqueue + "2 invoke dequeue [k nil]; 2 ok dequeue [k 2]; 1 invoke dequeue [k nil]; 1 info dequeue [k 1]", "2 was added after 1"},
		{"an unknown one that does not tell and came too late", enqueue + "2 invoke dequeue [k nil]; 2 ok dequeue [k 2]; 1 invoke dequeue [k nil]", "2 was added after 1"},
		{"there after an unknown one, and overtaken", enqueue + `1 invoke dequeue [k nil]; 1 info dequeue [k 1]; 2 invoke dequeue [k nil]; 2 ok dequeue [k 2]
			2 invoke read [k nil]; 2 ok read [k [1]]`, "2 was added after 1"},
		{"invented", "1 invoke dequeue [k nil]; 1 ok dequeue [k 1]", "never added"},
		{"of an enqueue that failed", "0 invoke enqueue [k 1]; 0 fail enqueue [k 1]; 1 invoke dequeue [k nil]; 1 ok dequeue [k 1]", "certainly was not executed"},
		{"too early", "1 invoke dequeue [k nil]; 1 ok dequeue [k 1]; 0 invoke enqueue [k 1]; 0 ok enqueue [k 1]", "called only later"},
		{"an enqueue that nobody saw", "0 invoke enqueue [k 1]; 0 info enqueue [k 1]; 1 invoke enqueue [k 2]; 1 ok enqueue [k 2]; 1 invoke dequeue [k nil]; 1 ok dequeue [k 2]", ""},
		{"lost", enqueue + "1 invoke dequeue [k nil]; 1 ok dequeue [k 1]; 1 invoke read [k nil]; 1 ok read [k []]", "2 is lost"},
		{"lost for a while", "0 invoke enqueue [k 1]; 0 ok enqueue [k 1]; 1 invoke dequeue [k nil]; 1 info dequeue [k 1]; 1 invoke read [k nil]; 1 ok read [k []]; 1 invoke read [k nil]; 1 ok read [k [1]]", "1 is lost"},
		{"there although it was taken", enqueue + "1 invoke dequeue [k nil]; 1 ok dequeue [k 1]; 1 invoke read [k nil]; 1 ok read [k [1 2]]", "had been taken by"},
		{"in the wrong order", enqueue + "1 invoke read [k nil]; 1 ok read [k [2 1]]", "shows 2 before 1"},
		{"without one that was before", "1 invoke read [k nil]\n" + enqueue + "1 ok read [k [2]]", "1 is lost"},
		{"there twice", enqueue + "1 invoke read [k nil]; 1 ok read [k [1 2 1]]", "shows 1 twice"},
		{"shown but never added", enqueue + "1 invoke read [k nil]; 1 ok read [k [3]]", "never added"},
		{"weak and old", enqueue + "1 invoke dequeue [k nil]; 1 ok dequeue [k 1]; 1 invoke read [k nil] mode=local; 1 ok read [k [1]]", ""},
		{"weak and invented", enqueue + "1 invoke read [k nil] mode=local; 1 ok read [k [3]]", "never added"},
		{"added twice", "0 invoke enqueue [k 1]; 0 ok enqueue [k 1]; 0 invoke enqueue [k 1]; 0 ok enqueue [k 1]", "?added twice"},
	})
}
