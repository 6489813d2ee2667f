package plot

import (
	"strings"
	"testing"
)

// A chart has each name once in its legend, its bands behind all, and no more dots
// than one can see.
func TestChart(t *testing.T) {
	t.Parallel()
	many := Curve{Name: "dots", Dots: true}
	for i := range 10_000 {
		many.X, many.Y = append(many.X, 5+float64(i%3)*1e-6), append(many.Y, 7)
	}
	c := Chart{
		Name: "c", Title: "a chart", X: "seconds", To: 10,
		Panels: []Panel{
			{Y: "above", Curves: []Curve{many, {Name: "line", X: []float64{1, 2, 3}, Y: []float64{1, 2}}}},
			{Y: "below", Log: true, Curves: []Curve{{Name: "line", X: []float64{1, 9}, Y: []float64{1, 1000}}, {Name: "nothing"}}},
		},
		Bands: []Band{{From: 1, To: 2, Name: "fault", Colour: 2}, {From: 4, To: 4, Name: "fault", Colour: 2}, {From: 1.5, To: 30, Name: "<other>", Colour: 1}},
	}
	drawing, err := c.Figure().Inline()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{">dots<", ">line<", ">nothing<", ">fault<", ">&lt;other&gt;<", ">above<", ">below<", ">seconds<"} {
		if n := strings.Count(drawing, word); n != 1 {
			t.Errorf("%s is there %d times", word, n)
		}
	}
	if n := strings.Count(drawing, "--fig-shade"); n != 2*3+2 { // in two panels, and two names in the legend
		t.Errorf("%d bands", n)
	}
	if len(drawing) > 20_000 {
		t.Errorf("the drawing has %d bytes", len(drawing))
	}
	if first, shade := strings.Index(drawing, "--fig-grid"), strings.LastIndex(drawing[:strings.Index(drawing, "--fig-grid")], "--fig-shade"); shade < 0 || shade > first {
		t.Error("a band hides the grid")
	}
}
