package workloads

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// script reads a history for a test: events a line or parted by semicolons, such as
//
//	0 invoke write [k 1]
//	0 ok write [k 1] version=3
//
// Vectors, nil, numbers and words are as in EDN; {a 1} is a map.
func script(t *testing.T, text string) (h []history.Op) {
	t.Helper()
	types := map[string]history.Type{"invoke": history.Invoke, "ok": history.OK, "fail": history.Fail, "info": history.Info}
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		words := strings.Fields(spaced(line))
		process, err := strconv.Atoi(words[0])
		if err != nil || types[words[1]] == 0 {
			t.Fatalf("event %q", line)
		}
		op := history.Op{Index: len(h), Time: time.Duration(len(h)) * time.Millisecond, Process: process, Type: types[words[1]], F: words[2]}
		rest := words[3:]
		if len(rest) > 0 && !strings.Contains(rest[0], "=") {
			op.Value, rest = value(rest)
		}
		for _, pair := range rest {
			k, v, _ := strings.Cut(pair, "=")
			var value any = history.Keyword(v)
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				value = n
			} else if b, err := strconv.ParseBool(v); err == nil {
				value = b
			}
			op.Extra = append(op.Extra, history.Entry{Key: history.Keyword(k), Value: value})
		}
		h = append(h, op)
	}
	return h
}

func spaced(s string) string {
	for _, c := range []string{"[", "]", "{", "}"} {
		s = strings.ReplaceAll(s, c, " "+c+" ")
	}
	return s
}

func value(words []string) (any, []string) {
	w, rest := words[0], words[1:]
	switch w {
	case "[":
		list := []any{}
		for rest[0] != "]" {
			var v any
			v, rest = value(rest)
			list = append(list, v)
		}
		return list, rest[1:]
	case "{":
		var m history.Map
		for rest[0] != "}" {
			var k, v any
			k, rest = value(rest)
			v, rest = value(rest)
			if word, ok := k.(string); ok {
				k = history.Keyword(word)
			}
			m = append(m, history.Entry{Key: k, Value: v})
		}
		return m, rest[1:]
	case "nil":
		return nil, rest
	}
	if n, err := strconv.ParseInt(w, 10, 64); err == nil {
		return n, rest
	}
	return w, rest
}

// wanted is a history and what a check is to say of it: the words that its first
// finding has, empty if it is valid, "?" and words if it cannot tell.
type wanted struct{ name, history, want string }

// try checks hand-made histories.
func try(t *testing.T, workload string, cfg Config, cases []wanted) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w, err := New(workload, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(w.Check(t.Context(), script(t, c.history))); !says(got, c.want) {
				t.Errorf("says %q, want %q", got, c.want)
			}
		})
	}
}

func says(got, want string) bool {
	if want == "" || got == "" {
		return got == want
	}
	return strings.HasPrefix(got, "?") == strings.HasPrefix(want, "?") && strings.Contains(got, strings.TrimPrefix(want, "?"))
}

// told is empty if all checks are valid, else the first reason; with a question mark
// before it if the verdict is unknown.
func told(checks []results.Check) string {
	valid := results.True
	for _, c := range checks {
		valid = valid.Merge(c.Valid)
	}
	for _, c := range checks {
		if c.Valid == valid && valid != results.True {
			if valid == results.Unknown {
				return "?" + c.Reason
			}
			return c.Reason
		}
	}
	return ""
}

func replaceMode(history, mode string) string {
	return strings.ReplaceAll(history, "mode=M", "mode="+mode)
}

func fill(text string, with map[string]string) string {
	for old, new := range with {
		text = strings.ReplaceAll(text, old, new)
	}
	return text
}
