package nemesis

import (
	"slices"
	"strings"
	"testing"
)

func TestParseGroups(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []Group
	}{
		{"all", Groups()},
		{"none", nil},
		{"crash", []Group{GroupCrash}},
		{"loss, partition,loss", []Group{GroupPartition, GroupLoss}},
	} {
		if got, err := ParseGroups(test.in); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("ParseGroups(%q) = %v, %v; want %v", test.in, got, err, test.want)
		}
	}
	for in, want := range map[string]string{
		"":                   `unknown fault group ""`,
		"partition,":         `unknown fault group ""`,
		"crahs":              `unknown fault group "crahs" (did you mean crash?): want one of all, none, partition, crash, pause, disk, clock, loss`,
		"crash,all":          "want one of",
		"earthquake,crash":   `unknown fault group "earthquake": want`,
		"partition;crash":    "want one of",
		"partition, clocks ": "did you mean clock?",
	} {
		_, err := ParseGroups(in)
		mustSay(t, in, err, want)
	}
}

// Every kind is in one group.
func TestKinds(t *testing.T) {
	seen := map[Kind]bool{}
	for _, k := range Kinds() {
		if seen[k] || !slices.Contains(k.Group().Kinds(), k) {
			t.Errorf("kind %s is in two groups, or not in its own: %s", k, k.Group())
		}
		seen[k] = true
	}
	if len(seen) != 14 || Kind("x").Group() != "" || Group("x").Kinds() != nil {
		t.Errorf("%d kinds: %s", len(seen), strings.Join(names(Kinds()), " "))
	}
}
