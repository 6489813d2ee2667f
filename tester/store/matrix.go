package store

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/tester/results"
)

// MatrixFile is the name of the file in a store that remembers what a matrix of tests came to.
const MatrixFile = "matrix.json"

// matrixPath is where its page is.
const matrixPath = "matrix"

// kept is what the page wants of that file.
type keptMatrix struct {
	Editions []struct {
		Version     string
		First, Last time.Time
		Cells       []keptCell
	}
}

type keptCell struct {
	Protocol, Nodes, Workload, Nemesis string // Nodes is empty if all clusters had one shape
	Tests, Valid, Invalid, Unknown     int
	Failures                           []struct {
		Test, Reason, Directory string
		Valid                   results.Valid `json:"valid?"`
		Seed                    uint64
		Started                 time.Time
	}
}

// shownMatrix is a table of protocols with workloads against nemeses.
type shownMatrix struct {
	Told     string
	Columns  []string
	Rows     []matrixRow
	Failures []matrixFailure
	More     int // failures that are not shown
}

type matrixRow struct {
	Name  string
	Cells []matrixCell
}

// matrixCell is what became of the tests of a place, in all read modes; empty if there were none.
type matrixCell struct {
	Verdict verdict
	Text    string
	URL     string // of the failures, if there are some
}

type matrixFailure struct {
	ID, URL, Test, Reason string // URL is empty if the run was not kept
	Verdict               verdict
	Seed                  uint64
	Began                 string
}

// maxShown bounds the failures on the page.
const maxShown = 200

// showMatrix answers with the page of the matrix.
func (b *Browser) showMatrix(w http.ResponseWriter) {
	var m keptMatrix
	err := readJSON(b.store, MatrixFile, &m)
	switch {
	case os.IsNotExist(err):
		b.refuse(w, http.StatusNotFound, "there is no matrix here: quorate test --all makes one")
		return
	case err != nil:
		b.refuse(w, http.StatusInternalServerError, "the matrix cannot be read")
		return
	}
	b.page(w, &page{Title: "Matrix", Home: "/", Matrix: b.matrixOf(&m)})
}

// matrixOf lays the table out, of all programs and settings together.
func (b *Browser) matrixOf(m *keptMatrix) *shownMatrix {
	type place struct{ row, column string }
	sums, failed := map[place]keptCell{}, map[place]string{}
	shown := &shownMatrix{}
	var rows []string
	var total keptCell
	var first, last time.Time
	for _, e := range m.Editions {
		if len(e.Cells) > 0 && (first.IsZero() || e.First.Before(first)) {
			first = e.First
		}
		if e.Last.After(last) {
			last = e.Last
		}
		for _, c := range e.Cells {
			at := place{strings.Join(strings.Fields(c.Protocol+" "+c.Nodes+" "+c.Workload), " "), c.Nemesis}
			rows, shown.Columns = append(rows, at.row), append(shown.Columns, at.column)
			sums[at] = sums[at].plus(c)
			total = total.plus(c)
			for _, f := range c.Failures {
				one := matrixFailure{ID: fmt.Sprintf("f%d", len(shown.Failures)+1), URL: b.runURL(f.Directory), Test: f.Test, Reason: f.Reason,
					Verdict: verdictOf(f.Valid), Seed: f.Seed, Began: f.Started.UTC().Format("2006-01-02 15:04:05")}
				if len(shown.Failures) == maxShown {
					shown.More++
					continue
				}
				if failed[at] == "" {
					failed[at] = "#" + one.ID
				}
				shown.Failures = append(shown.Failures, one)
			}
		}
	}
	slices.Sort(rows)
	slices.SortFunc(shown.Columns, func(x, y string) int { return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x, y)) })
	shown.Columns = slices.Compact(shown.Columns)
	for _, name := range slices.Compact(rows) {
		row := matrixRow{Name: name}
		for _, column := range shown.Columns {
			at := place{name, column}
			row.Cells = append(row.Cells, sums[at].shown(failed[at]))
		}
		shown.Rows = append(shown.Rows, row)
	}
	shown.Told = "Nothing was tested."
	if total.Tests > 0 {
		shown.Told = fmt.Sprintf("%d tests: %d valid, %d invalid, %d unknown, from %s to %s UTC, of all programs and settings together.",
			total.Tests, total.Valid, total.Invalid, total.Unknown, first.UTC().Format("2006-01-02 15:04"), last.UTC().Format("2006-01-02 15:04"))
	}
	return shown
}

// rank puts tests without a nemesis first.
func rank(column string) int {
	if column == "none" {
		return 0
	}
	return 1
}

func (c keptCell) plus(o keptCell) keptCell {
	return keptCell{Tests: c.Tests + o.Tests, Valid: c.Valid + o.Valid, Invalid: c.Invalid + o.Invalid, Unknown: c.Unknown + o.Unknown}
}

func (c keptCell) shown(url string) matrixCell {
	switch {
	case c.Tests == 0:
		return matrixCell{}
	case c.Invalid > 0:
		return matrixCell{verdictOf(results.False), fmt.Sprintf("%d of %d", c.Invalid, c.Tests), url}
	case c.Unknown > 0:
		return matrixCell{verdictOf(results.Unknown), fmt.Sprintf("%d of %d", c.Unknown, c.Tests), url}
	}
	return matrixCell{verdictOf(results.True), fmt.Sprint(c.Tests), ""}
}

// runURL is where the run of a directory is shown, empty if it is none of this store's any more.
func (b *Browser) runURL(dir string) string {
	at, test := filepath.Base(dir), filepath.Base(filepath.Dir(dir))
	if dir == "" || !visible(at) || !visible(test) {
		return ""
	}
	if info, err := b.store.Stat(test + "/" + at); err != nil || !info.IsDir() {
		return ""
	}
	return "/" + strings.TrimPrefix(address(test+"/"+at), "./") + "/"
}
