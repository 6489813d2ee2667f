package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/workload"
)

// benchWork is the flags of what clients ask for, beside those that say the same of
// one thing only.
type benchWork struct {
	name string
	list bool

	spec *workload.Spec // nil without --workload
	run  workload.Settings
}

// maxWorkload bounds a file.
const maxWorkload = 1 << 20

func (w *benchWork) declare(f *flags) {
	f.StringVar(&w.name, "workload", "", "what clients ask for: a `name` that --list has, or a file, ours or Paxi's; the flags below take the place of what it says")
	f.BoolVar(&w.list, "list", false, "explain the workloads that have names, and what a file of one's own may say, and do nothing else")
}

// read reads the workload, and takes over what a Paxi file says of the run where no
// flag does.
func (w *benchWork) read(b *benchmark) error {
	if !b.flags.Changed("workload") {
		return nil
	}
	spec, run, err := readWorkload(w.name)
	if err != nil {
		return usagef("bench: %w", err)
	}
	w.spec, w.run = &spec, run
	if b.flags.Changed("read") {
		spec.Reads = workload.Only(b.read)
	}
	if !run.Paxi {
		return nil
	}
	if run.Operations > 0 && !b.flags.Changed("duration") {
		return usagef("bench: --workload %s: N %d operations: a run here ends when its time is over, so that all protocols are measured as long: say T in the file, or --duration", w.name, run.Operations)
	}
	if run.Rate > 0 && !b.flags.Changed("rate") && !b.flags.Changed("ramp") {
		w.throttle(b)
	}
	if !b.flags.Changed("clients") {
		b.clients = run.Clients
	}
	if !b.flags.Changed("duration") {
		b.duration = run.Duration
	}
	if !b.flags.Changed("check") {
		b.check = !run.NoCheck
	}
	return nil
}

// throttle is what Paxi makes of a rate: calls that are due equally far apart, of which each
// client makes one at a time.
func (w *benchWork) throttle(b *benchmark) {
	a := &b.arrivals
	a.rate = w.run.Rate
	if !b.flags.Changed("arrivals") {
		a.arrivals = bench.Evenly
	}
	if !b.flags.Changed("pipeline") {
		a.pipeline = 1
	}
}

// readWorkload returns a preset, or what a file says.
func readWorkload(name string) (workload.Spec, workload.Settings, error) {
	spec, unknown := workload.Preset(name)
	if unknown == nil {
		return spec, workload.Settings{}, nil
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, "/.") {
		return spec, workload.Settings{}, unknown
	}
	if err != nil {
		return spec, workload.Settings{}, fmt.Errorf("read the workload: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxWorkload+1))
	if err == nil && len(data) > maxWorkload {
		err = fmt.Errorf("more than %d bytes", maxWorkload)
	}
	if err != nil {
		return spec, workload.Settings{}, fmt.Errorf("read the workload: %s: %w", name, err)
	}
	spec, run, err := workload.Parse(data)
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return spec, run, err
}

// reads are the modes that clients ask for.
func (w *benchWork) reads(mode quorate.ReadMode) []quorate.ReadMode {
	if w.spec == nil {
		return []quorate.ReadMode{mode}
	}
	return w.spec.Reads.Modes()
}

// set gives a run the workload; of the flags that say a part of it, those count that
// were given.
func (w *benchWork) set(f *flags, cfg *bench.Config) {
	if w.spec == nil {
		return
	}
	cfg.Workload = w.spec
	for name, none := range map[string]func(){
		"keys":        func() { cfg.Keys = 0 },
		"write-ratio": func() { cfg.WriteRatio = 0 },
		"value-size":  func() { cfg.ValueSize = 0 },
		"hot-keys":    func() { cfg.HotKeys = 0 },
	} {
		if !f.Changed(name) {
			none()
		}
	}
	cfg.Read = quorate.ReadLog // read has seen to the flag
}

// catalogue is what --list prints as JSON.
type catalogue struct {
	Presets       []workload.Spec  `json:"presets"`
	Distributions []workload.Entry `json:"distributions"`
	Operations    []workload.Entry `json:"operations"`
	Values        []workload.Entry `json:"values"`
	Reads         []string         `json:"reads"`
	Loads         []workload.Entry `json:"loads"`
}

// explain prints all that a workload may be.
func (w *benchWork) explain(out io.Writer, asJSON bool) error {
	c := catalogue{
		Presets: workload.Presets(), Distributions: workload.Kinds(), Operations: workload.OperationKinds(), Values: workload.SizeKinds(), Loads: workload.LoadKinds(),
	}
	for _, mode := range quorate.ReadModes() {
		c.Reads = append(c.Reads, mode.String())
	}
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(c)
	}
	var presets []workload.Entry
	for _, s := range c.Presets {
		presets = append(presets, workload.Entry{Name: s.Name, About: s.About})
	}
	var b strings.Builder
	section(&b, "Workloads with names, for --workload", presets)
	b.WriteString("\nA file of your own is a JSON object: keys (a number), distribution, operations, values, reads and load.\n")
	section(&b, "\ndistribution: an object with its kind, and settings", c.Distributions)
	section(&b, "\noperations: an object with a weight for each of", c.Operations)
	section(&b, "\nvalues: an object with the kind of their sizes, and settings", c.Values)
	fmt.Fprintf(&b, "\nreads: an object with a weight for each of %s\n", strings.Join(c.Reads, ", "))
	section(&b, "\nload: what is written before the warm-up", c.Loads)
	_, err := io.WriteString(out, b.String())
	return err
}

// section lists entries below a title, in lines of at most 100 columns.
func section(b *strings.Builder, title string, entries []workload.Entry) {
	fmt.Fprintf(b, "%s:\n", title)
	width := 0
	for _, e := range entries {
		width = max(width, len(e.Name))
	}
	for _, e := range entries {
		about := e.About
		if len(e.Settings) > 0 {
			about += " (" + strings.Join(e.Settings, ", ") + ")"
		}
		for i, line := range wrapped(about, 96-width) {
			name := e.Name
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(b, "  %-*s  %s\n", width, name, line)
		}
	}
}

// wrapped breaks text into lines of at most so many bytes, as far as words allow.
func wrapped(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
