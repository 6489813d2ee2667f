package tester

import (
	"fmt"
	"io"
	"sync"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// diary is what the tester logs: when which phase began, what went wrong by itself or
// on purpose, and what was found. Whoever looks at a test that runs sees its end. Safe
// for concurrent use.
type diary struct {
	book *book // has the clock

	mu  sync.Mutex
	w   io.WriteCloser
	err error // the first one: nothing is written after it
}

// maxLine bounds a line of it.
const maxLine = 4 << 10

// say logs a line.
func (d *diary) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(text) > maxLine {
		text = text[:maxLine] + "…"
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.w, "%9.3fs  %s\n", d.book.now().Seconds(), text)
	}
}

// event logs what a nemesis does; clients have a history.
func (d *diary) event(op history.Op) {
	line := op.F
	if op.Value != nil {
		line += " " + string(history.AppendEDN(nil, op.Value))
	}
	if op.Error != nil {
		line += ": " + string(history.AppendEDN(nil, op.Error))
	}
	d.say("%s", line)
}

// found logs the verdict.
func (d *diary) found(res *results.Results) {
	for _, c := range res.Checks {
		d.say("%s: %v %s", c.Name, c.Valid, firstLine(c.Reason))
	}
	d.say("%s", Words(res))
}

// close returns whether all was logged.
func (d *diary) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.w.Close()
	if d.err == nil {
		d.err = err
	}
	if d.err != nil {
		return fmt.Errorf("write the tester's log: %w", d.err)
	}
	return nil
}
