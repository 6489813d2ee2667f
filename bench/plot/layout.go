package plot

import (
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawing is panels above each other that share their x axis.
type drawing struct {
	x      axis
	panels []panel
	legend []entry
	marks  []mark // through all panels
	bands  []band // behind all panels
}

// panel is a frame with its own y axis and what is drawn in it, in order.
type panel struct {
	y     axis
	parts []part
}

// part is something in a panel.
type part interface {
	draw(f *frame)
}

// entry is a line of the legend.
type entry struct {
	name   string
	sample func(f *frame, from, to vg.Point) // nil for a word without one
}

// mark is an event at a place of the x axis.
type mark struct {
	at    float64
	label string
}

// frame is where a panel is drawn.
type frame struct {
	draw.Canvas
	types typography
	x, y  axis
}

// point is where data lie.
func (f *frame) point(x, y float64) vg.Point {
	return vg.Point{X: f.Min.X + vg.Length(f.x.place(x))*f.Size().X, Y: f.Min.Y + vg.Length(f.y.place(y))*f.Size().Y}
}

// layout is where everything goes.
type layout struct {
	*drawing
	types       typography
	title       []string
	legendRows  [][]entry
	lanes       []int // of the marks, from below
	laneCount   int
	left, right vg.Length
	height      vg.Length
}

const (
	sampleWidth = vg.Length(20)
	entryGap    = vg.Length(12)
	headHeight  = vg.Length(18) // of a panel: what its y axis shows
	tickHeight  = vg.Length(13)
	panelGap    = vg.Length(8)
	laneHeight  = vg.Length(11)
	// loose is how much wider than measured a text may come out where a browser has
	// other fonts.
	loose = 1.15
)

func newLayout(d *drawing, title string) *layout {
	l := &layout{drawing: d, types: newTypography()}
	ticks := l.types.style(tickSize, muted(), text.XRight)
	for i := range d.panels {
		for _, t := range d.panels[i].y.marks() {
			l.left = max(l.left, ticks.Width(t.label))
		}
	}
	l.left += margin + 5
	l.right = margin
	if marks := d.x.marks(); len(marks) > 0 {
		last := marks[len(marks)-1]
		room := vg.Length(1-d.x.place(last.at)) * (width - l.left - l.right)
		l.right = max(l.right, min(ticks.Width(last.label)/2+2, width/6)-room)
	}
	if title != "" {
		l.title = wrap(l.types.bold(titleSize), title, width-2*margin)
	}
	l.arrangeLegend()
	l.arrangeMarks()
	l.height = 2*margin + vg.Length(len(l.title))*lineHeight + vg.Length(len(l.legendRows))*lineHeight + 2 +
		vg.Length(l.laneCount)*laneHeight + vg.Length(len(d.panels))*headHeight + vg.Length(len(d.panels))*l.panelSize() + vg.Length(len(d.panels)-1)*panelGap + tickHeight
	if d.x.label != "" {
		l.height += lineHeight
	}
	return l
}

// panelSize is the height of what is drawn in.
func (l *layout) panelSize() vg.Length {
	if len(l.panels) > 2 {
		return panelSize * 3 / 4
	}
	return panelSize
}

// arrangeLegend puts the legend into as many rows as it needs.
func (l *layout) arrangeLegend() {
	names := l.types.style(textSize, ink(), text.XLeft)
	used := vg.Length(0)
	for _, e := range l.legend {
		e.name = fit(names, e.name, (width-2*margin-sampleWidth-4)/loose)
		size := l.entryWidth(e)
		if len(l.legendRows) == 0 || used+size > width-2*margin {
			l.legendRows, used = append(l.legendRows, nil), 0
		}
		last := len(l.legendRows) - 1
		l.legendRows[last] = append(l.legendRows[last], e)
		used += size + entryGap
	}
}

func (l *layout) entryWidth(e entry) vg.Length {
	size := loose * l.types.style(textSize, ink(), text.XLeft).Width(e.name)
	if e.sample != nil {
		size += sampleWidth + 4
	}
	return size
}

// arrangeMarks gives each mark's label a lane in which it covers no other.
func (l *layout) arrangeMarks() {
	var ends []vg.Length
	for _, m := range l.marks {
		from, to := l.span(m)
		lane := 0
		for lane < len(ends) && ends[lane] > from {
			lane++
		}
		if lane == len(ends) {
			ends = append(ends, 0)
		}
		ends[lane] = to + 6
		l.lanes = append(l.lanes, lane)
	}
	l.laneCount = len(ends)
}

// span is from where to where the label of a mark goes: to the right of its line, or as
// far to the left as it must.
func (l *layout) span(m mark) (from, to vg.Length) {
	s := l.types.style(tickSize, ink(), text.XLeft)
	size := loose * s.Width(fit(s, m.label, (width-2*margin)/loose))
	from = l.left + vg.Length(l.x.place(m.at))*(width-l.left-l.right) + 2
	from = min(from, width-margin-size)
	return from, from + size
}

// draw draws everything.
func (l *layout) draw(c draw.Canvas) {
	at := l.height - margin
	for _, line := range l.title {
		at -= lineHeight
		c.FillText(l.types.bold(titleSize), vg.Point{X: margin, Y: at + 2}, line)
	}
	names := l.types.style(textSize, ink(), text.XLeft)
	for _, row := range l.legendRows {
		at -= lineHeight
		x := margin
		for _, e := range row {
			begin := x
			if e.sample != nil {
				e.sample(&frame{Canvas: c, types: l.types}, vg.Point{X: x, Y: at + lineHeight/2}, vg.Point{X: x + sampleWidth, Y: at + lineHeight/2})
				x += sampleWidth + 4
			}
			c.FillText(names, vg.Point{X: x, Y: at + 2}, e.name)
			x = begin + l.entryWidth(e) + entryGap
		}
	}
	at -= 2
	top := at // where marks begin
	for i := range l.panels {
		at -= headHeight
		c.FillText(names, vg.Point{X: margin, Y: at + 6}, fit(names, l.panels[i].y.label, width-2*margin))
		if i == 0 {
			top = at
			at -= vg.Length(l.laneCount) * laneHeight
		}
		f := &frame{types: l.types, x: l.x, y: l.panels[i].y, Canvas: draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: l.left, Y: at - l.panelSize()}, Max: vg.Point{X: width - l.right, Y: at},
		}}}
		l.drawPanel(f, &l.panels[i], i == len(l.panels)-1)
		at -= l.panelSize() + panelGap
	}
	bottom := at + panelGap
	l.drawMarks(c, top, bottom)
	if l.x.label != "" {
		s := l.types.style(textSize, ink(), text.XCenter)
		c.FillText(s, vg.Point{X: (l.left + width - l.right) / 2, Y: bottom - tickHeight - lineHeight + 2}, fit(s, l.x.label, width-2*margin))
	}
}

func (l *layout) drawPanel(f *frame, p *panel, last bool) {
	for i := range l.bands {
		l.bands[i].draw(f)
	}
	for i := range l.bands { // none is hidden by another one's shade
		l.bands[i].drawStrip(f)
	}
	thin, line := draw.LineStyle{Color: grid(), Width: 0.6}, draw.LineStyle{Color: muted(), Width: 0.8}
	labels := l.types.style(tickSize, muted(), text.XRight)
	for _, t := range p.y.marks() {
		y := f.point(f.x.low, t.at).Y
		f.StrokeLine2(thin, f.Min.X, y, f.Max.X, y)
		f.FillText(labels, vg.Point{X: f.Min.X - 4, Y: y - 3.1}, t.label)
	}
	f.StrokeLine2(line, f.Min.X, f.Min.Y, f.Max.X, f.Min.Y)
	labels.XAlign, labels.YAlign = text.XCenter, text.YTop
	end := vg.Length(0) // of the label before
	for i, t := range l.x.marks() {
		x := f.point(t.at, p.y.low).X
		f.StrokeLine2(line, x, f.Min.Y, x, f.Min.Y-2.5)
		size := labels.Width(t.label)
		if !last || i > 0 && x-size/2 < end+4 {
			continue
		}
		f.FillText(labels, vg.Point{X: x, Y: f.Min.Y - 3}, t.label)
		end = x + size/2
	}
	for _, part := range p.parts {
		part.draw(f)
	}
}

func (l *layout) drawMarks(c draw.Canvas, top, bottom vg.Length) {
	style := draw.LineStyle{Color: muted(), Width: 0.9, Dashes: []vg.Length{3, 2}}
	s := l.types.style(tickSize, ink(), text.XLeft)
	for i, m := range l.marks {
		from, _ := l.span(m)
		x := l.left + vg.Length(l.x.place(m.at))*(width-l.left-l.right)
		y := top - vg.Length(l.lanes[i]+1)*laneHeight
		c.StrokeLine2(style, x, bottom, x, y+laneHeight)
		c.FillText(s, vg.Point{X: from, Y: y + 1.5}, fit(s, m.label, (width-2*margin)/loose))
	}
}
