package bench

import (
	"bytes"
	"testing"
	"time"

	"github.com/quorate/quorate/checker"
)

// What a run keeps can be read back, and is as good as what was checked.
func TestHistoryReadsBack(t *testing.T) {
	for name, world := range map[string]*Virtual{"real": nil, "virtual": {}} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			cfg := Config{Protocol: "primary", Clients: 3, Keys: 4, Warmup: NoWarmup, Duration: 100 * time.Millisecond, Virtual: world}
			if cfg.Keep = func(h History) {
				if left, err := h.WriteEDN(&b, 0); left != 0 || err != nil {
					t.Errorf("%d left, %v", left, err)
				}
			}; world != nil {
				cfg.Protocol = "paxos"
			}
			report, err := Run(t.Context(), cfg, nil)
			if err != nil {
				t.Fatal(err)
			}
			history, err := checker.ReadEDN(&b)
			if err != nil {
				t.Fatal(err)
			}
			found, err := checker.Check(t.Context(), history, checker.Config{})
			if err != nil || found.Verdict != checker.OK || report.Runs[0].Linearizable != "ok" || found.Done < report.Runs[0].Check.Done {
				t.Errorf("%+v, %v; of the run %+v", found, err, report.Runs[0].Check)
			}
		})
	}
}
