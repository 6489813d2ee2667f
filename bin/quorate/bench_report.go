package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/pflag"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/model"
	"github.com/quorate/quorate/bench/page"
	"github.com/quorate/quorate/bench/plot"
)

func benchReportCommand() command {
	return command{
		name:     "bench report",
		synopsis: "make the page and the figures of a saved report",
		operands: "results.json",
		about: `Writes what --out writes of a report for people to look at: report.html, one page that
needs no network, and its figures as PNG and SVG. The report is results.json of --out, or
what --json printed. Histories and pictures of violations are not in it: where they lie in
the directory already, the page refers to them.`,
		examples: []example{
			{"quorate bench report results.json --out out/page", "the page and the figures, from what was measured before"},
			{"quorate bench report results.json --out out/page --model fit.json", "and what the model predicts, with the costs that 'bench model fit' found"},
		},
		exits: []exitMeaning{
			{exitGood, "written"},
			{exitUsage, "a flag makes no sense, or the file is no report of this or an earlier version"},
			{exitTool, "a file cannot be read or written"},
		},
		setup: func(f *flags) action {
			r := &benchReport{}
			f.group("output")
			f.out(&r.out)
			f.costs(&r.costs)
			return r.run
		},
	}
}

// benchReport is the command's flags.
type benchReport struct{ out, costs string }

func (r *benchReport) run(_ context.Context, _ *streams, args []string) error {
	switch {
	case len(args) != 1:
		return usagef("bench report: want one report, got %d files", len(args))
	case r.out == "":
		return usagef("bench report: --out names no directory")
	}
	report, err := readReport("bench report", args[0])
	if err != nil {
		return err
	}
	k, err := newKeeper(r.out)
	if err != nil {
		return err
	}
	if err := k.predict("bench report", r.costs); err != nil {
		return err
	}
	return k.keepPage(report)
}

// keepPage writes the figures of a report, and the page that shows them.
func (k *keeper) keepPage(report *bench.Report) error {
	if k.dir == "" {
		return nil
	}
	figures := plot.Figures(report)
	if f := k.predicted(report); f != nil {
		figures = append(figures, f)
	}
	var errs []error
	for _, f := range figures {
		for _, format := range plot.Formats() {
			errs = append(errs, k.write(f.Name+"."+format, func(w io.Writer) error { return f.Write(w, format) }))
		}
	}
	o := page.Options{Command: report.Command, Figures: figures, Counterexamples: map[int][]string{}, Histories: map[int][]string{}}
	for i := range report.Runs {
		run := &report.Runs[i]
		if name := historyName(run.Protocol, run.Place); k.has(name) {
			o.Histories[i] = []string{name}
		}
		for j := 0; j < maxPictures && k.has(violationName(run.Protocol, i, j)); j++ {
			o.Counterexamples[i] = append(o.Counterexamples[i], violationName(run.Protocol, i, j))
		}
	}
	errs = append(errs, k.write("report.html", func(w io.Writer) error { return page.Write(w, report, o) }))
	return errors.Join(errs...)
}

// predict has what a model predicts drawn beside what was measured, with the costs of
// messages in a file; an empty name does without.
func (k *keeper) predict(command, name string) error {
	switch {
	case name == "":
		return nil
	case k.dir == "":
		return usagef("%s: --model without --out: what it predicts is a figure there", command)
	}
	costs, err := readCosts(name)
	if err != nil {
		return usagef("%s: read the costs of --model: %w", command, err)
	}
	k.costs, k.from = &costs, filepath.Base(name)
	return nil
}

// predicted is the figure of what a model predicts, nil without costs: those of
// simulated processors are in the report.
func (k *keeper) predicted(report *bench.Report) *plot.Figure {
	costs, how := model.Params{}, "The costs of messages are those of the simulated processors."
	switch {
	case k.costs != nil:
		costs, how = *k.costs, "The costs of messages are those of "+k.from+"."
	case !slices.ContainsFunc(report.Runs, func(r bench.Result) bool { return r.World != nil && r.World.Service != nil }):
		return nil
	}
	return plot.Overlay(report, model.Overlay(report, costs), how)
}

// has reports whether a file of the report is in the directory.
func (k *keeper) has(name string) bool {
	if k.wrote != nil {
		return k.wrote[name]
	}
	found, err := os.Stat(filepath.Join(k.dir, name))
	return err == nil && found.Mode().IsRegular()
}

// line is the command line that sets these flags as they are.
func (f *flags) line() string {
	words := []string{f.Name()}
	add := func(name, value string) {
		if strings.ContainsFunc(value, func(r rune) bool {
			return !strings.ContainsRune("-_=:,./@%+", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) || value == "" {
			value = "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
		}
		words = append(words, "--"+name+"="+value)
	}
	f.Visit(func(flag *pflag.Flag) {
		list, ok := flag.Value.(pflag.SliceValue)
		switch {
		case flag.Value.Type() == "bool" && flag.Value.String() == "true":
			words = append(words, "--"+flag.Name)
		case ok && flag.Value.Type() == "stringArray":
			for _, one := range list.GetSlice() {
				add(flag.Name, one)
			}
		case ok:
			add(flag.Name, strings.Join(list.GetSlice(), ","))
		default:
			add(flag.Name, flag.Value.String())
		}
	})
	return strings.Join(words, " ")
}

// maxPictures bounds the pictures of one run that a page refers to.
const maxPictures = 100

// violationName is the file with the picture of the j-th violation of the i-th run.
func violationName(protocol string, i, j int) string {
	return fmt.Sprintf("violation-%s-%d-%d.html", fileName(protocol), i+1, j+1)
}

// historyName is the file with the history of a run.
func historyName(protocol string, at bench.Place) string {
	parts := []string{"history"}
	if at.Cell == "" {
		parts = append(parts, protocol)
	} else {
		parts = append(parts, at.Cell)
	}
	for _, p := range at.Points {
		parts = append(parts, p.Name, p.Value)
	}
	if at.Round > 0 {
		parts = append(parts, fmt.Sprint(at.Round))
	}
	return fileName(strings.Join(parts, "-")) + ".edn"
}

// fileName makes a name of a file of any text: nothing in it leads elsewhere.
func fileName(text string) string {
	name := strings.Trim(regexp.MustCompile(`[^A-Za-z0-9]{2,}|[^A-Za-z0-9.]`).ReplaceAllString(text, "-"), "-.")
	return name[:min(len(name), 120)]
}

// maxEvents bounds a history that is kept: some 100 MB.
const maxEvents = 1 << 19

// recording returns a run that keeps its history beside the report.
func (k *keeper) recording(cfg bench.Config) bench.Config {
	if k.dir != "" {
		cfg.Keep = func(h bench.History) {
			name := historyName(cfg.Protocol, cfg.Place)
			err := k.write(name, func(w io.Writer) error {
				_, err := h.WriteEDN(w, maxEvents)
				return err
			})
			k.failed = errors.Join(k.failed, err)
		}
	}
	return cfg
}
