package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

type idler struct{}

func (idler) Report() quorate.Report { return quorate.Report{Role: "idler"} }

func buildIdlers(o *Options) (Config, error) {
	cluster, err := o.Cluster()
	return Config{Cluster: cluster, New: func(*quorate.Node, *quorate.Once) (quorate.Replica, error) { return idler{}, nil }}, err
}

func writeScript(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const idlers = `# A comment stays.

# So does this one.
cluster n=2x1
----
ok

show events
# and one between commands
report
----
1.1 Report{Role:idler Committed:0 Executed:0}
2.1 Report{Role:idler Committed:0 Executed:0}
`

func TestRunFileAcceptsItsOwnOutput(t *testing.T) {
	if err := runFile(writeScript(t, idlers), buildIdlers, false); err != nil {
		t.Error(err)
	}
}

func TestRunFileShowsADifference(t *testing.T) {
	path := writeScript(t, strings.Replace(idlers, "2.1 Report{Role:idler", "2.1 Report{Role:worker", 1))
	err := runFile(path, buildIdlers, false)
	if err == nil {
		t.Fatal("a wrong output was accepted")
	}
	for _, want := range []string{
		path + ":12:", `"report"`,
		"    1.1 Report{Role:idler Committed:0 Executed:0}\n",
		"  - 2.1 Report{Role:worker Committed:0 Executed:0}\n",
		"  + 2.1 Report{Role:idler Committed:0 Executed:0}\n",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not contain %q:\n%v", want, err)
		}
	}
}

func TestRunFileRewrites(t *testing.T) {
	for name, text := range map[string]string{
		"wrong output":       strings.Replace(idlers, "ok\n", "not ok\nat all\n", 1),
		"missing output":     strings.ReplaceAll(idlers, "ok\n", ""),
		"missing separators": strings.ReplaceAll(strings.ReplaceAll(idlers, "ok\n", ""), "----\n", ""),
		"spaces at line end": strings.ReplaceAll(idlers, "\n", " \n"),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "missing separators" { // then the output cannot be told from commands
				text = text[:strings.Index(text, "1.1 Report")]
			}
			path := writeScript(t, text)
			if err := runFile(path, buildIdlers, false); err == nil {
				t.Error("accepted as it was")
			}
			if err := runFile(path, buildIdlers, true); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != idlers {
				t.Errorf("rewritten to %q, %v; want %q", got, err, idlers)
			}
		})
	}
}

func TestRunFileRewritesNothingAfterAnError(t *testing.T) {
	text := strings.Replace(idlers, "report\n", "crash 9.9\n", 1)
	path := writeScript(t, text)
	if err := runFile(path, buildIdlers, true); err == nil {
		t.Error("no error")
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Errorf("file is now %q", got)
	}
}

func TestWildcard(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"P2*", "P2a{Slot:0}", true},
		{"P2*", "P1a{P2}", false},
		{"*", "", true},
		{"P2a*Slot:0*", "P2a{Ballot:1@1.1 Slot:0 Commands:[nop]}", true},
		{"P2a*Slot:0*", "P2a{Ballot:1@1.1 Slot:1 Commands:[nop]}", false},
		{"*a*a*", "a", false},
		{"*a*a*", "aa", true},
		{"*}", "P2a{}", true},
		{"*}", "P2a{}.", false},
		{"P2a", "P2a", false},
	}
	for _, test := range tests {
		if got := wildcard(test.pattern, test.text); got != test.want {
			t.Errorf("wildcard(%q, %q) = %v", test.pattern, test.text, got)
		}
	}
}
