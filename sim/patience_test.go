package sim

import (
	"testing"
	"time"
)

// Rule: a world is given up when the process has used as much of the processors as it
// may take on the clock; one that uses none is given up, too, only later.
func TestPatience(t *testing.T) {
	p := &patience{wait: time.Minute, used: time.Hour}
	if left := p.left(time.Hour + 20*time.Second); left != 40*time.Second {
		t.Errorf("%v left of a minute of which 20 s were used", left)
	}
	if left := p.left(time.Hour + time.Minute); left != 0 {
		t.Errorf("%v left of a minute that was used", left)
	}
	looks := 1
	for p.left(time.Hour+20*time.Second) > 0 {
		if looks++; looks > renewals {
			t.Fatal("a world that does nothing is waited for for ever")
		}
	}
	if looks != renewals {
		t.Errorf("given up after %d looks, want %d", looks, renewals)
	}
}
