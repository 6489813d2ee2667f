package diagram

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/quorate/quorate/sim"
)

//go:embed page
var files embed.FS

// Write draws the trace of one world as an HTML page. Events are put in the order
// of their times, those at the same time stay as they come. An error comes from
// w, or says which event names a member or client that meta does not have.
func Write(w io.Writer, meta sim.TraceMeta, events []sim.TraceEvent) error {
	doc, err := encode(meta, events)
	if err != nil {
		return fmt.Errorf("draw the trace of seed %d: %w", meta.Seed, err)
	}
	data, err := json.Marshal(doc) // escapes <, >, &, U+2028 and U+2029: see package doc
	if err != nil {
		return fmt.Errorf("draw the trace of seed %d: %w", meta.Seed, err)
	}
	head, tail, err := skeleton(meta.Title)
	if err != nil {
		return err
	}
	for _, part := range [][]byte{[]byte(head), data, []byte(tail)} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write the trace of seed %d: %w", meta.Seed, err)
		}
	}
	return nil
}

// skeleton returns the page before and after its data.
func skeleton(title string) (head, tail string, err error) {
	var script strings.Builder
	for _, name := range []string{"data.js", "view.js", "draw.js", "related.js", "side.js", "main.js"} {
		text, err := files.ReadFile("page/" + name)
		if err != nil {
			return "", "", err
		}
		script.Write(text)
	}
	style, err := files.ReadFile("page/page.css")
	if err != nil {
		return "", "", err
	}
	page, err := files.ReadFile("page/page.html")
	if err != nil {
		return "", "", err
	}
	head, tail, _ = strings.Cut(string(page), "{{data}}")
	fill := strings.NewReplacer( // what it fills in, it does not read again
		"{{title}}", html.EscapeString(title),
		"{{style}}", string(style), "{{style-hash}}", policyHash(string(style)),
		"{{script}}", script.String(), "{{script-hash}}", policyHash(script.String()),
	)
	return fill.Replace(head), fill.Replace(tail), nil
}

// policyHash names an inline script or style for a content security policy.
func policyHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
