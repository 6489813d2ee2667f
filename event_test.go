package quorate_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
)

func TestEventsInWords(t *testing.T) {
	for said, want := range map[fmt.Stringer]string{
		quorate.PathNone: "none", quorate.PathFast: "fast", quorate.PathSlow: "slow", quorate.PathRecovered: "recovered", quorate.Path(9): "recovered",
		quorate.StagePromises: "promises", quorate.StageValidation: "validation", quorate.StageOthers: "others", quorate.StageVotes: "votes", quorate.Stage(9): "votes",
	} {
		if said.String() != want {
			t.Errorf("%T is %q, want %q", said, said, want)
		}
	}
}
