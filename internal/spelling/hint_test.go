package spelling

import "testing"

func TestHint(t *testing.T) {
	names := []string{"partition", "crash", "clock"}
	for name, want := range map[string]string{
		"clocks":  " (did you mean --clock?)",
		"crush":   " (did you mean --crash?)",
		"weather": "",
		"":        "",
	} {
		if got := Hint(name, names, "--"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
