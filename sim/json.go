package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/spelling"
)

// The JSON of worlds and logs is written to be read: durations are strings such
// as "1.5s", which stand for exactly one number of nanoseconds. What is read must
// be spelt right: a field that does not exist is an error, or a slip in a file
// would go unnoticed.

// MarshalJSON implements [json.Marshaler].
func (s Spec) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(s)) }

// UnmarshalJSON implements [json.Unmarshaler]. Durations may be numbers, of
// nanoseconds, too. It does not validate; see [Spec.Validate].
func (s *Spec) UnmarshalJSON(data []byte) error { return parseJSON(data, s) }

// MarshalJSON implements [json.Marshaler].
func (v Violation) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(v)) }

// UnmarshalJSON implements [json.Unmarshaler].
func (v *Violation) UnmarshalJSON(data []byte) error { return parseJSON(data, v) }

// appendJSON writes structs, pointers and slices field by field, whatever
// methods they have, and durations as text.
func appendJSON(dst []byte, v reflect.Value) ([]byte, error) {
	if d, ok := v.Interface().(time.Duration); ok {
		return fmt.Appendf(dst, "%q", d), nil
	}
	var err error
	switch {
	case v.Kind() == reflect.Struct:
		dst = append(dst, '{')
		for f, field := range v.Fields() {
			name, omit := fieldName(f)
			if !f.IsExported() || omit && (field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0) {
				continue
			}
			if dst[len(dst)-1] != '{' {
				dst = append(dst, ',')
			}
			dst = fmt.Appendf(dst, "%q:", name)
			if dst, err = appendJSON(dst, field); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return appendJSON(dst, v.Elem())
	case v.Kind() == reflect.Slice && !v.IsNil():
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendJSON(dst, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	leaf, err := json.Marshal(v.Interface())
	return append(dst, leaf...), err
}

// fieldName reads the tag of a field.
func fieldName(f reflect.StructField) (name string, omitEmpty bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return cmp.Or(name, f.Name), options == "omitempty"
}

// parseJSON reads what appendJSON writes into the struct that to points to.
func parseJSON(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of the JSON value")
	}
	return assign(reflect.ValueOf(to).Elem(), tree, "")
}

// assign sets v to a JSON value. The path says where in the document it is.
func assign(v reflect.Value, tree any, path string) error {
	if tree == nil {
		return nil
	}
	if text, ok := tree.(string); ok && v.Type() == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%s is %q: want a duration such as \"1.5s\"", path, text)
		}
		v.SetInt(int64(d))
		return nil
	}
	switch tree := tree.(type) {
	case map[string]any:
		switch v.Kind() {
		case reflect.Struct:
			return assignFields(v, tree, path)
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			return assign(v.Elem(), tree, path)
		}
	case []any:
		if v.Kind() == reflect.Slice {
			v.Set(reflect.MakeSlice(v.Type(), len(tree), len(tree)))
			for i := range tree {
				if err := assign(v.Index(i), tree[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	leaf, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	if v.Kind() == reflect.Struct || json.Unmarshal(leaf, v.Addr().Interface()) != nil {
		return fmt.Errorf("%sis %.40s: want %s", strings.TrimPrefix(path+" ", " "), leaf, kindName(v.Type()))
	}
	return nil
}

// assignFields sets the fields of a struct that a JSON object names.
func assignFields(v reflect.Value, tree map[string]any, path string) error {
	fields := map[string]reflect.Value{}
	var names []string
	for f, field := range v.Fields() {
		if !f.IsExported() {
			continue
		}
		name, _ := fieldName(f)
		fields[name] = field
		names = append(names, name)
	}
	keys := make([]string, 0, len(tree))
	for key := range tree { // unordered: sorted below
		keys = append(keys, key)
	}
	slices.Sort(keys) // so that the first error is the same every time
	for _, key := range keys {
		at := strings.TrimPrefix(path+"."+key, ".")
		field, ok := fields[key]
		if !ok {
			return fmt.Errorf("unknown field %s%s: want some of %s", at, spelling.Hint(key, names, ""), strings.Join(names, ", "))
		}
		if err := assign(field, tree[key], at); err != nil {
			return err
		}
	}
	return nil
}

// kindName says what JSON a field of the type wants.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	}
	if t == reflect.TypeFor[time.Duration]() {
		return `a duration such as "1.5s"`
	}
	return "a whole number that fits " + t.String()
}
