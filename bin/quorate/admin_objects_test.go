package main

import (
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// Members say different things of the same objects: the owner knows who asks for one,
// and of the others the one that has seen most steals counts.
func TestStolenObjectsAreMerged(t *testing.T) {
	a, b := quorate.ID(1<<16+1), quorate.ID(2<<16+1)
	answers := []admin.Status{
		{ID: a, Objects: &admin.Objects{Known: 3, Owned: 1, Changes: map[string]uint64{"silent": 4}, Hinted: 5, Stolen: []admin.Stolen{
			{Key: "k", Owner: a, Steals: 2, Requests: map[int]uint64{1: 1, 2: 3}}, {Key: "l", Owner: b, Steals: 7, Excess: 6}}}},
		{ID: b, Objects: &admin.Objects{Known: 2, Stolen: []admin.Stolen{{Key: "k", Owner: b, Steals: 1}, {Key: "l", Owner: a, Steals: 4}}}},
		{},
	}
	answers[1].Objects.Stolen[0].Owner = a // it looks on
	var out strings.Builder
	if err := writeObjects(&out, make([]operated, 3), answers, make([]error, 3)); err != nil {
		t.Fatal(err)
	}
	want := `
member  objects  owned  awake  new  asked  hinted  silent  own  hints given  given up
1.1     3        1      0      0    0      0       4       0    5            0
2.1     2        0      0      0    0      0       0       0    0            0

stolen most  owner  steals  asked for by zone
"l"          1.1    4       -
"k"          1.1    2       1: 25%, 2: 75%
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	if err := writeObjects(&out, make([]operated, 1), answers[2:], make([]error, 1)); err != nil || out.Len() > 0 {
		t.Errorf("%q, %v", out.String(), err)
	}
}
