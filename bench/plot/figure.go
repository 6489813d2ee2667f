package plot

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/quorate/quorate/bench"
)

// Figure is a drawing that can be written in several formats.
type Figure struct {
	Name    string // of its file, without the format
	Title   string
	Caption string // what it shows and how it came about, in sentences
	Table   Table  // its numbers
	drawing drawing
}

// Table is numbers as text.
type Table struct {
	Header []string
	Rows   [][]string
}

// Formats are those in which a Figure can be written.
func Formats() []string { return []string{"png", "svg"} }

// resolution is that of PNGs, in dots per inch: a printer's.
const resolution = 288

// Write writes the figure with its title on white, in one of the [Formats].
func (f *Figure) Write(w io.Writer, format string) error { return f.write(w, format, resolution) }

// WriteScreen writes it as a PNG for a screen: of 192 dots per inch.
func (f *Figure) WriteScreen(w io.Writer) error { return f.write(w, "png", 192) }

func (f *Figure) write(w io.Writer, format string, dpi int) error {
	l := newLayout(&f.drawing, f.Title)
	var out vg.CanvasWriterTo
	switch format {
	case "png":
		out = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, l.height), vgimg.UseDPI(dpi))}
	case "svg":
		out = vgsvg.New(width, l.height)
	default:
		return fmt.Errorf("draw %s: format %q: want one of %v", f.Name, format, Formats())
	}
	c := draw.New(out)
	c.SetColor(paper())
	c.Fill(c.Path())
	l.draw(c)
	var all bytes.Buffer
	if _, err := out.WriteTo(&all); err != nil {
		return fmt.Errorf("draw %s: %w", f.Name, err)
	}
	b := all.Bytes()
	if format == "svg" {
		b = []byte(families(string(b)))
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write the figure %s: %w", f.Name, err)
	}
	return nil
}

// Inline returns the figure without its title as an SVG element for a page, whose
// style sheet gives the colours of [Themes].
func (f *Figure) Inline() (string, error) {
	l := newLayout(&f.drawing, "")
	canvas := vgsvg.New(width, l.height)
	l.draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", fmt.Errorf("draw %s: %w", f.Name, err)
	}
	_, body, _ := strings.Cut(b.String(), "<svg")
	_, body, _ = strings.Cut(body, ">")
	var colours []string
	for _, s := range Themes() {
		colours = append(colours, ":"+s.Light(), ":var(--"+s.Name+")")
	}
	// Text cannot be mistaken for a colour: what a label says is escaped, but it
	// may contain a colon and a number sign, so only what is in tags is replaced.
	body = inTags(families(body), strings.NewReplacer(colours...))
	return fmt.Sprintf(`<svg viewBox="0 0 %.5g %.5g" aria-hidden="true" focusable="false">%s`, width.Points(), l.height.Points(), body), nil
}

// families names what to use where the fonts that were measured are not there.
func families(svg string) string {
	return inTags(svg, strings.NewReplacer("font-family:Liberation Sans;", "font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
}

// inTags replaces within the tags of a document, and leaves its text alone.
func inTags(document string, r *strings.Replacer) string {
	var b strings.Builder
	for document != "" {
		text, rest, _ := strings.Cut(document, "<")
		b.WriteString(text)
		if rest == "" {
			break
		}
		tag, after, _ := strings.Cut(rest, ">")
		b.WriteString("<" + r.Replace(tag) + ">")
		document = after
	}
	return b.String()
}

// Figures returns what there is to draw of a report, the most telling first.
func Figures(r *bench.Report) []*Figure {
	runs := newRuns(r)
	figures := []*Figure{load(runs)}
	figures = append(figures, sweeps(runs)...)
	figures = append(figures, compared(runs), regions(runs), overTime(runs), distribution(runs))
	var drawn []*Figure
	for _, f := range figures {
		if f != nil {
			drawn = append(drawn, f)
		}
	}
	return drawn
}
