package quorate

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// configValue is a JSON value, known to be well-formed, at its place in the file.
type configValue struct {
	raw []byte
	at  int
}

// kind names what the value is, with an article.
func (v configValue) kind() string {
	if len(v.raw) == 0 {
		return "nothing"
	}
	switch v.raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// maxKeyShown is how much of a key errors show, in bytes.
const maxKeyShown = 60

// configMember is a key with its value.
type configMember struct {
	key   string
	at    int
	value configValue
}

// members returns the members of an object.
func (v configValue) members() []configMember {
	var all []configMember
	d := json.NewDecoder(bytes.NewReader(v.raw))
	if _, err := d.Token(); err != nil {
		return nil
	}
	for d.More() {
		at := v.at + skipSpace(v.raw, int(d.InputOffset()))
		token, err := d.Token()
		key, ok := token.(string)
		var raw json.RawMessage
		if err != nil || !ok || d.Decode(&raw) != nil {
			return all
		}
		end := v.at + int(d.InputOffset())
		all = append(all, configMember{key, at, configValue{raw, end - len(raw)}})
	}
	return all
}

// skipSpace returns the first offset from at on that is neither space nor punctuation.
func skipSpace(data []byte, at int) int {
	for at < len(data) && strings.IndexByte(" \t\r\n,:", data[at]) >= 0 {
		at++
	}
	return at
}

// join appends a key to a path, cut if it is long and quoted unless it is a
// plain name.
func join(path, key string) string {
	if len(key) > maxKeyShown {
		key = key[:maxKeyShown] + "…"
	}
	for _, c := range []byte(key) {
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			key = fmt.Sprintf("%q", key)
			break
		}
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// object reads v into the struct s.
func (r *configReader) object(v configValue, path string, s reflect.Value) {
	if v.kind() != "an object" {
		r.problem(v.at, path, "want an object, have %s", v.kind())
		return
	}
	fields := configFields(s.Type())
	for _, m := range v.members() {
		f, ok := find(fields, m.key)
		if !ok {
			r.unknown(m, path, fields)
			continue
		}
		at := join(path, f.name)
		if r.first(m, at) {
			r.value(m.value, at, s.Field(f.index), f.unit)
		}
	}
}

func (r *configReader) unknown(m configMember, path string, fields []configField) {
	if r.full() {
		r.more++
		return
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	if len(m.key) <= maxKeyShown {
		if name, near := nearest(fields, m.key); near {
			r.problem(m.at, join(path, m.key), "unknown key, the nearest known one is %q", name)
			return
		}
	}
	r.problem(m.at, join(path, m.key), "unknown key, want one of %s", strings.Join(names, ", "))
}

// first notes the place of a value, and reports a key that occurs again.
func (r *configReader) first(m configMember, path string) bool {
	if at, dup := r.places[path]; dup {
		if r.data == nil || r.full() {
			r.problem(m.at, path, "given twice")
			return false
		}
		line, _ := position(r.data, at)
		r.problem(m.at, path, "given twice, first in line %d", line)
		return false
	}
	r.places[path] = m.value.at
	return true
}

// value reads v into x, which is configurable. The unit is what a bare number
// counts where a duration is wanted, zero if it must not be bare.
func (r *configReader) value(v configValue, path string, x reflect.Value, unit time.Duration) {
	switch p := x.Addr().Interface().(type) {
	case *map[ID]string:
		r.byID(v, path, p)
	case *json.RawMessage:
		if r.want(v, path, "an object") {
			var b bytes.Buffer
			_ = json.Compact(&b, v.raw) // known to be well-formed
			*p = b.Bytes()
		}
	case **BenchmarkConfig:
		b := DefaultBenchmark()
		*p = &b
		r.object(v, path, reflect.ValueOf(*p).Elem())
	case *Threshold:
		r.threshold(v, path, p)
	case *time.Duration:
		r.duration(v, path, p, unit)
	case encoding.TextUnmarshaler:
		r.text(v, path, p)
	default:
		if x.Kind() == reflect.Struct {
			r.object(v, path, x)
			return
		}
		r.plain(v, path, x)
	}
}

// want reports a value of another kind than the one wanted.
func (r *configReader) want(v configValue, path, kind string) bool {
	if v.kind() != kind {
		r.problem(v.at, path, "want %s, have %s", kind, v.kind())
		return false
	}
	return true
}

func (r *configReader) byID(v configValue, path string, into *map[ID]string) {
	if !r.want(v, path, "an object") {
		return
	}
	for _, m := range v.members() {
		at := join(path, m.key)
		id, err := ParseID(m.key)
		if err != nil {
			r.problem(m.at, at, "%.120v", err)
			continue
		}
		if id.String() != m.key {
			r.problem(m.at, at, "write the id as %v", id)
			continue
		}
		if !r.first(m, at) || !r.want(m.value, at, "a string") {
			continue
		}
		if *into == nil {
			*into = map[ID]string{}
		}
		(*into)[id] = m.value.string()
	}
}

func (v configValue) string() string {
	var s string
	_ = json.Unmarshal(v.raw, &s) // known to be a string
	return s
}

func (r *configReader) text(v configValue, path string, into encoding.TextUnmarshaler) {
	if !r.want(v, path, "a string") {
		return
	}
	if err := into.UnmarshalText([]byte(v.string())); err != nil {
		r.problem(v.at, path, "%v", err)
	}
}

func (r *configReader) threshold(v configValue, path string, into *Threshold) {
	if v.kind() == "a string" {
		r.duration(v, path, &into.Interval, 0)
		return
	}
	r.plain(v, path, reflect.ValueOf(&into.Number).Elem())
}

func (r *configReader) duration(v configValue, path string, into *time.Duration, unit time.Duration) {
	const want = `want a duration with a unit, such as "50ms", have %.60s`
	if v.kind() == "a number" && unit > 0 {
		var n float64
		r.plain(v, path, reflect.ValueOf(&n).Elem())
		if *into = scale(n, unit); *into == math.MaxInt64 || *into == math.MinInt64 {
			r.problem(v.at, path, "%.60s × %v is too long", v.raw, unit)
		}
		return
	}
	if v.kind() != "a string" {
		r.problem(v.at, path, want, v.raw)
		return
	}
	d, err := time.ParseDuration(v.string())
	if err != nil {
		r.problem(v.at, path, want, v.raw)
		return
	}
	*into = d
}

// scale returns n units, or an extreme duration if that is out of range.
func scale(n float64, unit time.Duration) time.Duration {
	switch d := math.Round(n * float64(unit)); {
	case d >= math.MaxInt64:
		return math.MaxInt64
	case d <= math.MinInt64:
		return math.MinInt64
	default:
		return time.Duration(d)
	}
}

// plain reads a boolean, a string or a number.
func (r *configReader) plain(v configValue, path string, x reflect.Value) {
	switch {
	case x.Kind() == reflect.Bool:
		if r.want(v, path, "a boolean") {
			x.SetBool(v.raw[0] == 't')
		}
	case x.Kind() == reflect.String:
		if r.want(v, path, "a string") {
			x.SetString(v.string())
		}
	case !r.want(v, path, "a number"):
	case x.CanFloat():
		n, err := strconv.ParseFloat(string(v.raw), x.Type().Bits())
		if err != nil {
			r.problem(v.at, path, "%.60s is out of range", v.raw)
		}
		x.SetFloat(n)
	case x.CanInt():
		n, err := strconv.ParseInt(string(v.raw), 10, x.Type().Bits())
		if err != nil {
			r.problem(v.at, path, "want a whole number of %d bits, have %.60s", x.Type().Bits(), v.raw)
		}
		x.SetInt(n)
	case x.CanUint():
		n, err := strconv.ParseUint(string(v.raw), 10, x.Type().Bits())
		if err != nil {
			r.problem(v.at, path, "want a whole number from 0 of %d bits, have %.60s", x.Type().Bits(), v.raw)
		}
		x.SetUint(n)
	}
}
