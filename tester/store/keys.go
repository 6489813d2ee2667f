package store

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/timeline"
)

// maxKeys bounds the failing keys of which a run keeps more than the verdict.
const maxKeys = 32

// independent is the directory of the keys.
const independent = "independent"

// keptKey is a key that failed, for the page.
type keptKey struct {
	Name, Text string
	dir        string // below that of the run
	files      []string
}

// keys returns what writes the directories of failing keys; kept gets them.
func (r *Run) keys(ops []history.Op, x Extra, kept *[]keptKey) []func() error {
	var steps []func() error
	notes := notesOf(timeline.Faults(ops))
	for i := range x.Counterexamples[:min(len(x.Counterexamples), maxKeys)] {
		c := &x.Counterexamples[i]
		steps = append(steps, func() error {
			return r.key(c.Key, c.Text, of(ops, c.Key), []keyFile{
				{"linear.html", func(w io.Writer) error { return c.WriteAnnotated(w, notes) }},
				{"ledger.edn", func(w io.Writer) error {
					_, err := checker.WriteEDN(w, c.Context, 0)
					return err
				}},
				{"why.txt", func(w io.Writer) error {
					_, err := fmt.Fprintln(w, c)
					return err
				}},
			}, kept)
		})
	}
	for i := range x.Failures[:min(len(x.Failures), maxKeys)] {
		f := &x.Failures[i]
		name := plain(f.Key)
		steps = append(steps, func() error {
			files := []keyFile{{"why.txt", func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "key %s: %s\n", name, f.Text)
				return err
			}}}
			if f.Picture != nil {
				files = append(files, keyFile{"linear.html", f.Picture})
			}
			return r.key(name, f.Text, of(ops, name), files, kept)
		})
	}
	return steps
}

// keyFile is one of a key's.
type keyFile struct {
	name  string
	write func(w io.Writer) error
}

// key writes the directory of one. What fails two checks has one directory.
func (r *Run) key(name, text string, ops []history.Op, files []keyFile, kept *[]keptKey) error {
	if i := slices.IndexFunc(*kept, func(k keptKey) bool { return k.Name == name }); i >= 0 {
		(*kept)[i].Text += "; " + text
		return r.keyFiles(&(*kept)[i], files)
	}
	if err := os.MkdirAll(filepath.Join(r.dir, independent), 0o755); err != nil {
		return fmt.Errorf("make the directory of failing keys: %w", err)
	}
	// Where case makes no difference to the system, two keys may have one name.
	dir, err := exclusive(filepath.Join(r.dir, independent, fileName(name)))
	if err != nil {
		return fmt.Errorf("make a directory for the key %s: %w", name, err)
	}
	if len(ops) > 0 {
		files = append(files,
			keyFile{"history.edn", func(w io.Writer) error { return history.WriteEDN(w, ops) }},
			keyFile{"timeline.html", func(w io.Writer) error {
				return timeline.Write(w, ops, timeline.Options{Title: fmt.Sprintf("%s: key %s", r.test, name)})
			}})
	}
	*kept = append(*kept, keptKey{Name: name, Text: text, dir: filepath.Join(independent, filepath.Base(dir))})
	return r.keyFiles(&(*kept)[len(*kept)-1], files)
}

// keyFiles writes those files of a key that it has not.
func (r *Run) keyFiles(k *keptKey, files []keyFile) error {
	for _, f := range files {
		if slices.Contains(k.files, f.name) {
			continue
		}
		if err := r.write(filepath.Join(k.dir, f.name), f.write); err != nil {
			return err
		}
		k.files = append(k.files, f.name)
	}
	return nil
}

// plain is a key as it names a directory: without the quotes of a string.
func plain(key any) string {
	if s, ok := key.(string); ok {
		return s
	}
	return string(history.AppendEDN(nil, key))
}

// of returns the events of one key of independent ones, and of the nemesis.
func of(ops []history.Op, key string) []history.Op {
	var some []history.Op
	clients := false
	open := map[int]bool{} // the processes that work on the key
	for i := range ops {
		op := &ops[i]
		keep := op.Process == history.Nemesis || open[op.Process]
		if op.Type == history.Invoke {
			pair, ok := op.Value.([]any)
			keep = ok && len(pair) == 2 && plain(pair[0]) == key
			open[op.Process], clients = keep, clients || keep
		}
		if keep {
			some = append(some, *op)
		}
	}
	if !clients {
		return nil
	}
	return some
}

// notesOf are the faults as notes in a picture.
func notesOf(faults []timeline.Fault) []checker.Note {
	var notes []checker.Note
	for _, f := range faults {
		text := f.Name
		for _, op := range f.Begin {
			if op.Value != nil {
				text += " " + timeline.Text(op.Value)
			}
		}
		notes = append(notes, checker.Note{From: f.From, To: f.To, Tag: "nemesis", Text: f.Name, Details: text})
	}
	return notes
}
