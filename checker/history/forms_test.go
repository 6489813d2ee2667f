package history

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// What values are written as, and what they are read as.
func TestForms(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"#:a{:b 1 :c/d 2 e 3}", "{:a/b 1 :c/d 2 e 3}"},
		{"#:a {:b #:x{:b 1}}", "{:a/b {:x/b 1}}"},
		{`\u03bb`, `\λ`}, {`[\u \x \newline \space \tab \return \formfeed \backspace \( \"]`, `[\u \x \newline \space \tab \return \u000c \u0008 \( \"]`},
		{"#! a line for the shell\n7", "7"}, {"; a comment\n#_gone 7 ; and another", "7"}, {"^{:line 3} [1 #_2 ^:kw 3]", "[1 3]"},
		{"#inst \"2026-01-01\"", "#inst \"2026-01-01\""}, {"#a/b.c [1]", "#a/b.c [1]"}, {"#_ #a 1 2", "2"}, {`#hex "00ff"`, `#hex "00ff"`},
		{"[##Inf ##-Inf ##NaN]", "[##Inf ##-Inf ##NaN]"}, {"[+ - -a +a .b a.b/c / <= ->x]", "[+ - -a +a .b a.b/c / <= ->x]"},
		{"[0 -0 +5 007e0 1e3 -1.5 2/3 -2/3 5N 9223372036854775807 9223372036854775808 -9223372036854775809N 1M 0x10]", ""},
		{"{:a 1, :b [nil true false]}", "{:a 1 :b [nil true false]}"}, {"(1 (2))", "[1 [2]]"}, {"#{1 #{}}", "#{1 #{}}"},
		{"\"\\u00e9\\ud83d\\ude00\\t\"", `"é😀\u0009"`},
	} {
		v, err := ParseEDN(c.text)
		got := string(AppendEDN(nil, v))
		if c.want != "" && (err != nil || strings.ReplaceAll(got, ",", "") != c.want) {
			t.Errorf("%s: %s, %v; want %s", c.text, got, err, c.want)
		}
		if c.want == "" && err == nil {
			t.Errorf("%s is read as %s", c.text, got)
		}
	}
}

// What is no value is an error that says where, not another value.
func TestNoValues(t *testing.T) {
	for text, want := range map[string]string{
		"": "the text ends", " ; only": "the text ends", "1 2": "'2' follows the value", "1 )": "')' follows the value", "1 #_": "the text ends", "[1 #_": "the text ends", "[1 #_)]": "unexpected ')'",
		"#_) 1": "unexpected ')'", "^) 1": "unexpected ')'", "1 #_)": "unexpected ')'", "{1 2 #_) }": "unexpected ')'", "[1 @]": "is no symbol", "[a@ @b]": "is no symbol",
		`\u12`: "is no character", `\u12g4`: "is no character", `\ud800`: "is no character", `\v1234`: "is no character", `\u12345`: "is no character", `\`: "is no character", `\ `: "is no character", "\\\xff": "is no character",
		"#1a 2": "is no tag", "#": "is no tag", "#a": "the text ends", "#:a": "followed by no map", "#:a b": "followed by no map", "#: {:b 1}": "is no tag",
		"##": "is no number", "1/0x": "is no number", "1/-2": "is no number", "1.5.5M": "is no number", "00": "is no number", "1a": "is no number", "-1a": "is no number", "0x": "is no number", "0x_1": "is no number", "1_000": "is no number", "1e": "is no number", "1/": "is no number", "0xfM": "is no number", "1pM": "is no number",
		":": "no keyword", "{1}": "a key without a value", "[": "ends before ']'", "(": "ends before ')'", "#{": "ends before '}'", "{": "ends before '}'",
	} {
		if v, err := ParseEDN(text); err == nil || !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: %v, %v; want %q", text, v, err, want)
		}
	}
}

// The forms of whole histories: all have the same events.
func TestFormsOfHistories(t *testing.T) {
	const edn = "{:process 0 :type :invoke :f :w :value 1}\n{:process 0 :type :ok :f :w :value 1}\n{:process :nemesis :type :info :f nil}\n"
	const json = "{\"process\": 0, \"type\": \"invoke\", \"f\": \"w\", \"value\": 1}\n{\"process\": 0, \"type\": \"ok\", \"f\": \"w\", \"value\": 1}\n{\"process\": \"nemesis\", \"type\": \"info\"}\n"
	for name, c := range map[string]struct{ text, format string }{
		"edn": {edn, "EDN"}, "a mark of the byte order": {"\xef\xbb\xbf" + edn, "EDN"}, "vector": {"[" + edn + "]\n; end", "EDN"}, "list": {" (" + edn + ")", "EDN"}, "comments": {"; a\n#_[x]\n" + edn + "#_x ; b", "EDN"},
		"tags": {strings.ReplaceAll(edn, "{:", "#a #b #c #d {:"), "EDN"}, "time that is not known": {strings.ReplaceAll(edn, "}", " :time nil}"), "EDN"}, "strings": {strings.NewReplacer(":invoke", `"invoke"`, ":ok", "ok", ":f :w", `:f "w"`).Replace(edn), "EDN"},
		"json": {json, "JSON"}, "json list": {"[" + strings.ReplaceAll(strings.TrimSpace(json), "}\n", "},\n") + "]", "JSON"}, "json with a mark": {"\xef\xbb\xbf" + json, "JSON"},
		"json with spaces": {strings.ReplaceAll(json, "{", "{ "), "JSON"}, "json with lines": {strings.ReplaceAll(json, "{", "{\n"), "JSON"}, "json with tabs": {strings.ReplaceAll(json, "{", "{\t"), "JSON"}, "json with returns": {strings.ReplaceAll(json, "{", "{\r\n"), "JSON"},
		"packed": {gzipped(edn), "EDN"}, "packed json": {gzipped(json), "JSON"},
	} {
		h, err := Config{}.Read(strings.NewReader(c.text))
		if err != nil || h.Format != c.format || len(h.Ops) != 3 || len(h.Calls) != 1 || h.Calls[0] != (Call{0, 1}) || h.Ops[1].F != "w" || h.Ops[2].Process != Nemesis || h.Ops[2].Index != 2 {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
	}
}

// Histories that break off, and what stands where an event should.
func TestBrokenHistories(t *testing.T) {
	const w0 = "{:process 0 :type :invoke :f :w}\n"
	for text, want := range map[string]string{
		w0 + "#a #b #c #d #e {:process 1}": "line 2", w0 + "#_) " + w0: "line 2, column 3: unexpected ')'", "#_)": "line 1", "[#_)": "line 1, column 4: unexpected ')'", "[": "line 1, column 2: the text ends before ']'", "(": "the text ends before ')'", "[" + w0 + "] #_)": "line 2",
		w0 + "#a": "line 2", w0 + "#a #_)": "line 2", w0 + "{:process 0 #_)": "line 2", w0 + "{:process": "line 2", w0 + "{:process 0": "line 2, column 12: the text ends in the middle", w0 + "{": "line 2", w0 + "{:~ 0}": "line 2", w0 + "{:process )": "line 2",
		w0 + "#{": "not a set", "{\"process\": 0, \"type\": \"invoke\", \"f\": \"w\"}\n": "", "{\"process\": 0": "line 1", "{\"process\": 0 \"": "line 1", "[{\"process\": 0, \"type\": \"invoke\", \"f\": \"w\"}": "line 1", "[{\"process\": 0, \"type\": \"invoke\", \"f\": \"w\"}] 3": "'3' follows the history",
		"{\"process\": 0, 3}": "want the name of a field", "{\"process\": }": "unexpected '}'", "{\"process\": 1\xff}": "is no value of JSON", "{\"process\": -}": "is no value of JSON", "{\"a\": \"\\x\"}": `a string has \x`, "{\"a\": [1": "ends before ']'", "{\"a": "does not end", "{\"a\" ": "no colon",
	} {
		_, err := Read(strings.NewReader(text))
		if want == "" && err != nil || want != "" && (!errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// Rule: a reader that met an error, or the end, stays there.
func TestReaderStays(t *testing.T) {
	for text, end := range map[string]error{"{:process 0 :type :invoke :f :w} x {:process 1 :type :invoke :f :w}": ErrMalformed, "{:process 0 :type :invoke :f :w}": io.EOF, "[{:process 0 :type :invoke :f :w}]": io.EOF} {
		in, err := NewReader(strings.NewReader(text), Config{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Next(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if op, err := in.Next(); !errors.Is(err, end) {
				t.Errorf("%q: %+v, %v", text, op, err)
			}
		}
	}
	for _, c := range []Config{{MaxEvents: -1}, {MaxEventBytes: -1}, {MaxBytes: -1}, {MaxDepth: -1}} {
		if _, err := NewReader(strings.NewReader(""), c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	for _, op := range []Op{{F: "w"}, {F: "w", Type: 9}} {
		if _, err := Calls([]Op{op}); err == nil || !strings.Contains(err.Error(), "no type") {
			t.Errorf("%+v: %v", op, err)
		}
	}
}
