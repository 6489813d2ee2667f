package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/tester/results"
)

// The most runs that are looked at, and that a page lists.
const (
	maxRuns = 10_000
	onPage  = 100
)

// maxResults bounds results that are read.
const maxResults = 8 << 20

// found is a run in a store.
type found struct {
	test, at string // names of directories
}

func (f found) dir() string { return path.Join(f.test, f.at) }

// runs lists the runs of a store, newest first.
func runs(store *os.Root) ([]found, error) {
	tests, err := directories(store, ".")
	if err != nil {
		return nil, err
	}
	var all []found
	for _, t := range tests {
		times, err := directories(store, t)
		if err != nil {
			continue // it is gone, or not for us
		}
		for _, at := range times {
			all = append(all, found{t, at})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.test, b.test)) })
	return all[:min(len(all), maxRuns)], nil
}

// directories lists those in a directory, without links.
func directories(store *os.Root, name string) ([]string, error) {
	f, err := store.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && visible(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// visible reports whether a name may be one of a path: no hidden file, and nothing that
// leads elsewhere.
func visible(name string) bool {
	return name != "" && name[0] != '.' && !strings.ContainsAny(name, "/\\\x00") && fs.ValidPath(name)
}

// status is what became of a run.
type status struct {
	results.Results
	verdict verdict
	known   bool // the results are
}

// look says what became of a run.
func look(store *os.Root, f found) status {
	var s status
	err := readJSON(store, path.Join(f.dir(), "results.json"), &s.Results)
	switch {
	case err == nil:
		s.known, s.verdict = true, verdictOf(s.Valid)
		if s.Reason != "" {
			s.verdict.Text += ": " + s.Reason
		}
	case isRunning(store, f):
		s.verdict = verdict{"running", "…", "running"}
	case !os.IsNotExist(err):
		s.verdict = verdict{"open", "?", "its results cannot be read"}
	default:
		s.verdict = verdict{"open", "?", "did not finish"}
	}
	if !s.known {
		var d described
		if readJSON(store, path.Join(f.dir(), "test.json"), &d) == nil {
			s.Test, s.Started, s.Config = d.Test, d.Started, d.Config
		}
	}
	if s.Test == "" {
		s.Test = f.test
		if name, err := url.PathUnescape(f.test); err == nil {
			s.Test = name
		}
	}
	return s
}

// isRunning reports whether the tester of a run is at work.
func isRunning(store *os.Root, f found) bool {
	file, err := openFile(store, path.Join(f.dir(), runningFile))
	if err != nil {
		return false
	}
	defer file.Close()
	return locked(file)
}

// openFile opens a plain file, and nothing that one could wait for.
func openFile(store *os.Root, name string) (*os.File, error) {
	info, err := store.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open %s: %w: it is no plain file", name, fs.ErrInvalid)
	}
	return store.Open(name)
}

func readJSON(store *os.Root, name string, v any) error {
	f, err := openFile(store, name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxResults))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// list is a page of runs.
type list struct {
	Test         string // that were asked for
	Verdicts     []choice
	Filtered     bool
	Runs         []listed
	Told         string
	Newer, Older string
	Matrix       bool // there is one
}

type choice struct {
	Value, Text string
	Chosen      bool
}

type listed struct {
	URL, Began, Test, Took string
	Verdict                verdict
	Operations, Faults     string
}

// choices are the verdicts that one can ask for.
func choices(chosen string) []choice {
	all := []choice{{"", "every verdict", false}, {"good", "✓ valid", false}, {"bad", "✗ invalid", false}, {"open", "? unknown", false}, {"running", "… running", false}}
	for i := range all {
		all[i].Chosen = all[i].Value == chosen
	}
	return all
}

// listOf returns the page of runs that a query asks for.
func listOf(store *os.Root, query url.Values) (*list, error) {
	all, err := runs(store)
	if err != nil {
		return nil, err
	}
	l := &list{Test: query.Get("test"), Verdicts: choices(query.Get("valid"))}
	chosen := query.Get("valid")
	l.Filtered = l.Test != "" || chosen != ""
	from, err := strconv.Atoi(query.Get("from"))
	if err != nil || from < 0 {
		from = 0
	}
	matching, more := 0, false
	for _, f := range all {
		if l.Test != "" && !strings.Contains(f.test, fileName(l.Test)) && !strings.Contains(f.test, l.Test) {
			continue
		}
		if chosen == "" && matching < from { // no need to look
			matching++
			continue
		}
		s := look(store, f)
		if chosen != "" && s.verdict.Class != chosen {
			continue
		}
		if matching++; matching <= from {
			continue
		}
		if len(l.Runs) == onPage {
			more = true
			break
		}
		l.Runs = append(l.Runs, row(f, &s))
	}
	l.Told = fmt.Sprintf("%d of %d runs.", len(l.Runs), len(all))
	if len(l.Runs) > 0 && (from > 0 || more) {
		l.Told = fmt.Sprintf("Runs %d to %d of %d.", from+1, from+len(l.Runs), len(all))
	}
	at := func(n int) string {
		return "/?" + url.Values{"test": {l.Test}, "valid": {chosen}, "from": {strconv.Itoa(n)}}.Encode()
	}
	if from > 0 {
		l.Newer = at(max(0, from-onPage))
	}
	if more {
		l.Older = at(from + onPage)
	}
	return l, nil
}

func row(f found, s *status) listed {
	r := listed{URL: "/" + url.PathEscape(f.test) + "/" + url.PathEscape(f.at) + "/", Began: f.at, Test: s.Test, Verdict: s.verdict}
	if !s.Started.IsZero() {
		r.Began = s.Started.UTC().Format("2006-01-02 15:04:05")
	}
	if s.known {
		ops, faults := 0, 0
		for _, one := range s.Stats {
			ops += one.OK + one.Fail + one.Info
		}
		for _, one := range s.Faults {
			faults += one.Times
		}
		r.Operations, r.Faults, r.Took = strconv.Itoa(ops), strconv.Itoa(faults), s.Elapsed.Round(100*time.Millisecond).String()
	}
	return r
}
