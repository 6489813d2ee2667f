package decide_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
)

func TestProposal(t *testing.T) {
	same, more, most := core.Deps{1}, core.Deps{1, 2}, core.Deps{1, 1, 7}
	type answer struct {
		member int
		deps   core.Deps
		want   decide.Step
	}
	const wait, slow, fast = decide.DoWait, decide.DoAccept, decide.DoCommit
	three, five := decide.Quorums{Size: 3, F: 1, E: 1}, decide.Quorums{Size: 5, F: 2, E: 2}
	careful, seven := decide.Quorums{Size: 5, F: 2, E: 1}, decide.Quorums{Size: 7, F: 3, E: 2}
	for _, tc := range []struct {
		name    string
		q       decide.Quorums
		answers []answer
	}{
		{"two of three", three, []answer{{0, same, 0}, {2, same, fast}, {1, more, 0}}},
		{"the owner last", three, []answer{{1, same, 0}, {2, same, 0}, {0, same, fast}}},
		{"one answer twice", three, []answer{{0, same, 0}, {0, same, 0}, {1, same, fast}, {1, same, 0}}},
		{"one of three knows more", three, []answer{{0, same, 0}, {1, more, slow}, {2, same, 0}}},
		{"equal among each other", five, []answer{{0, same, 0}, {1, more, 0}, {2, more, slow}}},
		{"three of five", five, []answer{{0, same, 0}, {1, same, 0}, {2, same, fast}}},
		{"four of five", careful, []answer{{0, same, 0}, {1, same, 0}, {2, same, wait}, {3, same, fast}}},
		{"one of five knows more", careful, []answer{{0, same, 0}, {1, same, 0}, {2, same, wait}, {3, more, slow}}},
		{"others suffice for the fast path", careful, []answer{{1, more, 0}, {2, same, 0}, {3, same, 0}, {4, same, 0}, {0, same, fast}}},
		{"five of seven", seven, []answer{{0, same, 0}, {1, same, 0}, {2, same, 0}, {3, same, wait}, {4, same, fast}}},
		{"zeros at the end mean nothing", three, []answer{{0, same, 0}, {2, core.Deps{1, 0, 0}, fast}}},
	} {
		p := decide.NewProposal(tc.q, 0, at(0, 1), core.Value{Commands: put("k", 1), Deps: same})
		for i, a := range tc.answers {
			if got := p.PreAccepted(a.member, a.deps); got != a.want {
				t.Errorf("%s: answer %d: step %d, want %d", tc.name, i, got, a.want)
			}
		}
	}

	p := decide.NewProposal(five, 0, at(0, 1), core.Value{Commands: put("k", 1), Deps: same})
	steps := []decide.Step{p.GoSlow(), p.PreAccepted(1, more), p.PreAccepted(2, most), p.PreAccepted(3, same), p.GoSlow(), p.Accepted(1),
		p.PreAccepted(0, same)}
	if got := fmt.Sprint(steps); got != "[0 0 0 0 0 0 2]" || !p.Value.Deps.Equal(core.Deps{1, 2, 7}) || p.Answered() != 0 {
		t.Errorf("steps %v to %v, answered by %v", got, p.Value, p.Answered())
	}
	steps = []decide.Step{p.GoSlow(), p.Accepted(4), p.Accepted(4), p.Accepted(0), p.PreAccepted(4, same), p.Accepted(3), p.Accepted(2), p.GoSlow()}
	if got := fmt.Sprint(steps); got != "[0 0 0 0 0 1 0 0]" || p.Answered() != quorate.SetOf(0, 3, 4) && p.Answered() != quorate.SetOf(0, 2, 3, 4) {
		t.Errorf("steps %v, answered by %v", got, p.Answered())
	}

	p = decide.NewProposal(careful, 0, at(0, 1), core.Value{Commands: put("k", 1), Deps: same})
	steps = []decide.Step{p.PreAccepted(0, same), p.PreAccepted(1, same), p.GoSlow(), p.PreAccepted(2, same), p.GoSlow()}
	if got := fmt.Sprint(steps); got != "[0 0 0 3 2]" || !p.Value.Deps.Equal(same) {
		t.Errorf("steps %v to %v: after a while the slow path is better than none", got, p.Value)
	}
}
