package main

import (
	"strings"
	"testing"
)

// Flags of when calls are made that contradict each other, or what there is.
func TestBenchArrivalsRefuse(t *testing.T) {
	for args, want := range map[string]string{
		"--rate 0":                     "--rate 0: want more than 0",
		"--rate NaN":                   "want more than 0",
		"--rate 1e9":                   "at most 10000000",
		"--rate 100 --think 1ms":       "think in an open loop",
		"--arrivals uniform":           "are for --rate",
		"--backlog 5":                  "are for --rate",
		"--backlog 0 --rate 5":         "--backlog 0",
		"--rate 5 --arrivals regular":  "uniform",
		"--pipeline 0":                 "--pipeline 0: want at least 1",
		"--pipeline 100000":            "want 1 to 4096",
		"--thinking exponential":       "without --think",
		"--think -1ms":                 "think for -1ms",
		"--cooldown -1s":               "cool-down of -1s",
		"--ramp 5":                     "want two numbers",
		"--ramp 5:6 --rate 5":          "the ramp says which rate",
		"--ramp 0:6":                   "0 to 6 arrivals",
		"--ramp clients=1:2 --rate 5":  "a ramp of clients with 5",
		"--ramp clients=0:0":           "want 0 to 16384, and some",
		"--ramp clients=1:99999":       "want 1 to 16384",
		"--ramp clients=1:2 --clients": "the ramp says how many",
		"--virtual --ramp clients=1:9": "in virtual time",
		"--virtual --pipeline 65":      "in virtual time",
	} {
		fields := strings.Fields("bench " + args)
		if strings.HasSuffix(args, "--clients") {
			fields = append(fields, "3")
		}
		if got := invoke(t, fields...); got.code != exitUsage || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: exit %d, %s, want %q", args, got.code, got.stderr, want)
		}
	}
}

// An open loop, from the command line to the words of its report.
func TestBenchOpenLoop(t *testing.T) {
	got := invoke(t, strings.Fields("bench -p primary --ramp 200:400 --arrivals uniform --clients 4 --warmup 100ms --duration 500ms --cooldown 100ms")...)
	if got.code != exitGood || !strings.Contains(got.stdout, "open loop, uniform arrivals") || !strings.Contains(got.stdout, "from 200 to 400") || !strings.Contains(got.stdout, "lateness") {
		t.Errorf("exit %d: %s%s", got.code, got.stdout, got.stderr)
	}
}
