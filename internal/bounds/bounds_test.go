package bounds

import (
	"testing"
	"time"
)

func TestNegative(t *testing.T) {
	if err := Negative("batch", 0, "lease", time.Second); err != nil {
		t.Error(err)
	}
	for want, err := range map[string]error{
		"batch -1: want 0 for the default, or more":  Negative("window", 5, "batch", -1, "lease", -time.Second),
		"lease -1s: want 0 for the default, or more": Negative("batch", 1, "lease", -time.Second),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a number of another type passes unseen")
		}
	}()
	_ = Negative("share", 0.5)
}
