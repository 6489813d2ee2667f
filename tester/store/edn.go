package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// writeResults writes results as Jepsen does: an entry for each checker beside :valid?.
func writeResults(w io.Writer, res *results.Results) error {
	m := history.Map{{Key: history.Keyword("valid?"), Value: valid(res.Valid)}}
	add := func(name string, v any) { m = append(m, history.Entry{Key: named(name), Value: v}) }
	stats := statistics(res.Stats)
	for _, c := range res.Checks {
		found := history.Map{{Key: history.Keyword("valid?"), Value: valid(c.Valid)}}
		for _, e := range []struct{ name, text string }{{"reason", c.Reason}, {"key", c.Key}} {
			if e.text != "" {
				found = append(found, history.Entry{Key: history.Keyword(e.name), Value: e.text})
			}
		}
		if len(c.Details) > 0 {
			details, err := fromJSON(c.Details)
			if err != nil {
				return fmt.Errorf("details of the check %s: %w", c.Name, err)
			}
			found = append(found, history.Entry{Key: history.Keyword("details"), Value: details})
		}
		if c.Name == "stats" {
			found, stats = append(found, stats...), nil
		}
		add(c.Name, found)
	}
	if stats != nil {
		add("stats", stats)
	}
	var faults history.Map
	for _, f := range res.Faults {
		faults = append(faults, history.Entry{Key: named(f.Nemesis), Value: counts("times", f.Times, "errors", f.Errors, "active-ns", int(f.Active))})
	}
	add("faults", faults)
	add("test", res.Test)
	add("started", res.Started.UTC().Format(time.RFC3339Nano))
	add("elapsed-ns", int64(res.Elapsed))
	if res.Reason != "" {
		add("reason", res.Reason)
	}
	return eachOnALine(w, m)
}

// eachOnALine writes a map, an entry a line.
func eachOnALine(w io.Writer, m history.Map) error {
	b := []byte("{")
	for i, e := range m {
		if i > 0 {
			b = append(b, ",\n "...)
		}
		b = append(history.AppendEDN(b, e.Key), ' ')
		b = history.AppendEDN(b, e.Value)
	}
	_, err := w.Write(append(b, "}\n"...))
	return err
}

// valid is a verdict as Jepsen has it.
func valid(v results.Valid) any {
	switch v {
	case results.True:
		return true
	case results.False:
		return false
	}
	return history.Keyword("unknown")
}

// statistics are those of Jepsen's stats checker.
func statistics(stats []results.Stat) history.Map {
	var ok, fail, info int
	var by history.Map
	for _, s := range stats {
		ok, fail, info = ok+s.OK, fail+s.Fail, info+s.Info
		by = append(by, history.Entry{Key: named(s.F), Value: counts("count", s.OK+s.Fail+s.Info, "ok-count", s.OK, "fail-count", s.Fail, "info-count", s.Info)})
	}
	return append(counts("count", ok+fail+info, "ok-count", ok, "fail-count", fail, "info-count", info), history.Entry{Key: history.Keyword("by-f"), Value: by})
}

// counts is a map of names and numbers in turn.
func counts(pairs ...any) history.Map {
	var m history.Map
	for i := 0; i+1 < len(pairs); i += 2 {
		m = append(m, history.Entry{Key: history.Keyword(pairs[i].(string)), Value: int64(pairs[i+1].(int))})
	}
	return m
}

// named is a name as a keyword, if it can be one.
func named(name string) any {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_?!*+.", c)
	}
	if name == "" || name[0] >= '0' && name[0] <= '9' || strings.ContainsFunc(name, func(c rune) bool { return !plain(c) }) {
		return name
	}
	return history.Keyword(name)
}

// maxDepth bounds the nesting of what checkers tell.
const maxDepth = 100

// fromJSON returns what JSON says, with names as keywords and in their order.
func fromJSON(text json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return next(d, 0)
}

func next(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return n, nil
		}
		return t.Float64()
	case json.Delim:
		if t == '{' {
			return object(d, depth)
		}
		list := []any{}
		for d.More() {
			v, err := next(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token() // the end
		return list, err
	}
	return t, nil
}

func object(d *json.Decoder, depth int) (any, error) {
	m := history.Map{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := next(d, depth+1)
		if err != nil {
			return nil, err
		}
		m = append(m, history.Entry{Key: named(fmt.Sprint(name)), Value: v})
	}
	_, err := d.Token() // the end
	return m, err
}
