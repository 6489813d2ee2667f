package store

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/bench/plot"
	"github.com/quorate/quorate/bench/sheet"
	"github.com/quorate/quorate/tester/results"
)

//go:embed page.html
var source string

// page is what the templates show: a run, or the list of runs.
type page struct {
	Title   string
	Refresh int // seconds; 0 never
	Home    string

	Verdict verdict
	Facts   [][2]string
	Checks  []shownCheck
	Stats   []results.Stat
	Faults  []shownFault
	Keys    []shownKey
	Figures []figure
	Files   []link
	Config  string
	Log     string // the end of it, of a run that goes on

	List   *list        // of runs, instead of all that
	Matrix *shownMatrix // or a matrix
}

type verdict struct{ Class, Sign, Text string }

type shownCheck struct {
	results.Check
	Verdict verdict
	Details string
}

type shownFault struct {
	results.Fault
	Active string
}

type shownKey struct {
	Name, Text string
	Links      []link
}

type link struct{ Name, URL, About string }

// figure is a drawing, or a picture, which is in a file, too.
type figure struct {
	ID, Title, Caption, File string
	Drawing                  template.HTML
	Picture                  template.URL
}

// verdictOf is a verdict for people, with a sign that needs no colour.
func verdictOf(v results.Valid) verdict {
	switch v {
	case results.True:
		return verdict{"good", "✓", "valid"}
	case results.False:
		return verdict{"bad", "✗", "invalid"}
	}
	return verdict{"open", "?", "unknown"}
}

// resultPage is the page of a run that has finished.
func resultPage(res *results.Results, keys []keptKey, pictures []*picture, files []string) (*page, error) {
	p := &page{Title: res.Test, Home: "../../", Verdict: verdictOf(res.Valid), Stats: res.Stats, Config: pretty(res.Config)}
	if res.Reason != "" {
		p.Verdict.Text += ": " + res.Reason
	}
	ops, faults := 0, 0
	for _, s := range res.Stats {
		ops += s.OK + s.Fail + s.Info
	}
	for _, f := range res.Faults {
		faults += f.Times
		p.Faults = append(p.Faults, shownFault{f, f.Active.Round(time.Millisecond).String()})
	}
	p.Facts = [][2]string{
		{"began", res.Started.UTC().Format("2006-01-02 15:04:05 UTC")}, {"took", res.Elapsed.Round(time.Millisecond).String()},
		{"operations", fmt.Sprint(ops)}, {"faults", fmt.Sprint(faults)},
	}
	for _, c := range res.Checks {
		if strings.Contains(c.Reason, "key "+c.Key) {
			c.Key = "" // it is told
		}
		p.Checks = append(p.Checks, shownCheck{c, verdictOf(c.Valid), pretty(c.Details)})
	}
	for _, k := range keys {
		one := shownKey{Name: k.Name, Text: k.Text}
		for _, f := range k.files {
			one.Links = append(one.Links, link{Name: f, URL: address(filepath.Join(k.dir, f))})
		}
		p.Keys = append(p.Keys, one)
	}
	for i, f := range pictures {
		one := figure{ID: fmt.Sprintf("figure-%d", i+1), Title: f.Title, Caption: f.Caption, File: f.Name + ".png"}
		drawing, err := f.Inline()
		if err != nil {
			return nil, err
		}
		if len(drawing) <= maxDrawing {
			one.Drawing = template.HTML(drawing) // plot escapes every text in it
		} else {
			one.Picture = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(f.png.Bytes()))
		}
		p.Figures = append(p.Figures, one)
	}
	p.Files = links(files)
	return p, nil
}

// picture is a figure that has been drawn.
type picture struct {
	*plot.Figure
	png bytes.Buffer
}

// draw writes it as PNG.
func (p *picture) draw(w io.Writer) error {
	if err := p.WriteScreen(&p.png); err != nil {
		return err
	}
	_, err := w.Write(p.png.Bytes())
	return err
}

// maxDrawing bounds a drawing in a page: one of more markers is there as a picture.
const maxDrawing = 128 << 10

// links lists the files of a run: first those with a meaning, then logs and others.
func links(files []string) []link {
	var all, others []link
	for _, k := range meanings() {
		if slices.Contains(files, k.Name) {
			all = append(all, link{k.Name, address(k.Name), k.About})
		}
	}
	for _, f := range files {
		if slices.ContainsFunc(all, func(l link) bool { return l.Name == f }) {
			continue
		}
		one := link{Name: f, URL: address(f)}
		if node, ok := strings.CutSuffix(f, ".log"); ok {
			one.About = "the log of " + node
		}
		others = append(others, one)
	}
	return append(all, others...)
}

// meanings says what the files of a run are.
func meanings() []link {
	return []link{
		{"timeline.html", "", "every operation, a column for each client"}, {"history.edn", "", "the history, as Jepsen writes it"},
		{"history.jsonl", "", "the same, a line of JSON an event"}, {"history.txt", "", "the same, in columns"},
		{"ledger.edn", "", "the calls that operations were made of, with versions"}, {"results.json", "", "the results, for programs"},
		{"results.edn", "", "the same, as Jepsen writes them"}, {resultsPage, "", "their page"}, {"test.json", "", "the configuration, to run the test again"},
		{"latency-raw.png", "", "each operation's latency"}, {"latency-quantiles.png", "", "percentiles of latency over time"}, {"rate.png", "", "operations a second"},
		{"tester.log", "", "what the tester logged"}, {"cluster.json", "", "the cluster file that the members were started with"},
	}
}

// address is the relative URL of a file.
func address(path string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return "./" + strings.Join(parts, "/")
}

// pretty is JSON for people.
func pretty(text json.RawMessage) string {
	if len(text) == 0 || string(text) == "null" {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return string(text)
	}
	const most = 64 << 10
	if b.Len() > most {
		return string(b.Bytes()[:most]) + "…"
	}
	return b.String()
}

// write writes the page.
func (p *page) write(w io.Writer) error { return sheet.Write(w, source, p) }
