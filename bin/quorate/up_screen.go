package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/quorate/quorate/internal/fleet"
)

// dashboard is a terminal on which a table is drawn again and again, below
// lines that stay.
type dashboard struct {
	in     *os.File
	out    io.Writer
	width  int
	drawn  int // lines of the table that is there now
	chosen int // index of a member
}

// newDashboard returns the terminal of a command; false if there is none.
func newDashboard(s *streams) (*dashboard, bool) {
	in, ok := s.in.(*os.File)
	if !ok || !s.tty || !term.IsTerminal(int(in.Fd())) {
		return nil, false
	}
	return &dashboard{in: in, out: s.out}, true
}

// draw replaces the table, and prints lines above it. In raw mode a line ends
// with both characters.
func (d *dashboard) draw(lines, table []string) {
	if width, _, err := term.GetSize(int(d.in.Fd())); err == nil && width > 0 {
		d.width = width
	}
	var b bytes.Buffer
	if d.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", d.drawn)
	}
	b.WriteString("\r\x1b[J")
	for _, line := range lines {
		b.WriteString(line + "\r\n")
	}
	for _, line := range table {
		b.WriteString(d.cut(line) + "\r\n")
	}
	d.drawn = len(table)
	d.out.Write(b.Bytes())
}

// cut keeps a line from wrapping, which would spoil the count of lines.
func (d *dashboard) cut(line string) string {
	if letters := []rune(line); d.width > 0 && len(letters) >= d.width {
		return string(letters[:d.width-1])
	}
	return line
}

// pressed reads keys until the terminal says no more. One read may bring
// several.
func pressed(in io.Reader, keys chan<- string) {
	defer close(keys)
	buf := make([]byte, 64)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return
		}
		for rest := string(buf[:n]); rest != ""; {
			key := rest[:1]
			if strings.HasPrefix(rest, "\x1b[") && len(rest) > 2 {
				key = rest[:3] // an arrow
			}
			keys <- key
			rest = rest[len(key):]
		}
	}
}

// show draws the table until ctx ends or somebody quits.
func (w *watcher) show(ctx context.Context, d *dashboard) error {
	cooked, err := term.MakeRaw(int(d.in.Fd()))
	if err != nil {
		return w.tell(ctx)
	}
	defer term.Restore(int(d.in.Fd()), cooked)
	keys := make(chan string)
	go pressed(d.in, keys) // ends with the process
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	views := w.fleet.Look(ctx)
	for {
		d.draw(w.news.take(), table(views, d.chosen))
		select {
		case <-ctx.Done():
			return stopped(ctx)
		case <-tick.C:
			views = w.fleet.Look(ctx)
		case <-w.news.more:
			views = w.fleet.Look(ctx)
		case key, ok := <-keys:
			if !ok {
				keys = nil // no keyboard, then
				continue
			}
			quit, err := w.press(d, key, views)
			if quit {
				d.draw([]string{"ending the members"}, nil)
				return err
			}
			if err != nil {
				d.draw([]string{err.Error()}, nil)
			}
		}
	}
}

// press does what a key means. It reports whether to quit, and with what.
func (w *watcher) press(d *dashboard, key string, views []fleet.View) (quit bool, err error) {
	id := views[d.chosen].ID
	switch {
	case key == "q":
		return true, nil
	case key == "\x03":
		return true, &exitError{code: exitInterrupted}
	case key == "k":
		err = w.fleet.Kill(id)
	case key == "e":
		err = w.fleet.End(id)
	case key == "r":
		err = w.fleet.Start(id)
	case key == "\x1b[A":
		d.chosen = max(d.chosen-1, 0)
	case key == "\x1b[B":
		d.chosen = min(d.chosen+1, len(views)-1)
	case len(key) == 1 && key[0] >= '1' && int(key[0]-'0') <= len(views):
		d.chosen = int(key[0] - '1')
	}
	return false, err
}

// table renders the members, one of which is chosen.
func table(views []fleet.View, chosen int) []string {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  member\trole\tballot\tcommitted\texecuted\tops/s\tcpu\tmemory\tpid\tclients at\t")
	for i, v := range views {
		mark := " "
		if i == chosen {
			mark = ">"
		}
		fmt.Fprintf(t, "%s %v\t%s\n", mark, v.ID, cells(v))
	}
	t.Flush()
	rows := []string{""}
	for line := range strings.Lines(b.String()) {
		rows = append(rows, strings.TrimRight(line, " \n"))
	}
	return append(rows, "  keys: 1-9 or arrows choose, k kill -9, e end, r start again, q quit")
}

// cells renders a member but for its name.
func cells(v fleet.View) string {
	pid := dash("")
	if v.PID != 0 {
		pid = fmt.Sprint(v.PID)
	}
	a := v.Status
	switch {
	case v.State == fleet.Ended:
		return fmt.Sprintf("down\t-\t-\t-\t-\t-\t-\t-\t%s\t", v.Exit)
	case a == nil:
		return fmt.Sprintf("%s\t-\t-\t-\t-\t-\t-\t%s\t-\t", v.State, pid)
	}
	role := dash(a.Role)
	if a.Role == "" {
		role = a.State
	}
	return fmt.Sprintf("%s\t%s\t%v\t%v\t%.0f\t%.1f%%\t%.1f MiB\t%s\t%s\t", role, dash(a.Ballot), a.Committed, a.Executed,
		v.Ops, 100*v.CPU, float64(v.Memory)/(1<<20), pid, dash(a.Addresses["http_address"]))
}
