package study_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/bench/study"
)

func TestParseAxis(t *testing.T) {
	for text, want := range map[string]string{
		"clients=1,2,4":                 "1 2 4",
		"clients=1..64x2":               "1 2 4 8 16 32 64",
		"clients=1..50x2":               "1 2 4 8 16 32",
		"conflicts=0..1+0.25":           "0 0.25 0.5 0.75 1",
		"conflicts=0.1..0.3+0.1":        "0.1 0.2 0.3", // three times 0.1 is a little more than 0.3
		"nodes=3,5,3x3":                 "3 5 3x3",
		"clients=1,8..32x2, 100":        "1 8 16 32 100",
		"policy=null,average:0.5,0.1":   "null average:0.5 0.1",
		"keys=7..7+1":                   "7",
		"rate=1000..3000+1000":          "1000 2000 3000",
		"value-size=16..1048576x256":    "16 4096 1048576",
		"write-ratio=0.000001..0.01x10": "1e-06 1e-05 0.0001 0.001 0.01",
	} {
		axis, err := study.ParseAxis(text)
		name, _, _ := strings.Cut(text, "=")
		if got := strings.Join(axis.Values, " "); err != nil || got != want || axis.Name != name {
			t.Errorf("%s: %s=%q, error %v, want %q", text, axis.Name, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"clients": "want a setting", "=1": "want a setting", "clients=": "want a setting", "clients=1,,2": "missing",
		"clients=1,2,1": "twice", "clients=1..4x2,4": "twice", "clients=1..4": "factor or a step", "clients=4..1+1": "goes up",
		"clients=0..4x2": "goes up", "clients=1..4x1": "goes up", "clients=1..4+0": "goes up", "clients=a..4+1": `"a" is no number`,
		"clients=1..NaN+1": "is no number", "clients=1..Inf+1": "is no number", "clients=0..1e9+1": "more than 1000 values",
		"clients=0..1+1e-300": "more than 1000 values", "keys=-1..-5x2": "goes up",
	} {
		if axis, err := study.ParseAxis(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, error %v, want %q", text, axis, err, want)
		}
	}
}

func TestPoints(t *testing.T) {
	axes := []study.Axis{{"clients", []string{"1", "2"}}, {"nodes", []string{"3", "3x3", "no"}}}
	points, err := study.Points(axes)
	var got []string
	for _, p := range points {
		got = append(got, study.Where(p))
	}
	want := []string{"clients=1 nodes=3", "clients=1 nodes=3x3", "clients=1 nodes=no", "clients=2 nodes=3", "clients=2 nodes=3x3", "clients=2 nodes=no"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, error %v, want %q", got, err, want)
	}
	if n := points[1][1].Number; n == nil || *n != 9 {
		t.Errorf("3x3 is the number %v", n)
	}
	if points[2][1].Number != nil {
		t.Error("no is a number")
	}
	if none, err := study.Points(nil); err != nil || len(none) != 1 {
		t.Errorf("without axes: %v, error %v", none, err)
	}
	many := study.Axis{Name: "a", Values: make([]string, 1000)}
	huge := []study.Axis{many, {"b", many.Values}, {"c", many.Values}, {"d", many.Values}, {"e", many.Values}, {"f", many.Values}, {"g", many.Values}}
	if _, err := study.Points(huge); err == nil || !strings.Contains(err.Error(), "= 1000000000000000000000 points") {
		t.Errorf("too many points: %v", err)
	}
}

// Names come from files, and go to terminals.
func TestNamesAreTame(t *testing.T) {
	if got := study.Name("a\x1b[31m\n", nil); got != "a?[31m?" {
		t.Errorf("%q", got)
	}
}
