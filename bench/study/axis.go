package study

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/bench"
)

// MaxRuns bounds a study: more than that nobody waits for.
const MaxRuns = 1000

// Axis is a setting with the values that a study gives it.
type Axis struct {
	Name   string
	Values []string
}

// ParseAxis reads "clients=1,2,4", of which each value may be a range: "1..64x2"
// doubles from 1 up to 64, "0..1+0.25" adds.
func ParseAxis(text string) (Axis, error) {
	name, list, found := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !found || name == "" || strings.TrimSpace(list) == "" {
		return Axis{}, fmt.Errorf("%q: want a setting and its values: clients=1,2,4 or clients=1..64x2", text)
	}
	axis := Axis{Name: name}
	for _, item := range strings.Split(list, ",") {
		values, err := span(strings.TrimSpace(item))
		if err != nil {
			return Axis{}, fmt.Errorf("%q: %w", text, err)
		}
		for _, v := range values {
			if slices.Contains(axis.Values, v) {
				return Axis{}, fmt.Errorf("%q: %s is there twice", text, v)
			}
			axis.Values = append(axis.Values, v)
		}
		if len(axis.Values) > MaxRuns {
			return Axis{}, fmt.Errorf("%q: more than %d values", text, MaxRuns)
		}
	}
	return axis, nil
}

// span returns the values of a range, or what is none as it is.
func span(item string) ([]string, error) {
	if item == "" {
		return nil, fmt.Errorf("a value is missing")
	}
	from, rest, ranged := strings.Cut(item, "..")
	if !ranged {
		return []string{item}, nil
	}
	at := strings.IndexAny(rest, "x+")
	if at < 0 {
		return nil, fmt.Errorf("%s: want a factor or a step after a range: 1..64x2, 0..1+0.25", item)
	}
	numbers := make([]float64, 3)
	for i, s := range []string{from, rest[:at], rest[at+1:]} {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s: %q is no number", item, s)
		}
		numbers[i] = x
	}
	first, last, by := numbers[0], numbers[1], numbers[2]
	grows := by > 0
	next := func(i int) float64 { return first + float64(i)*by }
	if rest[at] == 'x' {
		grows = by > 1 && first > 0
		next = func(i int) float64 { return first * math.Pow(by, float64(i)) }
	}
	if !grows || last < first {
		return nil, fmt.Errorf("%s: a range goes up, by a factor above 1 from above 0, or by a step above 0", item)
	}
	var values []string
	for i := 0; next(i) <= last*(1+1e-9) && len(values) <= MaxRuns; i++ { // 0.1 three times is a little more than 0.3
		values = append(values, strconv.FormatFloat(next(i), 'g', 12, 64))
	}
	return values, nil
}

// Points returns the product of the axes, the last of which turns fastest: one
// empty list of points if there are none.
func Points(axes []Axis) ([][]bench.Point, error) {
	n := 1
	for i, axis := range axes {
		for _, other := range axes[:i] {
			if other.Name == axis.Name {
				return nil, fmt.Errorf("%s is swept twice", axis.Name)
			}
		}
		if n *= len(axis.Values); n > MaxRuns {
			return nil, fmt.Errorf("%s points: want at most %d runs", product(axes), MaxRuns)
		}
	}
	points := [][]bench.Point{nil}
	for _, axis := range axes {
		var longer [][]bench.Point
		for _, p := range points {
			for _, v := range axis.Values {
				longer = append(longer, append(slices.Clone(p), bench.Point{Name: axis.Name, Value: v, Number: number(v)}))
			}
		}
		points = longer
	}
	return points, nil
}

// product says how many points there are, and whence: "10 x 20 = 200".
func product(axes []Axis) string {
	var factors []string
	n := 1.0
	for _, axis := range axes {
		factors = append(factors, strconv.Itoa(len(axis.Values)))
		n *= float64(len(axis.Values))
	}
	return fmt.Sprintf("%s = %.0f", strings.Join(factors, " x "), n)
}

// number is what a value is as a number: of 3x3 nodes 9, nil if it is none.
func number(v string) *float64 {
	x, err := strconv.ParseFloat(v, 64)
	if a, b, ok := strings.Cut(v, "x"); ok && err != nil {
		zones, errZones := strconv.Atoi(a)
		nodes, errNodes := strconv.Atoi(b)
		if errZones == nil && errNodes == nil {
			x, err = float64(zones)*float64(nodes), nil
		}
	}
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// Where says where a run or a summary stands: "clients=4 conflicts=0.5", empty
// without points.
func Where(points []bench.Point) string {
	var words []string
	for _, p := range points {
		words = append(words, p.Name+"="+p.Value)
	}
	return plain(strings.Join(words, " "))
}

// Name names a cell at its points: "trex at clients=4".
func Name(cell string, points []bench.Point) string {
	if len(points) == 0 {
		return plain(cell)
	}
	return plain(cell) + " at " + Where(points)
}

// plain takes from a name out of a file what a terminal would take for a command.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}
