package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/quorate/quorate/bench"
)

// column is one of a table of runs.
type column struct {
	name string
	of   func(*bench.Result) string
}

// columns are those of results.csv. Programs rely on their names; new ones come last.
func columns() []column {
	text := func(name string, of func(*bench.Result) string) column { return column{name, of} }
	num := func(name string, of func(*bench.Result) float64) column {
		return column{name, func(r *bench.Result) string { return decimal(of(r)) }}
	}
	latency := func(name string, of func(*bench.Latency) float64) column {
		return column{name, func(r *bench.Result) string {
			if r.Operations == 0 {
				return ""
			}
			return decimal(of(&r.Latency))
		}}
	}
	return []column{
		text("cell", func(r *bench.Result) string { return r.Cell }),
		text("points", func(r *bench.Result) string { return Where(r.Points) }),
		num("round", func(r *bench.Result) float64 { return float64(r.Round) }),
		text("protocol", func(r *bench.Result) string { return r.Protocol }),
		text("policy", func(r *bench.Result) string { return r.Policy }),
		text("quorums", func(r *bench.Result) string { return r.Quorums }),
		num("nodes", func(r *bench.Result) float64 { return float64(r.Nodes) }),
		num("zones", func(r *bench.Result) float64 { return float64(r.Zones) }),
		text("transport", func(r *bench.Result) string { return r.Transport }),
		text("wan", func(r *bench.Result) string { return r.WAN }),
		text("durable", func(r *bench.Result) string { return strconv.FormatBool(r.Durable) }),
		num("clients", func(r *bench.Result) float64 { return float64(r.Clients) }),
		num("keys", func(r *bench.Result) float64 { return float64(r.Keys) }),
		text("conflicts", func(r *bench.Result) string {
			if r.Conflicts == nil {
				return ""
			}
			return decimal(*r.Conflicts)
		}),
		num("write_ratio", func(r *bench.Result) float64 { return r.WriteRatio }),
		num("value_size", func(r *bench.Result) float64 { return float64(r.ValueSize) }),
		text("read", func(r *bench.Result) string { return r.Read }),
		text("seed", func(r *bench.Result) string { return strconv.FormatUint(r.Seed, 10) }),
		num("warmup_s", func(r *bench.Result) float64 { return r.Warmup }),
		num("duration_s", func(r *bench.Result) float64 { return r.Duration }),
		text("interrupted", func(r *bench.Result) string { return strconv.FormatBool(r.Interrupted) }),
		text("ops", func(r *bench.Result) string { return strconv.FormatUint(r.Operations, 10) }),
		num("throughput", func(r *bench.Result) float64 { return r.Throughput }),
		text("errors", func(r *bench.Result) string { return strconv.FormatUint(r.Errors, 10) }),
		text("unknown", func(r *bench.Result) string { return strconv.FormatUint(r.Unknown, 10) }),
		latency("mean_ms", func(l *bench.Latency) float64 { return l.Mean }),
		latency("p50_ms", func(l *bench.Latency) float64 { return l.P50 }),
		latency("p95_ms", func(l *bench.Latency) float64 { return l.P95 }),
		latency("p99_ms", func(l *bench.Latency) float64 { return l.P99 }),
		latency("p999_ms", func(l *bench.Latency) float64 { return l.P999 }),
		latency("max_ms", func(l *bench.Latency) float64 { return l.Max }),
		text("cpu_us_per_op", func(r *bench.Result) string {
			us, ok := cpu(r)
			if !ok {
				return ""
			}
			return decimal(us)
		}),
		text("limited_by", func(r *bench.Result) string { return r.LimitedBy }),
		text("linearizable", func(r *bench.Result) string { return r.Linearizable }),
	}
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// WriteCSV writes a line for each run, below one with the names of the columns. What
// was not measured is empty.
func WriteCSV(w io.Writer, r *bench.Report) error {
	out := csv.NewWriter(w)
	cols := columns()
	line := make([]string, len(cols))
	for i, c := range cols {
		line[i] = c.name
	}
	_ = out.Write(line) // Flush says what went wrong
	for i := range r.Runs {
		for j, c := range cols {
			line[j] = c.of(&r.Runs[i])
		}
		_ = out.Write(line)
	}
	if out.Flush(); out.Error() != nil {
		return fmt.Errorf("write the runs as CSV: %w", out.Error())
	}
	return nil
}
