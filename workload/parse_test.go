package workload

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Spec{
		`{}`: {}, `{"operations": {}}`: {},
		`{"keys": 5, "distribution": "order", "values": 32, "reads": "local", "load": "all", "name": "x", "about": "y"}`: {
			Name: "x", About: "y", Keys: 5, Distribution: Distribution{Kind: Order}, Values: Values{Size: 32}, Reads: Reads{Local: 1}, Load: LoadAll,
		},
		`{"values": 0}`: {Values: Values{Empty: true}},
		`{"distribution": {"kind": "normal", "means": [1, 2.5], "sigma": 3, "speed": 0.5, "hot": 0.1, "hot_keys": 2}, "operations": {"get": 9, "putif": 1},
		  "values": {"kind": "list", "sizes": [{"bytes": 3, "weight": 1}, {"bytes": 4, "weight": 2}]}, "reads": {"log": 1, "index": 2}}`: {
			Distribution: Distribution{Kind: Normal, Means: []float64{1, 2.5}, Sigma: 3, Speed: 0.5, Hot: 0.1, HotKeys: 2}, Operations: Operations{Get: 9, PutIf: 1},
			Values: Values{Kind: List, Sizes: []Size{{3, 1}, {4, 2}}}, Reads: Reads{Log: 1, Index: 2},
		},
	} {
		got, run, err := Parse([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) || run != (Settings{}) {
			t.Errorf("%s: %+v, %+v, %v", text, got, run, err)
		}
	}
	for text, want := range map[string]string{
		``: "ends too early", `{`: "ends too early", `{"keys": [1`: "ends too early", `{"keys": }`: "invalid character '}'", `{1: 2}`: "workload: ", `[1]`: "want a JSON object", `{"keys": 1} 2`: "something follows", `{"keys": 1, "keys": 2}`: `"keys" comes twice`,
		`{"kyes": 1}`:      `workload: unknown setting "kyes" (did you mean keys?)`,
		`{"keys": "many"}`: "workload: keys: have a string, want a whole number",
		`{"keys": 1.5}`:    "keys: have a number 1.5, want a whole number",
		`{"distribution": {"kind": "zipfian", "s": ""}}`: "distribution.s: have a string, want a number",
		`{"distribution": {"knid": "zipfian"}}`:          `distribution: unknown setting "knid" (did you mean kind?)`,
		`{"distribution": {"means": 1}}`:                 "distribution.means: have a number, want a list of numbers",
		`{"distribution": {"plain": 1}}`:                 "want true or false",
		`{"distribution": 3}`:                            "distribution: have a number, want a word",
		`{"distribution": "zipfan"}`:                     "did you mean zipfian?",
		`{"operations": {"get": 0, "put": 0}}`:           "operations: all weights are 0",
		`{"operations": 3}`:                              "operations: want an object",
		`{"operations": {"rmw": 1}}`:                     `unknown setting "rmw"`,
		`{"values": "x"}`:                                "values: have a string, want a whole number",
		`{"values": {"sizes": [3]}}`:                     "values.sizes[0]: want a JSON object",
		`{"values": {"sizes": [{"byte": 3}]}}`:           `values.sizes[0]: unknown setting "byte" (did you mean bytes?)`,
		`{"values": {"sizes": 3}}`:                       "values.sizes",
		`{"reads": "lokal"}`:                             "reads: ",
		`{"reads": 1}`:                                   "reads: have a number, want a word",
		`{"keys": -1}`:                                   "-1 keys",
	} {
		if _, _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// The benchmark of the configuration that comes with Paxi.
const paxis = `{"T": 60, "N": 0, "K": 1000, "W": 0.5, "Throttle": 1000, "Concurrency": 1, "Distribution": "uniform", "LinearizabilityCheck": false,
	"Conflicts": 0, "Min": 0, "Mu": 500, "Sigma": 50, "Move": false, "Speed": 10, "Zipfian_s": 2, "Zipfian_v": 1, "Lambda": 0.01}`

func TestParsePaxi(t *testing.T) {
	half := Operations{Put: 0.5, Get: 0.5}
	usual := Settings{Duration: time.Minute, Clients: 1, Paxi: true}
	for text, want := range map[string]struct {
		spec Spec
		run  Settings
	}{
		paxis: {Spec{Keys: 1000, Distribution: Distribution{Kind: Uniform}, Operations: half}, Settings{Duration: time.Minute, Rate: 1000, Clients: 1, NoCheck: true, Paxi: true}},
		`{"benchmark": ` + paxis + `}`: {
			Spec{Keys: 1000, Distribution: Distribution{Kind: Uniform}, Operations: half}, Settings{Duration: time.Minute, Rate: 1000, Clients: 1, NoCheck: true, Paxi: true},
		},
		`{"address": {"1.1": "tcp://127.0.0.1:1735"}, "http_address": {"1.1": "http://127.0.0.1:8080"}, "benchmark": {"W": 1}}`: {
			Spec{Keys: 1000, Distribution: Distribution{Kind: Uniform}, Operations: Operations{Put: 1}}, usual,
		},
		`{"W": 0, "Distribution": "order"}`: {Spec{Keys: 1000, Distribution: Distribution{Kind: Order}, Operations: Operations{Get: 1}}, usual},
		`{"K": 10, "Distribution": "zipfan", "ZipfianS": 3, "ZipfianV": 2}`: {
			Spec{Keys: 10, Distribution: Distribution{Kind: Zipfian, S: 3, V: 2}, Operations: half}, usual,
		},
		`{"K": 10, "Distribution": "zipfian", "Zipfian_s": 3, "Zipfian_v": 2}`: {
			Spec{Keys: 10, Distribution: Distribution{Kind: Zipfian, S: 3, V: 2}, Operations: half}, usual,
		},
		`{"K": 10, "Distribution": "exponential", "Lambda": 0.5}`: {Spec{Keys: 10, Distribution: Distribution{Kind: Exponential, Lambda: 0.5}, Operations: half}, usual},
		`{"K": 10, "Distribution": "normal", "Mu": 5, "Sigma": 2, "Speed": 10}`: {
			Spec{Keys: 10, Distribution: Distribution{Kind: Normal, Mu: 5, Sigma: 2}, Operations: half}, usual,
		},
		`{"K": 10, "Distribution": "normal", "Mu": 5, "Sigma": 2, "Speed": 10, "Move": true}`: {
			Spec{Keys: 10, Distribution: Distribution{Kind: Normal, Mu: 5, Sigma: 2, Speed: 100}, Operations: half}, usual,
		},
		`{"K": 10, "Distribution": "conflict", "Conflicts": 2, "Concurrency": 4}`: {
			Spec{Keys: 11, Distribution: Distribution{Kind: Conflict, Conflicts: 0.02}, Operations: half}, Settings{Duration: time.Minute, Clients: 4, Paxi: true},
		},
		`{"K": 10, "Distribution": "conflict", "Concurrency": 40}`: {
			Spec{Keys: 41, Distribution: Distribution{Kind: Conflict, Conflicts: 1}, Operations: half}, Settings{Duration: time.Minute, Clients: 40, Paxi: true},
		},
		`{"T": 0, "N": 500}`: {Spec{Keys: 1000, Distribution: Distribution{Kind: Uniform}, Operations: half}, Settings{Operations: 500, Clients: 1, Paxi: true}},
		`{"T": 5, "N": 500}`: {Spec{Keys: 1000, Distribution: Distribution{Kind: Uniform}, Operations: half}, Settings{Duration: 5 * time.Second, Clients: 1, Paxi: true}},
	} {
		want.spec.Name = "paxi"
		spec, run, err := Parse([]byte(text))
		if err != nil || !reflect.DeepEqual(spec, want.spec) || run != want.run {
			t.Errorf("%s: %+v, %+v, %v", text, spec, run, err)
		}
		if err := spec.Check(Run{Clients: run.Clients}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		`{"address": {"1.1": "tcp://127.0.0.1:1735"}}`:       "without a benchmark",
		`{"http_address": {"1.1": "http://127.0.0.1:8080"}}`: "http_address",
		`{"benchmark": {"W": 1}, "K": 5}`:                    "benchmark.benchmark",
		`{"W": 50}`:                                          "benchmark.W: want a share from 0 to 1, have 50",
		`{"Distributon": "uniform"}`:                         `the nearest known one is "Distribution"`,
		`{"K": 100000000}`:                                   "keys: want 1 to",
		"{\n\"T\": 1,\n\"X\": 2}":                            "line 3",
		`{"Distribution": "zipfain"}`:                        "one of order, uniform",
	} {
		if _, _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// Paxi's defaults are a workload, too.
func TestDefaultsOfPaxi(t *testing.T) {
	if _, _, err := FromPaxi(quorate.DefaultBenchmark()); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(paxis))
	f.Add([]byte(`{"distribution": {"kind": "zipfian", "s": 2}, "values": {"kind": "list", "sizes": [{"bytes": 3, "weight": 1}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, _, err := Parse(data)
		if err != nil || s.Keys > 10_000 {
			return
		}
		p, err := s.Plan(Run{Clients: 2, Zones: 2})
		if err != nil {
			return
		}
		stream := p.Stream(1)
		for range 20 {
			op := stream.Next(time.Second, nil)
			stream.Ended(op.Kind, op.Key, true, 1)
		}
	})
}

// Files that the documentation shows are taken.
func TestDocumentedFiles(t *testing.T) {
	page, err := os.ReadFile("../docs/workloads.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```json\n")[1:]
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		if _, _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if len(blocks) != 2 {
		t.Errorf("%d files", len(blocks))
	}
}
