package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/spelling"
)

func TestFlagSpellings(t *testing.T) {
	tests := []struct {
		args     string
		protocol []string
		ratio    float64
		nodes    int
		operands []string
	}{
		{"--protocols a,b --write-ratio 0.1 -n5", []string{"a", "b"}, 0.1, 5, nil},
		{"-protocols a,b -write-ratio=0.1 -n 5", []string{"a", "b"}, 0.1, 5, nil},
		{"-protocol a -write_ratio 0.1 -n=5", []string{"a"}, 0.1, 5, nil},
		{"--protocol=a --write_ratio=0.1 --nodes -5", []string{"a"}, 0.1, -5, nil},
		{"x -nodes 5 y", nil, 0, 5, []string{"x", "y"}},
		{"-n -5 -- -nodes 7", nil, 0, -5, []string{"-nodes", "7"}},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			f := newFlags("quorate test")
			protocol := f.StringSliceP("protocols", "p", nil, "")
			ratio := f.Float64("write-ratio", 0, "")
			nodes := f.IntP("nodes", "n", 0, "")
			if err := f.parse(strings.Fields(test.args)); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(*protocol, test.protocol) || *ratio != test.ratio || *nodes != test.nodes || !slices.Equal(f.Args(), test.operands) {
				t.Errorf("protocols %v, write-ratio %v, nodes %v, operands %q", *protocol, *ratio, *nodes, f.Args())
			}
		})
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"duration", "seed", "seeds", "clients"}
	for name, want := range map[string]string{
		"duraton": " (did you mean --duration?)",
		"sede":    " (did you mean --seed?)",
		"client":  " (did you mean --clients?)",
		"zebra":   "",
		"":        "",
	} {
		if got := spelling.Hint(name, known, "--"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
