package maelstrom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/checker/history"
)

// decode reads a JSON value; its numbers stay as they are written.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one value")
	}
	return v, nil
}

// valueOf is a JSON value as histories have it.
func valueOf(text []byte) (any, error) {
	v, err := decode(text)
	if err != nil {
		return nil, err
	}
	return inHistory(v), nil
}

func inHistory(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = inHistory(v[i])
		}
		return list
	case map[string]any:
		var m history.Map
		for _, k := range slices.Sorted(maps.Keys(v)) {
			m = append(m, history.Entry{Key: k, Value: inHistory(v[k])})
		}
		return m
	}
	return v
}

// canonical is one spelling for all texts of one JSON value: without blanks, objects in
// the order of their names, numbers by what they are.
func canonical(text []byte) (string, error) {
	v, err := decode(text)
	if err != nil {
		return "", err
	}
	return string(appendCanonical(nil, v)), nil
}

func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case json.Number:
		return append(b, number(v.String())...)
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, v[i])
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, k)
			b = append(b, ':')
			b = appendCanonical(b, v[k])
		}
		return append(b, '}')
	}
	text, err := json.Marshal(v) // nil, a boolean or a string
	if err != nil {
		panic(err)
	}
	return append(b, text...)
}

// number is one spelling for all texts of a number: its digits without zeros at the end,
// and the power of ten that they are multiplied by, unless that is zero.
func number(text string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = "-", rest
	}
	digits, power, _ := strings.Cut(strings.ToLower(text), "e")
	exponent := int64(0)
	if power != "" {
		var err error
		if exponent, err = strconv.ParseInt(power, 10, 32); err != nil {
			return sign + text // beyond all reason: as it is written
		}
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	exponent -= int64(len(fraction))
	digits = strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	short := strings.TrimRight(digits, "0")
	exponent += int64(len(digits) - len(short))
	if exponent >= 0 && exponent <= 20 { // as people write it
		return sign + short + strings.Repeat("0", int(exponent))
	}
	return sign + short + "e" + strconv.FormatInt(exponent, 10)
}
