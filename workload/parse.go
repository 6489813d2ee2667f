package workload

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

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/spelling"
)

// Parse reads a workload in JSON, in our form or in Paxi's: an object under the names
// of [quorate.BenchmarkConfig], or a cluster file with one as its benchmark. Only
// Paxi's has Settings. A word instead of a distribution's object stands for its kind, a
// number instead of that of values for their size, a word instead of that of reads for
// their mode. Unknown names are errors that tell the nearest one known.
func Parse(data []byte) (Spec, Settings, error) {
	all, err := members(data)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the JSON object ends too early")
		}
		return Spec{}, Settings{}, fmt.Errorf("workload: %w", err)
	}
	if slices.ContainsFunc(all, isPaxi) {
		return parsePaxi(data, all)
	}
	var s Spec
	if err := decode("", data, reflect.ValueOf(&s).Elem()); err != nil {
		return Spec{}, Settings{}, fmt.Errorf("workload: %w", err)
	}
	return s, Settings{}, s.Validate()
}

// member is one of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members returns those of an object, in their order.
func members(data []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		if err == nil {
			err = errors.New("want a JSON object")
		}
		return nil, err
	}
	var all []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: name.(string)} // what else the decoder refuses
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(other member) bool { return other.name == m.name }) {
			return nil, fmt.Errorf("%q comes twice", m.name)
		}
		all = append(all, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return all, nil
}

// decode stores an object in a struct.
func decode(path string, data json.RawMessage, into reflect.Value) error {
	all, err := members(data)
	if err != nil {
		return errorAt(path, err)
	}
	known := tags(into.Type())
	for _, m := range all {
		i, at := slices.Index(known, m.name), join(path, m.name)
		if i < 0 {
			return errorAt(path, fmt.Errorf("unknown setting %q%s", m.name, spelling.Hint(m.name, known, "")))
		}
		if err := decodeValue(at, m.value, into.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// idle refuses operations of which all that are named are to come never: without
// weights they would be the usual ones.
func idle(path string, data json.RawMessage, into reflect.Value) error {
	o, ok := into.Addr().Interface().(*Operations)
	if !ok || slices.ContainsFunc(o.weights(), func(n named) bool { return n.value != 0 }) {
		return nil
	}
	if all, err := members(data); err != nil || len(all) == 0 || o.Blindly {
		return err // a modify that is missing has words of its own
	}
	return errorAt(path, errors.New("all weights are 0: want one above"))
}

func decodeValue(path string, data json.RawMessage, into reflect.Value) error {
	if into.Kind() != reflect.Struct {
		return decodePlain(path, data, into)
	}
	if data[0] == '{' {
		return cmp.Or(decode(path, data, into), idle(path, data, into))
	}
	switch v := into.Addr().Interface().(type) {
	case *Distribution:
		return decodePlain(path, data, reflect.ValueOf(&v.Kind).Elem())
	case *Values:
		err := decodePlain(path, data, reflect.ValueOf(&v.Size).Elem())
		v.Empty = v.Size == 0
		return err
	case *Reads:
		word := ""
		if err := decodePlain(path, data, reflect.ValueOf(&word).Elem()); err != nil {
			return err
		}
		mode, err := quorate.ParseReadMode(word)
		*v = Only(mode)
		return errorAt(path, err)
	}
	return errorAt(path, errors.New("want an object"))
}

// decodePlain decodes anything but an object; lists may hold some.
func decodePlain(path string, data json.RawMessage, into reflect.Value) error {
	if list, ok := into.Addr().Interface().(*[]Size); ok {
		var parts []json.RawMessage
		if err := json.Unmarshal(data, &parts); err != nil {
			return errorAt(path, err)
		}
		for i, part := range parts {
			var size Size
			if err := decode(fmt.Sprintf("%s[%d]", path, i), part, reflect.ValueOf(&size).Elem()); err != nil {
				return err
			}
			*list = append(*list, size)
		}
		return nil
	}
	if err := json.Unmarshal(data, into.Addr().Interface()); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			err = fmt.Errorf("have a %s, want %s", wrong.Value, plain(wrong.Type))
		}
		return errorAt(path, err)
	}
	return nil
}

// plain names a type as people do who write JSON.
func plain(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a word"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list of numbers"
	case reflect.Int:
		return "a whole number"
	}
	return "a number"
}

// tags returns the names of a struct's fields in JSON.
func tags(t reflect.Type) []string {
	var all []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func errorAt(path string, err error) error {
	if err == nil || path == "" {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
