package plot

import (
	"image/color"
	"math"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of a figure. It is as wide as a column of a paper, or a little wider:
// printed in one of 240 points its smallest letters have more than 6.
const (
	width      = vg.Length(310)
	panelSize  = vg.Length(104) // what is drawn in, without labels
	margin     = vg.Length(6)
	textSize   = font.Length(9)
	tickSize   = font.Length(8.5)
	titleSize  = font.Length(10)
	lineHeight = vg.Length(12.5)
	thickness  = vg.Length(1.3)
)

// Shades of what is not data. None is pure black, which SVG leaves out and no
// style sheet could change.
func ink() color.RGBA   { return color.RGBA{0x1a, 0x1a, 0x1c, 0xff} } // of text
func muted() color.RGBA { return color.RGBA{0x5c, 0x5f, 0x66, 0xff} } // of axes and marks
func grid() color.RGBA  { return color.RGBA{0xe1, 0xe3, 0xe6, 0xff} }
func shade() color.RGBA { return color.RGBA{0xee, 0xee, 0xe8, 0xff} } // of bands
func paper() color.RGBA { return color.RGBA{0xff, 0xff, 0xff, 0xff} }

// palette is that of Okabe and Ito, which most colour-blind people tell apart;
// its orange is darker, so that it shows on white, and its yellow left out.
func palette() []color.RGBA {
	return []color.RGBA{
		{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
		{0xc4, 0x84, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x6b, 0x6b, 0x70, 0xff},
	}
}

// Themes maps the colours of figures to names of variables, and gives each its
// value in a light and a dark page: an inline figure refers to them by var(--name).
func Themes() []Shade {
	shades := []Shade{
		{"fig-ink", ink(), "#ececf0"}, {"fig-muted", muted(), "#a9adb6"}, {"fig-grid", grid(), "#34373d"}, {"fig-paper", paper(), "#17181b"}, {"fig-shade", shade(), "#2a2a24"},
	}
	dark := []string{"#5aaeff", "#ff8f4a", "#35cfa3", "#eba6cd", "#f2bc3c", "#a8dcff", "#c3c4c9"}
	for i, c := range palette() {
		shades = append(shades, Shade{"fig-" + string(rune('a'+i)), c, dark[i]})
	}
	return shades
}

// Shade is a colour of figures by its variable's name.
type Shade struct {
	Name  string
	light color.RGBA
	Dark  string
}

// Light is the colour on white, for a style sheet.
func (s Shade) Light() string { return hex(s.light) }

func hex(c color.RGBA) string {
	const hexadecimal = "0123456789ABCDEF"
	b := []byte{'#'}
	for _, v := range []uint8{c.R, c.G, c.B} {
		b = append(b, hexadecimal[v>>4], hexadecimal[v&15])
	}
	return string(b)
}

// colour returns the i-th of the palette, which goes round.
func colour(i int) color.RGBA { p := palette(); return p[i%len(p)] }

// dashes returns the pattern of the i-th line: with its colour and its marker, one
// of three that tell it from others.
func dashes(i int) []vg.Length {
	patterns := [][]vg.Length{nil, {5, 2}, {1.5, 1.5}, {7, 2, 1.5, 2}, {3, 1.5, 3, 3}, {9, 2}, {1, 2.5}}
	return patterns[i%len(patterns)]
}

// marker draws the i-th shape around a point.
func marker(c *draw.Canvas, i int, at vg.Point, colour color.Color) {
	shape(c, i, at, colour, 2.6)
}

// shape draws the i-th shape of a radius.
func shape(c *draw.Canvas, i int, at vg.Point, colour color.Color, r float64) {
	ring := draw.LineStyle{Color: colour, Width: vg.Length(0.42 * r)}
	polygon := func(corners int, turn, r float64) []vg.Point {
		var ps []vg.Point
		for k := range corners {
			a := turn + 2*math.Pi*float64(k)/float64(corners)
			ps = append(ps, vg.Point{X: at.X + vg.Length(r*math.Cos(a)), Y: at.Y + vg.Length(r*math.Sin(a))})
		}
		return ps
	}
	outlined := func(ps []vg.Point) {
		c.FillPolygon(paper(), ps)
		c.StrokeLines(ring, append(ps, ps[0]))
	}
	switch i % 8 {
	case 0:
		corners := 20
		if r < 2 {
			corners = 10 // of which many are drawn
		}
		c.FillPolygon(colour, polygon(corners, 0, r))
	case 1:
		c.FillPolygon(colour, polygon(4, math.Pi/4, r*1.25))
	case 2:
		c.FillPolygon(colour, polygon(3, math.Pi/2, r*1.4))
	case 3:
		outlined(polygon(4, 0, r*1.3))
	case 4:
		outlined(polygon(20, 0, r))
	case 5:
		c.FillPolygon(colour, polygon(3, -math.Pi/2, r*1.4))
	case 6:
		outlined(polygon(4, math.Pi/4, r*1.25))
	default:
		for _, a := range []float64{math.Pi / 4, 3 * math.Pi / 4} {
			ps := polygon(2, a, r*1.2)
			c.StrokeLine2(ring, ps[0].X, ps[0].Y, ps[1].X, ps[1].Y)
		}
	}
}

// typography measures and draws text in one family of fonts.
type typography struct{ plain text.Plain }

func newTypography() typography {
	return typography{text.Plain{Fonts: font.NewCache(liberation.Collection())}}
}

func (t typography) style(size font.Length, c color.Color, x text.XAlignment) text.Style {
	return text.Style{Color: c, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}, XAlign: x, YAlign: text.YBottom, Handler: t.plain}
}

func (t typography) bold(size font.Length) text.Style {
	s := t.style(size, ink(), text.XLeft)
	s.Font.Weight = xfont.WeightBold
	return s
}

// fit cuts a text so that it is not wider than room.
func fit(s text.Style, txt string, room vg.Length) string {
	if s.Width(txt) <= room {
		return txt
	}
	runes := []rune(txt)
	for len(runes) > 0 && s.Width(string(runes)+"…") > room {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

// wrap breaks a text into lines that are not wider than room.
func wrap(s text.Style, txt string, room vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(txt) {
		if longer := strings.TrimSpace(line + " " + word); line == "" || s.Width(longer) <= room {
			line = longer
			continue
		}
		lines = append(lines, fit(s, line, room))
		line = word
	}
	return append(lines, fit(s, line, room))
}
