package study

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"

	"github.com/quorate/quorate/bench"
)

// WriteBenchstat writes the runs as Go's benchmarks write theirs, a line each, for
// benchstat (golang.org/design/14313-benchmark-format). Interrupted runs are left out.
// Latencies and processor times are in ns, which benchstat scales as it likes.
func WriteBenchstat(w io.Writer, r *bench.Report) error {
	var b strings.Builder
	for i := range r.Runs {
		run := &r.Runs[i]
		if i == 0 {
			fmt.Fprintf(&b, "goos: %s\ngoarch: %s\npkg: github.com/quorate/quorate\n", word(run.OS), word(run.Arch))
			b.WriteString("Unit ops/s better=higher\nUnit p50-ns better=lower\nUnit p99-ns better=lower\nUnit cpu-ns/op better=lower\n")
		}
		if run.Interrupted {
			continue
		}
		cell := run.Cell
		if cell == "" {
			cell = r.Label(i)
		}
		fmt.Fprintf(&b, "BenchmarkQuorate/cell=%s", word(cell))
		for _, p := range run.Points {
			fmt.Fprintf(&b, "/%s=%s", word(p.Name), word(p.Value))
		}
		fmt.Fprintf(&b, "-%d %d %s ops/s", max(1, run.GOMAXPROCS), max(1, min(run.Operations, 1<<62)), decimal(run.Throughput))
		for _, v := range []struct {
			figure int
			unit   string
			ns     float64
		}{{1, "ns/op", 1e6}, {2, "p50-ns", 1e6}, {4, "p99-ns", 1e6}, {5, "cpu-ns/op", 1e3}} {
			if x, ok := Figures()[v.figure].Of(run); ok {
				fmt.Fprintf(&b, " %s %s", decimal(math.Round(x*v.ns*1e3)/1e3), v.unit)
			}
		}
		b.WriteByte('\n')
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the runs for benchstat: %w", err)
	}
	return nil
}

// word makes one word of a name: a benchmark's has no blanks, and slashes and equals
// signs have a meaning there.
func word(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '/' || r == '=' {
			return '_'
		}
		return r
	}, cmp.Or(name, "unknown"))
}
