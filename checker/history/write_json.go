package history

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

func appendJSONOp(b []byte, op *Op) ([]byte, error) {
	b = append(b, `{"index":`...)
	b = strconv.AppendInt(b, int64(op.Index), 10)
	b = append(b, `,"time":`...)
	b = strconv.AppendInt(b, int64(op.Time), 10)
	b = append(b, `,"process":`...)
	if op.Process == Nemesis {
		b = append(b, `"nemesis"`...)
	} else {
		b = strconv.AppendInt(b, int64(op.Process), 10)
	}
	b = append(append(append(b, `,"type":"`...), op.Type.String()...), '"')
	if op.F != "" {
		b = appendJSON(append(b, `,"f":`...), op.F)
	}
	b = appendJSON(append(b, `,"value":`...), op.Value)
	if op.Error != nil {
		b = appendJSON(append(b, `,"error":`...), op.Error)
	}
	for _, e := range op.Extra {
		name, err := extra(e)
		if err != nil {
			return b, err
		}
		b = append(appendQuoted(append(b, ','), name), ':')
		b = appendJSON(b, e.Value)
	}
	return append(b, '}'), nil
}

// appendJSON appends a value as the comment at the head of json.go says.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		switch {
		case !utf8.ValidString(v):
			b = append(b, `{"#hex":"`...)
			return append(hex.AppendEncode(b, []byte(v)), `"}`...)
		case isName(v):
			return append(appendQuoted(append(b, `{"#str":`...), v), '}')
		}
		return appendQuoted(b, v)
	case Keyword:
		return appendQuoted(b, ":"+string(v))
	case uint64:
		return strconv.AppendUint(b, v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(appendFloat(append(b, `{"#flt":"`...), v), `"}`...)
		}
		return appendFloat(b, v)
	case Symbol:
		return append(appendQuoted(append(b, `{"#sym":`...), string(v)), '}')
	case Char:
		return append(appendQuoted(append(b, `{"#chr":`...), string(rune(v))), '}')
	case Number:
		return append(appendQuoted(append(b, `{"#num":`...), string(v)), '}')
	case []any:
		return appendJSONList(b, v)
	case Set:
		return append(appendJSONList(append(b, `{"#set":`...), v), '}')
	case Tagged:
		b = appendQuoted(append(b, `{"#tag":[`...), v.Tag)
		return append(appendJSON(append(b, ','), v.Value), `]}`...)
	case Map:
		return appendJSONMap(b, v)
	}
	return AppendEDN(b, v) // numbers and booleans, which both spell alike
}

func appendJSONList(b []byte, list []any) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, v)
	}
	return append(b, ']')
}

func appendJSONMap(b []byte, m Map) []byte {
	for _, e := range m {
		name, isText := e.Key.(string)
		if k, ok := e.Key.(Keyword); ok {
			name, isText = ":"+string(k), true
		} else if isName(name) || strings.HasPrefix(name, "#") {
			isText = false
		}
		if !isText || !utf8.ValidString(name) {
			b = append(b, `{"#map":[`...)
			for i, e := range m {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendJSONList(b, []any{e.Key, e.Value})
			}
			return append(b, `]}`...)
		}
	}
	b = append(b, '{')
	for i, e := range m {
		if i > 0 {
			b = append(b, ',')
		}
		name, ok := e.Key.(string)
		if !ok {
			name = ":" + string(e.Key.(Keyword))
		}
		b = append(appendQuoted(b, name), ':')
		b = appendJSON(b, e.Value)
	}
	return append(b, '}')
}
