package page

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/workload"
)

// report is of two cells in rounds at two points, with regions, faults and a
// violation.
func report() *bench.Report {
	r := bench.NewReport()
	for round := 1; round <= 6; round++ {
		for _, clients := range []float64{1, 16} {
			for i, cell := range []string{"paxos", "epaxos"} {
				x := 1 + float64(round)/100
				run := bench.Result{
					Protocol: cell, Nodes: 3, Zones: 1, Transport: "chan", Clients: int(clients), Sessions: int(clients), Keys: 1000, WriteRatio: 0.5, ValueSize: 100, Read: "log",
					Operations: 100, Throughput: 1000 * clients * x * (1 + float64(i)/2), Linearizable: "ok", Check: &bench.Check{Done: 1234, Keys: 5},
					Latency: bench.Latency{Mean: 2 * x, P50: clients * x, P95: 5, P99: 10 * x}, LimitedBy: "clients",
					Distribution: []bench.Share{{Millis: 1, Share: 0}, {Millis: 2, Share: 0.5}, {Millis: 40, Share: 1}},
					Marks:        []bench.Mark{{Seconds: 2, Label: "1.1 dies"}},
				}
				for s := 1.0; s < 6; s++ {
					run.Series = append(run.Series, bench.Sample{Seconds: s, Throughput: 100 * s})
				}
				run.Cell, run.Round = cell, round
				run.Points = []bench.Point{{Name: "clients", Value: fmt.Sprint(clients), Number: &clients}}
				r.Runs = append(r.Runs, run)
			}
		}
	}
	return r
}

func written(t *testing.T, r *bench.Report, o Options) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Rule: the verdict counts histories as people do.
func TestVerdictOfGoodHistories(t *testing.T) {
	r := report()
	all := r.Runs
	for n, want := range map[int]string{1: "The history is linearizable.", 2: "Both histories are linearizable.", 3: "All 3 histories are linearizable."} {
		r.Runs = all[:n]
		if got := verdictOf(r); got.Text != want || got.Class != "good" {
			t.Errorf("%d histories: %+v", n, got)
		}
	}
}

func TestSummary(t *testing.T) {
	r := report()
	html := written(t, r, Options{Command: "quorate bench -p paxos,epaxos --repeat 6"})
	for _, want := range []string{
		"<title>Benchmark of paxos and epaxos</title>", "All 24 histories are linearizable.",
		"epaxos against paxos, at 2 points: more throughput at 2 of them, less at none.", "epaxos has 50 % more throughput than paxos at clients 1: 1,552 against 1,035 op/s",
		"more than the noise between rounds", "epaxos at clients 16", "quorate bench -p paxos,epaxos --repeat 6", "The clients had no more processors to use",
		"1,035 ± 2 %", "linearizable: 1,234 operations on 5 keys",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for i := range r.Runs {
		r.Runs[i].Points, r.Runs[i].Throughput = nil, 1000+float64(i*5%7)
	}
	if html := written(t, r, Options{}); !strings.Contains(html, "has the throughput of paxos, within half a percent") || !strings.Contains(html, "within the noise between rounds") {
		t.Error("what does not differ is said to")
	}
	r.Runs = r.Runs[:2]
	if html := written(t, r, Options{}); !strings.Contains(html, "So few rounds (1) cannot tell that from chance") {
		t.Error("one run each proves nothing")
	}
	r.Runs = r.Runs[:1]
	if html := written(t, r, Options{}); !strings.Contains(html, "paxos: 1,000 op/s") || strings.Contains(html, "against") {
		t.Error("one run has nothing to be compared with")
	}
}

func TestVerdict(t *testing.T) {
	r := report()
	r.Runs[1].Linearizable, r.Runs[1].Why, r.Runs[1].Check.Failures = "violation", "key7 went back", []string{"key key7: read v1 after v2"}
	html := written(t, r, Options{
		Counterexamples: map[int][]string{1: {"violation-epaxos-1.html", "../up.html", "javascript:alert(1)"}}, Histories: map[int][]string{0: {"history.edn"}},
	})
	for _, want := range []string{
		"Not linearizable: 1 of 24 histories, of epaxos at clients 1, round 1.", "not linearizable: key7 went back", "key key7: read v1 after v2",
		`href="./violation-epaxos-1.html"`, `href="./history.edn"`, `class="verdict bad"`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(html, "up.html") || strings.Contains(html, "javascript:") {
		t.Error("a link leads out of the directory")
	}
	r.Runs[1].Linearizable = "unknown"
	if html := written(t, r, Options{}); !strings.Contains(html, "23 of 24 histories are known to be linearizable") {
		t.Error("what is unknown is not good")
	}
}

// The page needs nothing from anywhere.
func TestSelfContained(t *testing.T) {
	html := written(t, report(), Options{})
	for _, bad := range []string{`https?:`, `//[a-z]`, `url\(`, `src=`, `@import`, `<script`, `<link`, `<iframe`, `xlink`} {
		if found := regexp.MustCompile(`(?i)` + bad).FindString(html); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
	if !strings.Contains(html, "default-src 'none'") || !strings.Contains(html, "prefers-color-scheme:dark") || !strings.Contains(html, "width=device-width") {
		t.Error("what keeps the page to itself, and readable, is gone")
	}
	if n := strings.Count(html, "<svg"); n != 3 || strings.Count(html, "<figcaption>") != n || strings.Count(html, "<details>") != n+1 {
		t.Errorf("%d figures, want 3 with captions and numbers", n)
	}
}

// Whatever a report says is text.
func TestHostileReport(t *testing.T) {
	const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}</style></svg>`
	r := report()
	for i := range r.Runs {
		run := &r.Runs[i]
		run.Protocol, run.Cell, run.Prefix, run.Why, run.Linearizable, run.Transport, run.WAN, run.Read, run.Go, run.Quorums, run.Policy = evil, evil, evil, evil, evil, evil, evil, evil, evil, evil, evil
		run.Check.Failures = []string{evil}
		run.Points[0].Name, run.Marks[0].Label = evil, evil
		run.Points[0].Value += evil
		run.Regions = []bench.Region{{Name: evil, Operations: 1, Latency: bench.Latency{Mean: 1, P99: 2}}}
	}
	html := written(t, r, Options{Title: evil, Command: evil, Histories: map[int][]string{0: {evil}}})
	for _, bad := range []string{"<script", "<img", "onerror=alert(1)>{{", "</style></svg>"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if n := strings.Count(html, "</style>"); n != 1 {
		t.Errorf("%d ends of the style sheet", n)
	}
}

func TestNoRuns(t *testing.T) {
	if html := written(t, bench.NewReport(), Options{Title: "nothing"}); !strings.Contains(html, "0 of 0 histories") {
		t.Error("a report without runs has a page")
	}
}

// What a reader must know to take figures for what they are is among the settings and
// limits: how clients called, what took time in a simulated world, whether the members
// were processes, and that a rate was not sustained.
func TestSettingsAndLimits(t *testing.T) {
	no := false
	for name, c := range map[string]struct {
		change func(run *bench.Result)
		want   []string
		not    string
	}{
		"closed loops": {func(*bench.Result) {}, []string{"16, each calls when its last call has returned"}, "sessions"},
		"sessions":     {func(run *bench.Result) { run.Sessions = 4 }, []string{"16 in 4 sessions"}, "sustained"},
		"open loop": {func(run *bench.Result) {
			run.Offered = &bench.Offered{Loop: "open", Arrivals: "poisson", Asked: 5000, Sustained: &no, Why: "900 calls were shed"}
		}, []string{"16, open loop: poisson arrivals, 5000 a second", "The rate was not sustained", "900 calls were shed"}, "last call"},
		"pipeline": {func(run *bench.Result) { run.Offered = &bench.Offered{Loop: "closed", Pipeline: 8} }, []string{"16, each with 8 calls under way"}, "sustained"},
		"processes": {func(run *bench.Result) {
			run.Remote, run.Where, run.Transport, run.Connections, run.Durable = true, "processes", "tcp", 64, true
		}, []string{"members that are processes of the machine, reached by tcp, 64 connections to each member", "on disk"}, "running cluster"},
		"service": {func(run *bench.Result) {
			run.Transport, run.World = "virtual", &bench.World{Sync: 2, Service: &bench.ServiceTimes{In: 25, Out: 1}}
		}, []string{"up to 2 ms for a sync", "25 µs for a message in, 1 out"}, "no processor does"},
		"no service": {func(run *bench.Result) { run.Transport, run.World = "virtual", &bench.World{} }, []string{"no processor does"}, "a message in"},
		"disk":       {func(run *bench.Result) { run.LimitedBy = "disk" }, []string{"throughput is the disk&#39;s"}, "sustained"},
		"workload": {func(run *bench.Result) {
			run.Workload = &workload.Spec{Name: "ycsb-a", Distribution: workload.Distribution{Kind: "zipfian"}}
		}, []string{"ycsb-a: ", "1000, zipfian"}, "50 % writes"},
	} {
		r := report()
		for i := range r.Runs {
			c.change(&r.Runs[i])
		}
		html := written(t, r, Options{})
		for _, want := range c.want {
			if !strings.Contains(html, want) {
				t.Errorf("%s: the page does not say %q", name, want)
			}
		}
		if strings.Contains(html, c.not) {
			t.Errorf("%s: the page says %q", name, c.not)
		}
	}
}

// A name cannot turn the text around it.
func TestTextIsNotTurned(t *testing.T) {
	r := report()
	for i := range r.Runs {
		r.Runs[i].Cell = "a\u202eb\u2066c\u061cd" + r.Runs[i].Cell
	}
	if html := written(t, r, Options{}); strings.ContainsAny(html, "\u202e\u2066\u061c") || !strings.Contains(html, "a\ufffdb\ufffdc\ufffdd") {
		t.Error("the page has characters that turn text")
	}
}

// What the machine did bare is on the page where it was measured.
func TestYardsticks(t *testing.T) {
	r := report()
	if strings.Contains(written(t, r, Options{}), "The machine itself") {
		t.Error("the machine itself, which nobody measured")
	}
	r.Yardsticks = []bench.Yardstick{{Name: "tcp<", Workers: 64, PerSecond: 89_000, P50: 0.6, P99: 4.7, Measured: 6}}
	text := written(t, r, Options{})
	for _, want := range []string{"The machine itself", "tcp&lt;", "89,000", "4.7"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}
