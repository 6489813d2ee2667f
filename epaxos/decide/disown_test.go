package decide_test

import (
	"testing"

	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
)

// The answers of a member that lost its disk count no more: neither to the fast
// quorum, nor to the slow one, nor as votes. When it answers anew it counts.
func TestDisown(t *testing.T) {
	q := decide.Quorums{Size: 5, F: 2, E: 1}
	begin := func() *decide.Proposal {
		return decide.NewProposal(q, 0, core.ID{Number: 1}, core.Value{Commands: put("k", 1)})
	}
	same, more := core.Deps(nil), core.Deps{0, 1}
	p := begin() // the fast quorum is four
	for member := range 3 {
		p.PreAccepted(member, same)
	}
	p.Disown(2)
	if step := p.PreAccepted(3, same); step == decide.DoCommit || p.Answered().Has(2) || p.Knows().Has(2) {
		t.Errorf("step %v with the answer of a lost disk", step)
	}
	if step := p.PreAccepted(2, same); step != decide.DoCommit {
		t.Errorf("step %v when it answers anew", step)
	}

	p = begin() // the slow quorum is three, with its dependencies
	p.PreAccepted(0, same)
	p.PreAccepted(1, more)
	p.Disown(1)
	if step := p.PreAccepted(2, same); step != decide.Nothing {
		t.Errorf("step %v with two answers that count", step)
	}
	if step := p.PreAccepted(3, same); step != decide.DoWait {
		t.Errorf("step %v with three answers that count", step)
	}

	p.GoSlow()
	p.Accepted(0)
	p.Accepted(1)
	p.Disown(1)
	if step := p.Accepted(2); step != decide.Nothing {
		t.Errorf("step %v with two votes that count", step)
	}
	if step := p.Accepted(1); step != decide.DoCommit {
		t.Errorf("step %v when it votes anew", step)
	}
}
