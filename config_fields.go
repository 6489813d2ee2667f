package quorate

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/quorate/quorate/internal/spelling"
)

// configField is a field of a struct that a file can set.
type configField struct {
	name  string // in the file
	aka   string // another spelling that is accepted; often empty
	unit  time.Duration
	index int
}

// configFields returns the fields of t that a file can set.
func configFields(t reflect.Type) []configField {
	var fields []configField
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() || !configurable(f.Type) {
			continue
		}
		if name == "" {
			name = snakeCase(f.Name)
		}
		unit, _ := time.ParseDuration(f.Tag.Get("unit")) // zero: none
		fields = append(fields, configField{name: name, aka: f.Tag.Get("aka"), unit: unit, index: i})
	}
	return fields
}

// configurable reports whether a file can set values of type t: a struct only
// if it can set all of its fields.
func configurable(t reflect.Type) bool {
	if special(t) {
		return true
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float64, reflect.Float32,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); !f.IsExported() || !configurable(f.Type) {
				return false
			}
		}
		return t.NumField() > 0
	}
	return false
}

// special reports whether t is read in a way of its own, whatever its kind.
func special(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[map[ID]string](), reflect.TypeFor[json.RawMessage](),
		reflect.TypeFor[*BenchmarkConfig](), reflect.TypeFor[Threshold](), reflect.TypeFor[time.Duration]():
		return true
	}
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// snakeCase turns a field's name into a key: ElectionTimeout, HTTPPort and MaxTTL
// into election_timeout, http_port and max_ttl.
func snakeCase(name string) string {
	letters := []rune(name)
	var b strings.Builder
	for i, c := range letters {
		if unicode.IsUpper(c) && i > 0 {
			startsWord := i+1 < len(letters) && unicode.IsLower(letters[i+1])
			if !unicode.IsUpper(letters[i-1]) || startsWord {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// find returns the field that a file's key means, in upper or lower case.
func find(fields []configField, key string) (configField, bool) {
	for _, f := range fields {
		if strings.EqualFold(f.name, key) || f.aka != "" && strings.EqualFold(f.aka, key) {
			return f, true
		}
	}
	return configField{}, false
}

// nearest returns the name that the fewest changes turn key into, and whether
// they are few enough to call it a misspelling.
func nearest(fields []configField, key string) (string, bool) {
	best, least := "", 0
	for _, f := range fields {
		d := spelling.Distance(strings.ToLower(key), strings.ToLower(f.name))
		if best == "" || d < least {
			best, least = f.name, d
		}
	}
	return best, least <= len(key)/2
}
