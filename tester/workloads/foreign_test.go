package workloads

import (
	"bytes"
	"io"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/models"
)

// Rule: the own check of a workload says of a history that was kept, in either form, what
// it said of the run.
func TestKeptHistoriesAreJudgedAlike(t *testing.T) {
	found := map[string]bool{}
	for _, kind := range Kinds() {
		for _, b := range []bug{sound, staleReads, ignored, lostWrites} {
			said, h := run(t, kind.Name, Config{Concurrency: 4, Keys: 1, OpsPerKey: 60, Read: quorate.ReadTimeline}, b, 1, 20)
			if b == sound && said != "" {
				t.Errorf("%s: %s", kind.Name, said)
			}
			found[kind.Name] = found[kind.Name] || said != "" && said[0] != '?'
			for form, write := range map[string]func(io.Writer, []history.Op) error{"EDN": history.WriteEDN, "JSON": history.WriteJSONL} {
				var text bytes.Buffer
				if err := write(&text, h); err != nil {
					t.Fatal(err)
				}
				read, err := history.Config{}.Read(&text)
				if err != nil {
					t.Fatalf("%s: %v", kind.Name, err)
				}
				w, err := New(kind.Name, Config{})
				if err != nil {
					t.Fatal(err)
				}
				if again := told(w.Check(t.Context(), read.Ops)); again != said {
					t.Errorf("%s, %s, %s: the run said %q, the history %q", kind.Name, b, form, said, again)
				}
			}
		}
	}
	for _, kind := range Kinds() {
		if !found[kind.Name] {
			t.Errorf("%s: no planted bug was found, so nothing is compared", kind.Name)
		}
	}
}

// Rule: whoever checks the kept history of a test by the models for anybody's histories,
// as quorate check does, finds what the test found: of a sound store nothing, and of one
// with old reads that they are old.
func TestKeptHistoriesFitModels(t *testing.T) {
	for name, model := range map[string]string{
		"register": "cas-register", "cas-register": "cas-register", "kv": "kv", "append": "append", "set": "set", "counter": "counter",
	} {
		for _, b := range []bug{sound, staleReads} {
			want := map[bug]checker.Verdict{sound: checker.OK, staleReads: checker.Violation}[b]
			_, h := run(t, name, Config{Concurrency: 4, Keys: 1, OpsPerKey: 60, Read: quorate.ReadLog}, b, 1, 20)
			var text bytes.Buffer
			if err := history.WriteEDN(&text, h); err != nil {
				t.Fatal(err)
			}
			read, err := history.Config{}.Read(&text)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			r, err := models.Check(t.Context(), read, models.Config{})
			if err != nil || r.Verdict != want || r.Model != model || (name == "kv") != r.Versions {
				t.Errorf("%s, %s: %+v, %v", name, b, r, err)
			}
		}
	}
}
