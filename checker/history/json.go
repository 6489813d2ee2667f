package history

// JSON has fewer kinds of values than EDN. The others are written as follows, and read
// back: a keyword as a string that begins with a colon; and objects of one field for
// {"#str": "…"} a string that begins with a colon, {"#hex": "…"} one that is no UTF-8,
// {"#map": [[key, value], …]} a map whose keys are not all strings or keywords,
// {"#set": […]}, {"#sym": "…"}, {"#chr": "…"}, {"#num": "1/3"}, {"#tag": ["inst", …]},
// and {"#flt": "##NaN"} floats that JSON has not, or takes for integers.

import (
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"
)

// jsonValue reads a value.
func (p *parser) jsonValue(depth int) (any, error) {
	c, ok := p.blank()
	switch {
	case !ok:
		return nil, p.broken("the text ends where a value should be")
	case depth > p.depth:
		return nil, p.broken("values nested more than %d deep", p.depth)
	}
	switch c {
	case '{':
		p.pos++
		return p.jsonObject(depth)
	case '[':
		p.pos++
		return p.jsonList(depth)
	case '"':
		p.pos++
		v, err := p.text()
		if s, ok := v.(string); ok && isName(s) {
			return p.name([]byte(s[1:])), nil
		}
		return v, err
	}
	tok := p.token()
	switch string(tok) {
	case "":
		return nil, p.broken("unexpected %q", c)
	case "null":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	if first := tok[0]; first == '-' && len(tok) > 1 || first >= '0' && first <= '9' {
		if v, ok := number(tok); ok {
			return v, nil
		}
	}
	return nil, p.broken("%.40q is no value of JSON", tok)
}

func (p *parser) jsonList(depth int) (any, error) {
	base := len(p.stack)
	defer func() {
		clear(p.stack[base:])
		p.stack = p.stack[:base]
	}()
	for {
		c, ok := p.blank()
		switch {
		case !ok:
			return nil, p.broken("the text ends before ']'")
		case c == ']':
			p.pos++
			list := make([]any, len(p.stack)-base)
			copy(list, p.stack[base:])
			return list, nil
		}
		v, err := p.jsonValue(depth + 1)
		if err == nil {
			err = p.within()
		}
		if err != nil {
			return nil, err
		}
		p.stack = append(p.stack, v)
	}
}

// field reads the name of a field and the colon after it; false at the closing brace.
func (p *parser) field() (string, bool, error) {
	switch c, ok := p.blank(); {
	case !ok:
		return "", false, p.broken("the text ends before '}'")
	case c == '}':
		p.pos++
		return "", false, nil
	case c != '"':
		return "", false, p.broken("want the name of a field, in quotes, not %q", c)
	}
	p.pos++
	name, err := p.str()
	if err != nil {
		return "", false, err
	}
	if c, ok := p.blank(); !ok || c != ':' {
		return "", false, p.broken("no colon after the field %.40q", name)
	}
	p.pos++
	return name, true, p.within()
}

// jsonObject reads a map, or one of the values that only EDN has.
func (p *parser) jsonObject(depth int) (any, error) {
	m := Map{}
	for {
		name, more, err := p.field()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		v, err := p.jsonValue(depth + 1)
		if err != nil {
			return nil, err
		}
		var key any = name
		if isName(name) {
			key = p.name([]byte(name[1:]))
		}
		m = append(m, Entry{key, v})
	}
	if len(m) == 1 {
		if name, ok := m[0].Key.(string); ok && len(name) == 4 && name[0] == '#' {
			switch name {
			case "#str", "#hex", "#map", "#set", "#sym", "#chr", "#num", "#tag", "#flt":
				return p.special(name, m[0].Value)
			}
		}
	}
	return m, nil
}

// special reads a value that is written as an object of one field.
func (p *parser) special(name string, v any) (any, error) {
	s, isText := v.(string)
	list, isList := v.([]any)
	k, isKeyword := v.(Keyword)
	switch {
	case name == "#str" && (isText || isKeyword):
		if isKeyword {
			s = ":" + string(k)
		}
		return s, nil
	case name == "#hex" && isText:
		if raw, err := hex.DecodeString(s); err == nil {
			return string(raw), nil
		}
	case name == "#sym" && symbolic(s):
		return Symbol(s), nil
	case name == "#chr" && isText && utf8.RuneCountInString(s) == 1:
		r, _ := utf8.DecodeRuneInString(s)
		return Char(r), nil
	case name == "#num" && isText && s != "":
		if n, ok := number([]byte(s)); ok {
			return n, nil
		}
	case name == "#flt" && isText:
		if x, ok := unusual(s); ok {
			return x, nil
		}
		if x, err := strconv.ParseFloat(s, 64); err == nil && decimal(s) {
			return x, nil
		}
	case name == "#set" && isList:
		return Set(list), nil
	case name == "#map" && isList:
		return p.pairs(list)
	case name == "#tag" && len(list) == 2:
		if tag, ok := list[0].(string); ok && isTag(tag) && tag != "hex" {
			return Tagged{tag, list[1]}, nil
		}
	}
	return nil, p.broken("{%q: …} holds nothing that fits", name)
}

func (p *parser) pairs(list []any) (any, error) {
	m := Map{}
	for _, e := range list {
		pair, _ := e.([]any)
		if len(pair) != 2 {
			return nil, p.broken(`{"#map": …} wants pairs of a key and a value`)
		}
		m = append(m, Entry{pair[0], pair[1]})
	}
	return m, nil
}

// isName reports whether a string of JSON stands for a keyword.
func isName(s string) bool { return len(s) > 1 && s[0] == ':' && named(s[1:]) }

// unusual returns the float that ## spells.
func unusual(s string) (float64, bool) {
	switch s {
	case "##Inf":
		return math.Inf(1), true
	case "##-Inf":
		return math.Inf(-1), true
	case "##NaN":
		return math.NaN(), true
	}
	return 0, false
}
