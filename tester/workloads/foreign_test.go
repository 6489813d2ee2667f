package workloads

import (
	"bytes"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/models"
)

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
