package script

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/quorate/quorate"
)

const (
	textBytes    = 40 // longer values are cut
	textElements = 8  // longer lists are cut
)

// Text renders a message, a record or a value for golden files: on one line,
// stable, and short. Fields that are zero are left out, except slots; a field
// that is true is named alone; types with a String method use it; bytes are
// text where they can be; long bytes and lists are cut, with what is missing.
func Text(v any) string {
	if v == nil {
		return "nil"
	}
	var b strings.Builder
	appendText(&b, reflect.ValueOf(v), true)
	return b.String()
}

func appendText(b *strings.Builder, v reflect.Value, named bool) {
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
			b.WriteString(bytesText(bytesOf(v)))
			return
		}
		appendElements(b, v)
	case reflect.String:
		b.WriteString(bytesText([]byte(v.String())))
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func appendFields(b *strings.Builder, v reflect.Value) {
	b.WriteByte('{')
	sep := ""
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		if !field.IsExported() || empty(value) {
			continue
		}
		b.WriteString(sep + field.Name)
		sep = " "
		if value.Kind() == reflect.Bool {
			continue
		}
		b.WriteByte(':')
		appendText(b, value, false)
	}
	b.WriteByte('}')
}

// empty reports whether a field says nothing. Slot 0 is a slot.
func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero() && v.Type() != reflect.TypeFor[quorate.Slot]()
}

func appendElements(b *strings.Builder, v reflect.Value) {
	b.WriteByte('[')
	shown := v.Len()
	if shown > textElements {
		shown = textElements / 2
	}
	for i := range shown {
		if i > 0 {
			b.WriteByte(' ')
		}
		appendText(b, v.Index(i), false)
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

func bytesText(data []byte) string {
	s := string(data)
	switch {
	case s == "":
		return `""`
	case strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }):
		return strconv.Itoa(len(s)) + " bytes"
	case len(s) > textBytes:
		return strings.ToValidUTF8(s[:textBytes], "") + "…(" + strconv.Itoa(len(s)) + " bytes)"
	case strings.ContainsAny(s, ` "{}[]:`):
		return strconv.Quote(s)
	}
	return s
}

// shortName strips the package from a wire name.
func shortName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// eventText returns the name of an event and a clause with the node as subject.
func eventText(e quorate.Event) (name, text string) {
	switch e := e.(type) {
	case quorate.TimerFired:
		return e.Name, "timer " + e.Name
	case quorate.Elected:
		return "Elected", "is elected under " + e.Ballot.String() + inLog(e.Log)
	case quorate.SteppedDown:
		text := "steps down from " + e.Ballot.String() + inLog(e.Log)
		if e.By != 0 {
			text += ", sees " + e.By.String()
		}
		return "SteppedDown", text
	case quorate.Chosen:
		return "Chosen", fmt.Sprintf("learns %s = %s under %v", place(e.Log, e.Slot), Text(e.Commands), e.Ballot)
	case quorate.Executed:
		text := fmt.Sprintf("executes %s = %s", place(e.Log, e.Slot), Text(e.Commands))
		if len(e.Results) > 0 {
			text += " -> " + Text(e.Results)
		}
		return "Executed", text
	case quorate.Installed:
		return "Installed", "installs a snapshot up to slot " + e.Upto.String() + inLog(e.Log)
	}
	return reflect.TypeOf(e).Name(), Text(e)
}

func inLog(log string) string {
	if log == "" {
		return ""
	}
	return " in log " + log
}

// replyText renders a reply as its client sees it.
func replyText(r quorate.Reply) string {
	text := fmt.Sprintf("reply %d: %v", r.Seq, r.Status)
	if r.Reason != quorate.ReasonNone {
		text += " (" + r.Reason.String() + ")"
	}
	if r.Status == quorate.Done {
		text += ", ok"
		if !r.OK {
			text = strings.TrimSuffix(text, "ok") + "not ok"
		}
		text += fmt.Sprintf(", version %d", r.Version)
		if len(r.Value) > 0 {
			text += ", value " + bytesText(r.Value)
		}
	}
	if r.Stale {
		text += fmt.Sprintf(", stale at slot %v", r.Index)
	}
	if r.Leader != 0 {
		text += fmt.Sprintf(", leader %v", r.Leader)
	}
	return text
}

// wildcard reports whether s fits the pattern, in which "*" stands for any text.
func wildcard(pattern, s string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return false // names of types are compared elsewhere
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
