package plot

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"

	"github.com/quorate/quorate/bench"
)

// Figure is a drawing that can be written in several formats.
type Figure struct {
	Name string // of its file, without the format
	plot *plot.Plot
	w, h vg.Length
}

// Formats are those in which a Figure can be written.
func Formats() []string { return []string{"png", "svg"} }

// Write writes the figure in one of the [Formats].
func (f *Figure) Write(w io.Writer, format string) error {
	out, err := f.plot.WriterTo(f.w, f.h, format)
	if err != nil {
		return fmt.Errorf("draw %s: %w", f.Name, err)
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("write the figure %s: %w", f.Name, err)
	}
	return nil
}

// Figures returns what there is to draw of a report: nothing where runs have no
// regions.
func Figures(r *bench.Report) []*Figure {
	var figures []*Figure
	for _, f := range []*Figure{regions(r), overTime(r)} {
		if f != nil {
			figures = append(figures, f)
		}
	}
	return figures
}

// blank returns a plot without data.
func blank(title, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.Y.Label.Text = title, y
	for _, f := range []*font.Font{&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font} {
		f.Variant = "Sans"
	}
	p.Title.TextStyle.Font.Size = font.Points(13)
	p.Title.Padding = vg.Points(8)
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(3)
	p.Legend.ThumbnailWidth = vg.Points(14)
	return p
}

// room returns the end of a logarithmic axis that leaves room for a legend of so
// many lines above the highest value.
func room(high float64, lines int) float64 { return high * math.Pow(1.5, float64(lines+1)) }

// colour returns the i-th of the palette, which goes round.
func colour(i int) color.Color {
	palette := []color.RGBA{
		{0x00, 0x72, 0xb2, 0xff}, {0xe6, 0x9f, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
		{0x56, 0xb4, 0xe9, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x44, 0x44, 0x44, 0xff},
	}
	return palette[i%len(palette)]
}

// decades marks a logarithmic axis at 1, 2 and 5 times each power of ten.
type decades struct{}

// Ticks implements [plot.Ticker].
func (decades) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for e := math.Floor(math.Log10(low)); e <= math.Log10(high); e++ {
		for i := 1.0; i < 10; i++ {
			v := i * math.Pow(10, e)
			if v < low*0.999 || v > high*1.001 {
				continue
			}
			t := plot.Tick{Value: v}
			if i == 1 || i == 2 || i == 5 {
				t.Label = strconv.FormatFloat(v, 'g', 4, 64)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}
