// Package sheet is what pages have in common that show what was measured or tested:
// how they look, and how they are written so that what strangers named or stored cannot
// harm them.
package sheet

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"

	"github.com/quorate/quorate/bench/plot"
)

//go:embed sheet.css
var sheet string

// Write writes the page that a template makes of data. The template finds the style
// that all pages share in the template "sheet".
func Write(w io.Writer, source string, data any) error {
	t, err := template.New("page").Parse(`{{define "sheet"}}` + colours() + sheet + `{{end}}` + source)
	if err != nil {
		return fmt.Errorf("read the template of the page: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	if _, err := w.Write(bytes.Map(straight, b.Bytes())); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// straight replaces what has no shape and turns the text around it: a name or a value
// of a stranger's could have the sentences after it read backwards.
func straight(r rune) rune {
	if unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}

// colours are those of figures, by day and by night.
func colours() string {
	var light, dark strings.Builder
	for _, s := range plot.Themes() {
		fmt.Fprintf(&light, "--%s:%s;", s.Name, s.Light())
		fmt.Fprintf(&dark, "--%s:%s;", s.Name, s.Dark)
	}
	return ":root{" + light.String() + "}\n@media (prefers-color-scheme:dark){:root{" + dark.String() + "}}\n"
}
