package history

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// Every history of testdata reads as the golden file beside it says.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, golden := range files {
		name := strings.TrimSuffix(golden, ".golden")
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			h, err := Config{}.Read(bytes.NewReader(text))
			var got bytes.Buffer
			if err != nil {
				got.WriteString(err.Error() + "\n")
			} else {
				got.WriteString(h.Format + "\n")
				if err := WriteEDN(&got, h.Ops); err != nil {
					t.Fatal(err)
				}
			}
			if *rewrite {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
			}
		})
	}
}

// What was written is read back as it was, from either form, packed or not.
func TestRoundTrip(t *testing.T) {
	ops := []Op{
		{Index: 0, Time: 5, Process: 0, Type: Invoke, F: "write", Value: []any{"k", int64(1)}},
		{Index: 1, Time: 5, Process: Nemesis, Type: Info, F: "start-partition", Value: Map{{Keyword("n1"), Set{"n2", "n3"}}}},
		{Index: 2, Time: 9, Process: 0, Type: Info, F: "write", Value: []any{"k", int64(1)}, Error: []any{Keyword("timeout"), ":no keyword"},
			Extra: Map{{Keyword("version"), int64(7)}, {Keyword("node"), "n1"}}},
		{Index: 3, Time: 9, Process: 3, Type: Invoke, F: "two words", Value: []any{
			nil, true, -1.5, 2.0, 1e300, ":kw", "#a", "\xff\x00", "a\"\\\n\t\x00\u2028é😀", Keyword("a/b"), Symbol("sym"), Char('c'), Char(' '), Char('('), Char('\uFFFD'), Number("1/3"),
			Number("123456789012345678901234567890N"), Number("1.50M"), Tagged{"inst", "2026-01-01"}, Set{}, Map{}, []any{},
			Map{{int64(0), int64(10)}, {"#x", nil}}, Map{{"a", Map{{Keyword("b"), ""}}}}, Map{{"#set", int64(1)}}}},
		{Index: 4, Time: 10, Process: 3, Type: Fail, F: "two words"},
	}
	var edn bytes.Buffer
	if err := WriteEDN(&edn, ops); err != nil {
		t.Fatal(err)
	}
	for _, form := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return WriteEDN(b, ops) },
		func(b *bytes.Buffer) error { return WriteJSONL(b, ops) },
		func(b *bytes.Buffer) error {
			z := gzip.NewWriter(b)
			return errors.Join(WriteJSONL(nopFlush{z}, ops), z.Close())
		},
	} {
		var text, again bytes.Buffer
		if err := form(&text); err != nil {
			t.Fatal(err)
		}
		shown := text.String()
		got, err := Read(&text)
		if err != nil {
			t.Fatalf("%v\n%s", err, shown)
		}
		if err := WriteEDN(&again, got); err != nil {
			t.Fatal(err)
		}
		if again.String() != edn.String() {
			t.Errorf("%s\nread as\n%s\nwant\n%s", shown, again.String(), edn.String())
		}
	}
}

type nopFlush struct{ *gzip.Writer }

// A history that cannot be is an error which names the line and says what is wrong.
func TestMalformed(t *testing.T) {
	const w0, ok0 = "{:process 0 :type :invoke :f :w :value 1}\n", "{:process 0 :type :ok :f :w :value 1}\n"
	for _, c := range []struct{ name, text, want string }{
		{"completion without invocation", w0 + ok0 + ok0, "line 3: process 0 completes a :w that it did not invoke"},
		{"overlap", w0 + "\n; a comment\n" + w0, "line 4: process 0 invokes :w while its :w of line 1 has not completed"},
		{"after info", w0 + "{:process 0 :type :info :f :w}\n" + w0, "line 3: process 0 invokes :w after its :w of line 2 became :info"},
		{"another f", w0 + "{:process 0 :type :ok :f :read}", "line 2: process 0 completes a :read, but invoked a :w on line 1"},
		{"time runs backwards", "{:process 0 :type :invoke :f :w :time 10}\n{:process 1 :type :invoke :f :w :time 9}", "line 2: time runs backwards, from 10 to 9 ns"},
		{"index twice", "{:index 0 :process 0 :type :invoke :f :w}\n{:index 0 :process 1 :type :invoke :f :w}", "line 2: :index 0 is that of line 1 too"},
		{"index not dense", "{:index 0 :process 0 :type :invoke :f :w}\n{:index 2 :process 1 :type :invoke :f :w}", "line 2: :index 2 where 1 should be"},
		{"index missing", "{:index 0 :process 0 :type :invoke :f :w}\n{:process 1 :type :invoke :f :w}", "line 2: some events have an :index and some have none"},
		{"no process", w0 + "{:type :ok :f :w}", "line 2: an event without a :process"},
		{"no type", w0 + "{:process 0 :f :w}", "line 2: an event without a :type"},
		{"no f", w0 + "{:process 0 :type :ok}", "line 2: an event without an :f"},
		{"bad type", w0 + "{:process 0 :type :okay}", "line 2, column 13: :type is :okay; want :invoke, :ok, :fail or :info"},
		{"bad process", "{:process -3", "line 1, column 2: :process is -3; want a number from 0, or :nemesis"},
		{"bad time", "{:time 1.5", "line 1, column 2: :time is 1.5; want a whole number of nanoseconds"},
		{"bad index", "{:index nil", "line 1, column 2: :index is nil; want a number from 0"},
		{"bad f", "{:f 3", "line 1, column 2: :f is 3; want the name of a function"},
		{"twice", "{:process 0 :process 1", "line 1, column 13: :process is there twice"},
		{"extra twice", "{:a 0 :a 1", ":a is there twice"},
		{"no map", w0 + ":a", "line 2, column 1: want a map for each event"},
		{"a set", "#{:a}", "want a map for each event, not a set"},
		{"key no keyword", "{:a 1 2 3}", "line 1, column 7: want a keyword for the name"},
		{"open map", w0 + "{:process 0 :type", "line 2, column 18: the text ends where a value should be"},
		{"open vector", "[" + w0, "line 2, column 1: the text ends before ']'"},
		{"open string", `{:value "a`, "line 1, column 11: a string does not end"},
		{"open string after a backslash", `{:value "a\`, "a string does not end"},
		{"open list", "{:value (1 2", "the text ends before ')'"},
		{"odd map", "{:value {1 2 3}}", "a map has a key without a value"},
		{"wrong bracket", "{:value [1 2)}", "unexpected ')'"},
		{"more after the vector", "[" + w0 + "] x", "line 2, column 3: 'x' follows the history"},
		{"escape", `{:value "\q"}`, `a string has \q`},
		{"surrogate", `{:value "\ud800"}`, "half a pair of surrogates"},
		{"no UTF-8", "{:value \"\xff\"}", "a string is no UTF-8"},
		{"octal", "{:value 017}", `"017" is no number`},
		{"symbol", "{:value @a}", `"@a" is no symbol`},
		{"symbolic number", "{:value ##Foo}", "##Foo is no number"},
		{"character", `{:value \foo}`, `\foo is no character`},
		{"tag", `{:value #"a"}`, "# is no tag"},
		{"hex", `{:value #hex "zz"}`, "#hex: "},
		{"namespace", "{:value #:a[1]}", "#:a is followed by no map"},
		{"empty keyword", "{: 1}", "a colon before no keyword"},
		{"json string", `{"process": 0, "type": "ok`, "line 1, column 27: a string does not end"},
		{"json colon", `{"process" 0}`, `no colon after the field "process"`},
		{"json value", `{"process": x}`, `"x" is no value of JSON`},
		{"json open list", `{"value": [1`, "the text ends before ']'"},
		{"json open", `{"value": {"a": 1`, "the text ends before '}'"},
		{"json special", `{"value": {"#num": "x"}}`, `{"#num": …} holds nothing that fits`},
		{"json pairs", `{"value": {"#map": [1]}}`, `wants pairs`},
		{"json no object", `{"process": 0, "type": "invoke", "f": "w"} 3`, "want an object for each event"},
		{"json name", `{"a b": 0}`, `"a b" is no name for a field`},
		{"jepsen's own", "JEPSEN\x00\x00\x00\x01", "line 1, column 1: this is Jepsen's binary store; give the history.edn"},
		{"two bytes a character", "\xff\xfe{\x00", "this is UTF-16"},
		{"two bytes a character, the other way", "\xfe\xff\x00{", "this is UTF-16"},
		{"zstd", "\x28\xb5\x2f\xfd\x00", "packed by zstd"},
		{"zip", "PK\x03\x04", "a zip archive"},
		{"cut short", gzipped(w0 + ok0)[:40], "line 1: unpack it: unexpected EOF; the file may be cut short"},
		{"gzip", "\x1f\x8b\x08\x00junk", "unpack it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text))
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %q", err, c.want)
			}
		})
	}
}

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		return ""
	}
	return b.String()
}

// What could use up memory or the stack is an error before it does.
func TestLimits(t *testing.T) {
	event := "{:process 0 :type :invoke :f :w :value [1 2 3 4]}"
	for _, c := range []struct {
		name, text, want string
		cfg              Config
	}{
		{"depth", "{:value " + strings.Repeat("[", 1<<20), "nested more than 128 deep", Config{}},
		{"depth of discards", strings.Repeat("#_", 1<<20), "nested more than 128 deep", Config{}},
		{"depth of metadata", strings.Repeat("^", 1<<20), "nested more than 128 deep", Config{}},
		{"depth of tags", "{:value " + strings.Repeat("#a ", 1<<20), "nested more than 128 deep", Config{}},
		{"depth of JSON", `{"value": ` + strings.Repeat("[", 1<<20), "nested more than 128 deep", Config{}},
		{"depth of objects", strings.Repeat(`{"a":`, 1<<20), "nested more than 128 deep", Config{}},
		{"event", event, "an event of more than 40 bytes", Config{MaxEventBytes: 40}},
		{"token", "{:value " + strings.Repeat("a", 1<<20), "more than 65536 bytes", Config{MaxEventBytes: 1 << 16}},
		{"string", `{:value "` + strings.Repeat("a", 1<<20), "more than 65536 bytes", Config{MaxEventBytes: 1 << 16}},
		{"long list", "{:value [" + strings.Repeat("1 ", 1<<20), "an event of more than 65536 bytes", Config{MaxEventBytes: 1 << 16}},
		{"events", event + event, "more than 1 events", Config{MaxEvents: 1}},
		{"text", strings.Repeat("\n", 1<<20), "more than 100000 bytes of text", Config{MaxBytes: 100000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.cfg.Read(strings.NewReader(c.text))
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%.300v\nwant %q", err, c.want)
			}
		})
	}
	if (Config{MaxDepth: -1}).Validate() == nil {
		t.Error("a negative limit passes")
	}
}

// What a configuration permits.
func TestLenient(t *testing.T) {
	text := "{:index 5 :time 9 :process 0 :type :invoke :f :w}\n{:index 8 :time 7 :process 0 :type :ok :f :w}"
	h, err := Config{Sparse: true, IgnoreTime: true}.Read(strings.NewReader(text))
	if err != nil || len(h.Calls) != 1 || h.Calls[0] != (Call{0, 1}) || h.Ops[1].Index != 8 || h.Ops[1].Time != 0 {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := (Config{Sparse: true}).Read(strings.NewReader(text)); err == nil {
		t.Error("time may run backwards")
	}
	if _, err := (Config{IgnoreTime: true}).Read(strings.NewReader(text)); err == nil {
		t.Error("indices may have gaps")
	}
}

// Pieces of any size are read alike.
func TestPieces(t *testing.T) {
	text, err := os.ReadFile("testdata/jepsen.edn")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(&trickle{text: text})
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	if err := errors.Join(WriteEDN(&a, want), WriteEDN(&b, got)); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("%v\n%s\n%s", err, &a, &b)
	}
	broken := errors.New("the disk broke")
	if _, err := Read(&trickle{text: text[:300], end: broken}); !errors.Is(err, broken) || errors.Is(err, ErrMalformed) {
		t.Errorf("a failure to read is %v", err)
	}
}

// trickle reads a byte at a time.
type trickle struct {
	text []byte
	end  error
}

func (r *trickle) Read(p []byte) (int, error) {
	if len(r.text) == 0 {
		if r.end != nil {
			return 0, r.end
		}
		return 0, io.EOF
	}
	p[0] = r.text[0]
	r.text = r.text[1:]
	return 1, nil
}

func TestCalls(t *testing.T) {
	ops := []Op{
		{Process: 0, Type: Invoke, F: "w"}, {Process: 1, Type: Invoke, F: "r"}, {Process: Nemesis, Type: Info, F: "kill"},
		{Process: 1, Type: OK, F: "r"}, {Process: 1, Type: Invoke, F: "r"}, {Process: 0, Type: Info, F: "w"},
	}
	list, err := Calls(ops)
	if want := []Call{{0, 5}, {1, 3}, {4, -1}}; err != nil || len(list) != 3 || list[0] != want[0] || list[1] != want[1] || list[2] != want[2] {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := Calls([]Op{{Type: OK, F: "w"}}); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "event 0") {
		t.Error(err)
	}
	if _, err := Calls([]Op{{F: "w"}}); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

func TestUnwritable(t *testing.T) {
	for _, e := range []Entry{{int64(1), nil}, {Keyword("time"), nil}, {"a b", nil}, {Keyword("f"), nil}} {
		ops := []Op{{Type: Info, Extra: Map{e}}}
		if WriteEDN(&bytes.Buffer{}, ops) == nil || WriteJSONL(&bytes.Buffer{}, ops) == nil {
			t.Errorf("%v is written", e)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil && !strings.HasSuffix(name, ".golden") {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg := Config{Sparse: true, MaxBytes: 1 << 20}
		h, err := cfg.Read(bytes.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("%v is not ErrMalformed", err)
			}
			return
		}
		var want, edn, json bytes.Buffer
		if err := errors.Join(WriteEDN(&want, h.Ops), WriteJSONL(&json, h.Ops)); err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{want.String(), json.String()} {
			again, err := cfg.Read(strings.NewReader(form))
			if err != nil {
				t.Fatalf("%v\n%s", err, form)
			}
			edn.Reset()
			if err := WriteEDN(&edn, again.Ops); err != nil || edn.String() != want.String() {
				t.Fatalf("%v: wrote\n%s\nread\n%s", err, form, &edn)
			}
		}
	})
}
