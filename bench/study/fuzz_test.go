package study_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

// Whatever is in a file that says it is a report, it is refused, or compared and
// written without a panic.
func FuzzReports(f *testing.F) {
	old, err := os.ReadFile("../testdata/schema-1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(old)
	f.Add([]byte(`{"schema":1,"runs":[{"cell":"a\u001b","round":1,"points":[{"name":"","value":""},{}],"throughput":-1.7e308,"ops":18446744073709551615},{"cell":"a","round":2,"throughput":1.7e308},{"round":1,"ops":1,"cpu":{"us_per_op":1.7e308},"servers":{"cpu_us_per_op":1.7e308},"gomaxprocs":-1}]}`))
	f.Add([]byte(`{"schema":1,"runs":[{"cell":"a","round":1,"throughput":5e-324},{"cell":"b","round":1,"throughput":1.7e308},null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := bench.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		d := study.NewDiff(r, r)
		d.Regressions(0.05)
		for _, write := range []func() error{
			func() error { return study.WriteTable(io.Discard, r) },
			func() error { return study.WriteCSV(io.Discard, r) },
			func() error { return study.WriteBenchstat(io.Discard, r) },
			func() error { return d.WriteText(io.Discard) },
		} {
			if err := write(); err != nil {
				t.Error(err)
			}
		}
	})
}
