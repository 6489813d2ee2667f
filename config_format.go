package quorate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Format returns c as a cluster file for people: indented, with the keys in the
// order of [Config] and the members in theirs. What has its zero value is left
// out; a benchmark is complete. [ParseConfig] reads it back to an equal Config.
func (c Config) Format() ([]byte, error) {
	compact, err := c.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// MarshalJSON returns what [Config.Format] does, in one line. Equal
// configurations have equal bytes.
func (c Config) MarshalJSON() ([]byte, error) {
	return appendObject(nil, reflect.ValueOf(c), true)
}

func appendObject(dst []byte, s reflect.Value, omitZero bool) ([]byte, error) {
	dst = append(dst, '{')
	comma := ""
	for _, f := range configFields(s.Type()) {
		x := s.Field(f.index)
		if omitZero && (x.IsZero() || x.Kind() == reflect.Map && x.Len() == 0) {
			continue
		}
		dst = fmt.Appendf(dst, "%s%q:", comma, f.name)
		comma = ","
		var err error
		if dst, err = appendJSON(dst, x); err != nil {
			return nil, fmt.Errorf("format config: %s: %w", f.name, err)
		}
	}
	return append(dst, '}'), nil
}

func appendJSON(dst []byte, x reflect.Value) ([]byte, error) {
	value := x.Interface()
	switch v := value.(type) {
	case *BenchmarkConfig:
		return appendObject(dst, reflect.ValueOf(*v), false)
	case map[ID]string:
		return appendByID(dst, v)
	case json.RawMessage:
		b := bytes.NewBuffer(dst)
		err := json.Compact(b, v)
		return b.Bytes(), err
	case time.Duration:
		value = v.String()
	case Threshold:
		if value = v.Number; v.Interval != 0 {
			value = v.Interval.String()
		}
	}
	b, err := json.Marshal(value)
	return append(dst, b...), err
}

func appendByID(dst []byte, m map[ID]string) ([]byte, error) {
	dst = append(dst, '{')
	for i, id := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		b, err := json.Marshal(m[id])
		if err != nil {
			return nil, err
		}
		dst = fmt.Appendf(dst, "%q:%s", id.String(), b)
	}
	return append(dst, '}'), nil
}
