package sheet_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/quorate/quorate/bench/plot"
	"github.com/quorate/quorate/bench/sheet"
)

func written(t *testing.T, source string, data any) string {
	t.Helper()
	var b strings.Builder
	if err := sheet.Write(&b, source, data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Rule: the style has the colours of all figures, by day and by night.
func TestStyle(t *testing.T) {
	css := written(t, `<style>{{template "sheet"}}</style>`, nil)
	for _, s := range plot.Themes() {
		for _, want := range []string{"--" + s.Name + ":" + s.Light() + ";", "--" + s.Name + ":" + s.Dark + ";"} {
			if !strings.Contains(css, want) {
				t.Errorf("%s is missing", want)
			}
		}
	}
	if !strings.Contains(css, "body{") || strings.Contains(css, "ZgotmplZ") {
		t.Errorf("no style: %s", css)
	}
}

// Rule: nobody's name is read as HTML, or turns the text around it.
func TestStrangers(t *testing.T) {
	got := written(t, `<p>{{.}}</p>`, "<script>\u202eevil")
	if got != "<p>&lt;script&gt;\ufffdevil</p>" {
		t.Errorf("%q", got)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("the disk is full")

// Rule: a page that is not there is said not to be.
func TestErrors(t *testing.T) {
	if err := sheet.Write(full{}, "x", nil); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
	if err := sheet.Write(&strings.Builder{}, "{{", nil); err == nil {
		t.Error("a template that is none is written")
	}
	if err := sheet.Write(&strings.Builder{}, "{{.A}}", struct{}{}); err == nil {
		t.Error("a page without what it shows is written")
	}
}
