// Package text renders messages, records and values on one line, in scripts,
// traces and errors.
package text

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/quorate/quorate"
)

const (
	maxBytes    = 40 // longer values are cut
	maxElements = 8  // longer lists are cut
)

// Of renders a message, a record or a value for people and golden files: on one line,
// stable, and short. Fields that are zero are left out, except slots and the
// names of other things, comparable structs with a String method; a field that is
// true is named alone; types with a String method use it; bytes are
// text where they can be; long bytes and lists are cut, with what is missing.
func Of(v any) string {
	if v == nil {
		return "nil"
	}
	var b strings.Builder
	appendValue(&b, reflect.ValueOf(v), true)
	return b.String()
}

func appendValue(b *strings.Builder, v reflect.Value, named bool) {
	if s, ok := v.Interface().(fmt.Stringer); ok {
		b.WriteString(s.String())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if named {
			b.WriteString(v.Type().Name())
		}
		appendFields(b, v)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b.WriteString(Bytes(bytesOf(v)))
			return
		}
		appendElements(b, v)
	case reflect.String:
		b.WriteString(Bytes([]byte(v.String())))
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func appendFields(b *strings.Builder, v reflect.Value) {
	b.WriteByte('{')
	sep := ""
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		if !field.IsExported() || empty(value, field.Tag.Get("text") == "omitzero") {
			continue
		}
		b.WriteString(sep + field.Name)
		sep = " "
		if value.Kind() == reflect.Bool {
			continue
		}
		b.WriteByte(':')
		appendValue(b, value, false)
	}
	b.WriteByte('}')
}

// empty reports whether a field says nothing. Slot 0 is a slot, and the first
// instance of the first row an instance, unless the field counts slots, or need
// not be there: then its tag says that zero is none.
func empty(v reflect.Value, none bool) bool {
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	named := v.Kind() == reflect.Struct && v.Type().Comparable() && v.Type().Implements(reflect.TypeFor[fmt.Stringer]())
	return v.IsZero() && (none || !named && v.Type() != reflect.TypeFor[quorate.Slot]())
}

func appendElements(b *strings.Builder, v reflect.Value) {
	b.WriteByte('[')
	shown := v.Len()
	if shown > maxElements {
		shown = maxElements / 2
	}
	for i := range shown {
		if i > 0 {
			b.WriteByte(' ')
		}
		appendValue(b, v.Index(i), false)
	}
	if rest := v.Len() - shown; rest > 0 {
		fmt.Fprintf(b, " and %d more", rest)
	}
	b.WriteByte(']')
}

func bytesOf(v reflect.Value) []byte {
	data := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(data), v)
	return data
}

// Bytes renders bytes: as text where they are printable, cut where they are long.
func Bytes(data []byte) string {
	s := string(data)
	switch {
	case s == "":
		return `""`
	case strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }):
		return strconv.Itoa(len(s)) + " bytes"
	case len(s) > maxBytes:
		return strings.ToValidUTF8(s[:maxBytes], "") + "…(" + strconv.Itoa(len(s)) + " bytes)"
	case strings.ContainsAny(s, ` "{}[]:`):
		return strconv.Quote(s)
	}
	return s
}
