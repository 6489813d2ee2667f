package explore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/text"
	"github.com/quorate/quorate/sim"
)

// ErrForm is wrapped when two states with one canonical form behave
// differently. Then a replica is not deterministic, or keeps what matters where
// the form does not look, such as in a closure or in a time; what was explored
// means little.
var ErrForm = errors.New("states that look alike are not")

// Result is what an exploration found. While it runs, it is what was found so
// far.
type Result struct {
	World     string `json:"world"`     // as configured
	States    int    `json:"states"`    // different worlds
	Steps     int    `json:"steps"`     // taken from them
	Depth     int    `json:"depth"`     // steps to the farthest of them, by the shortest way
	Exhausted bool   `json:"exhausted"` // no world was left out

	Locals int `json:"locals"` // different states of single members
	Pasts  int `json:"pasts"`  // different pasts
	Inputs int `json:"inputs"` // taken by real nodes

	Elected int `json:"elected"` // different ballots that were won
	Learnt  int `json:"learnt"`  // different values that were learnt, in different slots

	Violation *sim.Violation `json:"violation,omitempty"` // nil if none was found
	Path      []string       `json:"path,omitempty"`      // the steps to it, from the beginning; some have several lines
}

// String sums the result up on one line, without the path.
func (r Result) String() string {
	end := "stopped at its bound"
	switch {
	case r.Violation != nil:
		end = fmt.Sprintf("violation after %d steps: %v", len(r.Path), r.Violation)
	case r.Exhausted:
		end = "exhausted without a violation"
	}
	return fmt.Sprintf("%s: %d states, %d steps, depth %d, %d leaders, %d values learnt: %s", r.World, r.States, r.Steps, r.Depth, r.Elected, r.Learnt, end)
}

func (x *explorer) summary() Result {
	r := x.result
	r.World, r.Pasts, r.Inputs = x.cfg.Name, len(x.pasts), x.inputs
	for _, l := range x.locals {
		r.Locals += len(l)
	}
	elected, learnt := map[quorate.Elected]bool{}, map[string]bool{}
	for _, did := range x.deeds {
		for _, e := range did {
			switch event := e.value.(type) {
			case quorate.Elected:
				elected[event] = true
			case quorate.Chosen:
				learnt[event.Log+"/"+event.Slot.String()+"/"+text.Of(event.Commands)] = true
			}
		}
	}
	r.Elected, r.Learnt = len(elected), len(learnt)
	return r
}

// Story renders the path with its steps numbered, a line for each thing that
// happened; empty without a violation.
func (r Result) Story() string {
	var b strings.Builder
	for i, step := range r.Path {
		fmt.Fprintf(&b, "%3d  %s\n", i+1, strings.ReplaceAll(step, "\n", "\n       "))
	}
	return b.String()
}
