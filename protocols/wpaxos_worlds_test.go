package protocols_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// A world that draws nothing, such as that of a benchmark, has the defaults.
func TestNothingDrawn(t *testing.T) {
	s, err := protocols.Subject("wpaxos", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Objects.Residence(sim.Knobs{}); got != time.Second {
		t.Errorf("objects stay for %v", got)
	}
	if got := s.Objects.Rest(sim.Knobs{}); got < 80*time.Second {
		t.Errorf("they rest after %v", got)
	}
}
