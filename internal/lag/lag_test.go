package lag

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
)

func TestMeter(t *testing.T) {
	var m Meter
	for _, step := range []struct {
		at   time.Duration
		e    quorate.Event
		want time.Duration
		told bool
	}{
		{1, quorate.Executed{Log: "1.1", Slot: 1}, 0, false}, // by a snapshot, or after a restart
		{2, quorate.Chosen{Log: "1.1", Slot: 2}, 0, false},
		{3, quorate.Chosen{Log: "1.2", Slot: 2}, 0, false},
		{5, quorate.Executed{Log: "1.2", Slot: 2}, 2, true},
		{9, quorate.Executed{Log: "1.1", Slot: 2}, 7, true},
		{10, quorate.Executed{Log: "1.1", Slot: 2}, 0, false},
		{11, quorate.TimerFired{}, 0, false},
	} {
		if got, ok := m.Observe(step.at, step.e); got != step.want || ok != step.told {
			t.Errorf("%T at %d: %d, %v, want %d, %v", step.e, step.at, got, ok, step.want, step.told)
		}
	}
}

// What is committed and never executed does not pile up.
func TestMeterIsBounded(t *testing.T) {
	var m Meter
	for slot := range quorate.Slot(3*maxOpen + 1) {
		m.Observe(0, quorate.Chosen{Slot: slot})
	}
	if len(m.open) > maxOpen {
		t.Errorf("%d slots are remembered, want at most %d", len(m.open), maxOpen)
	}
}
