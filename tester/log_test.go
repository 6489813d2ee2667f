package tester

import (
	"errors"
	"strings"
	"testing"

	"github.com/quorate/quorate/checker/history"
)

// page is a log in memory.
type page struct {
	strings.Builder
	full bool
}

var errFull = errors.New("no space left")

func (p *page) Write(b []byte) (int, error) {
	if p.full {
		return 0, errFull
	}
	return p.Builder.Write(b)
}

func (p *page) Close() error { return nil }

// Rule: the log tells what nemeses did to whom, and what did not work, a line each and
// not too long a one; a full disk is told at the end.
func TestDiary(t *testing.T) {
	b, err := newBook(10)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{}
	d := &diary{book: b, w: p}
	d.event(history.Op{F: "start-kill"})
	d.event(history.Op{F: "start-kill", Value: history.Map{{Key: history.Keyword("members"), Value: []any{"1.1"}}}, Error: "no\nsuch process"})
	d.say("%s", strings.Repeat("x", 2*maxLine))
	lines := strings.Split(strings.TrimSuffix(p.String(), "\n"), "\n")
	if len(lines) != 3 || !strings.HasSuffix(lines[0], "s  start-kill") || !strings.HasSuffix(lines[1], `start-kill {:members ["1.1"]}: "no\nsuch process"`) || len(lines[2]) > maxLine+20 {
		t.Errorf("%q", lines)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	p.full = true
	d.say("lost")
	p.full = false
	d.say("after it")
	if err := d.close(); !errors.Is(err, errFull) || strings.Contains(p.String(), "after") {
		t.Errorf("%v: %s", err, p.String()[len(p.String())-40:])
	}
}
