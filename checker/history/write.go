package history

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// WriteEDN writes a history as Jepsen does, a map for each event and a line each. Read
// returns it as it was.
func WriteEDN(w io.Writer, ops []Op) error { return write(w, ops, appendEDNOp) }

// WriteJSONL writes a history as lines of JSON, an object for each event, with the same
// fields. Read returns it as it was: a keyword is written as a string that begins with a
// colon, and values that JSON has not as objects of one field, such as {"#set": [1, 2]}.
func WriteJSONL(w io.Writer, ops []Op) error { return write(w, ops, appendJSONOp) }

func write(w io.Writer, ops []Op, form func([]byte, *Op) ([]byte, error)) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	for i := range ops {
		var err error
		if line, err = form(line[:0], &ops[i]); err == nil {
			_, err = out.Write(append(line, '\n'))
		}
		if err != nil {
			return fmt.Errorf("write a history: event %d: %w", i, err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write a history: %w", err)
	}
	return nil
}

func appendEDNOp(b []byte, op *Op) ([]byte, error) {
	b = append(b, "{:index "...)
	b = strconv.AppendInt(b, int64(op.Index), 10)
	b = append(b, ", :time "...)
	b = strconv.AppendInt(b, int64(op.Time), 10)
	b = append(b, ", :process "...)
	if op.Process == Nemesis {
		b = append(b, ":nemesis"...)
	} else {
		b = strconv.AppendInt(b, int64(op.Process), 10)
	}
	b = append(append(b, ", :type :"...), op.Type.String()...)
	if op.F != "" {
		b = append(b, ", :f "...)
		if named(op.F) {
			b = append(append(b, ':'), op.F...)
		} else {
			b = appendString(b, op.F)
		}
	}
	b = AppendEDN(append(b, ", :value "...), op.Value)
	if op.Error != nil {
		b = AppendEDN(append(b, ", :error "...), op.Error)
	}
	for _, e := range op.Extra {
		name, err := extra(e)
		if err != nil {
			return b, err
		}
		b = append(append(append(b, ", :"...), name...), ' ')
		b = AppendEDN(b, e.Value)
	}
	return append(b, '}'), nil
}

// extra returns the name of a further entry.
func extra(e Entry) (string, error) {
	name, ok := word(e.Key)
	switch {
	case !ok || !named(name):
		return "", fmt.Errorf("%s is no name for an entry of an event; want a keyword", AppendEDN(nil, e.Key))
	case bit(Keyword(name)) != 0:
		return "", fmt.Errorf("a further entry is called :%s, as one of the event's own", name)
	}
	return name, nil
}

// named reports whether s can stand behind a colon.
func named(s string) bool {
	for i := range len(s) {
		if c := s[i]; delimits(c) || c <= ' ' || c == 0x7f {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}

// AppendEDN appends a value as EDN spells it. A string that is no UTF-8 is tagged #hex.
func AppendEDN(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "nil"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case uint64:
		if v > math.MaxInt64 {
			return append(strconv.AppendUint(b, v, 10), 'N')
		}
		return strconv.AppendUint(b, v, 10)
	case float64:
		return appendFloat(b, v)
	case string:
		return appendString(b, v)
	case Keyword:
		return append(append(b, ':'), v...)
	case Symbol:
		return append(b, v...)
	case Number:
		return append(b, v...)
	case Char:
		return appendChar(b, v)
	case []any:
		return append(appendList(append(b, '['), v), ']')
	case Set:
		return append(appendList(append(b, "#{"...), v), '}')
	case Tagged:
		return AppendEDN(append(append(append(b, '#'), v.Tag...), ' '), v.Value)
	case Map:
		b = append(b, '{')
		for i, e := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = AppendEDN(append(AppendEDN(b, e.Key), ' '), e.Value)
		}
		return append(b, '}')
	}
	return appendString(b, fmt.Sprint(v))
}

func appendList(b []byte, list []any) []byte {
	for i, v := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		b = AppendEDN(b, v)
	}
	return b
}

func appendFloat(b []byte, x float64) []byte {
	switch {
	case math.IsNaN(x):
		return append(b, "##NaN"...)
	case math.IsInf(x, 1):
		return append(b, "##Inf"...)
	case math.IsInf(x, -1):
		return append(b, "##-Inf"...)
	}
	start := len(b)
	b = strconv.AppendFloat(b, x, 'g', -1, 64)
	for _, c := range b[start:] {
		if c == '.' || c == 'e' {
			return b
		}
	}
	return append(b, ".0"...)
}

func appendChar(b []byte, c Char) []byte {
	b = append(b, '\\')
	switch c {
	case '\n':
		return append(b, "newline"...)
	case ' ':
		return append(b, "space"...)
	case '\t':
		return append(b, "tab"...)
	case '\r':
		return append(b, "return"...)
	}
	if c < 0x20 || c == 0x7f {
		return fmt.Appendf(b, "u%04x", rune(c))
	}
	return utf8.AppendRune(b, rune(c))
}

// appendString appends a string that EDN reads, or what is no text in hexadecimal.
func appendString(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b = append(b, `#hex "`...)
		return append(hex.AppendEncode(b, []byte(s)), '"')
	}
	return appendQuoted(b, s)
}

// appendQuoted appends a string of EDN and JSON alike.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		default:
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}
