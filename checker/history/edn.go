package history

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// parser reads values. Those of one history share the names in them.
type parser struct {
	source
	depth int // allowed
	stack []any
	names map[string]any // boxed keywords, by name
	json  bool

	shared [1 << 12]any // short strings that were there before, by their hashes
	seed   maphash.Seed
}

const maxShared = 32 // bytes of a string that is shared

const maxNames = 1 << 14 // shared; more are kept apart

// skip skips what means nothing: blanks, comments and discarded values; false at the end.
func (p *parser) skip(depth int) (byte, bool, error) {
	for {
		c, ok := p.blank()
		if !ok {
			return 0, false, p.err
		}
		switch c {
		case ';':
			p.restOfLine()
			continue
		case '#':
			if next, ok := p.at(1); ok && next == '_' {
				p.pos += 2
				if _, err := p.edn(depth + 1); err != nil {
					return 0, false, err
				}
				continue
			} else if ok && next == '!' {
				p.restOfLine()
				continue
			}
		case '^': // metadata: of no meaning here
			p.pos++
			if _, err := p.edn(depth + 1); err != nil {
				return 0, false, err
			}
			continue
		}
		return c, true, nil
	}
}

// edn reads a value.
func (p *parser) edn(depth int) (any, error) {
	if depth > p.depth {
		return nil, p.broken("values nested more than %d deep; see MaxDepth", p.depth)
	}
	c, ok, err := p.skip(depth)
	if err == nil && !ok {
		err = p.broken("the text ends where a value should be")
	}
	if err != nil {
		return nil, err
	}
	switch c {
	case '{':
		p.pos++
		return p.ednMap(depth, "")
	case '[':
		p.pos++
		list, err := p.ednList(depth, ']')
		return list, err
	case '(':
		p.pos++
		list, err := p.ednList(depth, ')')
		return list, err
	case '"':
		p.pos++
		return p.text()
	case '#':
		p.pos++
		return p.dispatch(depth)
	case '\\':
		p.pos++
		return p.char()
	case ':':
		p.pos++
		return p.keyword()
	}
	tok := p.token()
	if len(tok) == 0 {
		return nil, p.broken("unexpected %q", c)
	}
	return p.atom(tok)
}

// ednList reads up to the closing bracket.
func (p *parser) ednList(depth int, closing byte) ([]any, error) {
	base := len(p.stack)
	defer func() {
		clear(p.stack[base:])
		p.stack = p.stack[:base]
	}()
	for {
		c, ok, err := p.skip(depth)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, p.broken("the text ends before %q", closing)
		case c == closing:
			p.pos++
			list := make([]any, len(p.stack)-base)
			copy(list, p.stack[base:])
			return list, nil
		}
		v, err := p.edn(depth + 1)
		if err == nil {
			err = p.within()
		}
		if err != nil {
			return nil, err
		}
		p.stack = append(p.stack, v)
	}
}

// ednMap reads up to the closing brace. A namespace is that of a map such as #:a{:b 1}.
func (p *parser) ednMap(depth int, namespace string) (Map, error) {
	list, err := p.ednList(depth, '}')
	if err != nil {
		return nil, err
	}
	if len(list)%2 != 0 {
		return nil, p.broken("a map has a key without a value")
	}
	m := make(Map, 0, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		key := list[i]
		if k, ok := key.(Keyword); ok && namespace != "" && !strings.Contains(string(k), "/") {
			key = Keyword(namespace) + "/" + k
		}
		m = append(m, Entry{key, list[i+1]})
	}
	return m, nil
}

// dispatch reads what follows a #.
func (p *parser) dispatch(depth int) (any, error) {
	c, ok := p.peek()
	switch {
	case ok && c == '{':
		p.pos++
		list, err := p.ednList(depth, '}')
		return Set(list), err
	case ok && c == '#':
		p.pos++
		switch tok := string(p.token()); tok {
		case "Inf":
			return math.Inf(1), nil
		case "-Inf":
			return math.Inf(-1), nil
		case "NaN":
			return math.NaN(), nil
		default:
			return nil, p.broken("##%.20s is no number", tok)
		}
	}
	tag := string(p.token())
	if namespace, found := strings.CutPrefix(tag, ":"); found && named(namespace) {
		if c, ok := p.blank(); !ok || c != '{' {
			return nil, p.broken("#%.40s is followed by no map", tag)
		}
		p.pos++
		return p.ednMap(depth, namespace)
	}
	if !isTag(tag) {
		return nil, p.broken("#%.40s is no tag", tag)
	}
	v, err := p.edn(depth + 1)
	if text, ok := v.(string); ok && tag == "hex" {
		raw, err := hex.DecodeString(text)
		if err != nil {
			return nil, p.broken("#hex: %v", err)
		}
		return string(raw), nil
	}
	return Tagged{tag, v}, err
}

// isTag reports whether s can stand behind a #.
func isTag(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return named(s) && unicode.IsLetter(r)
}

// name returns the shared form of a keyword.
func (p *parser) name(tok []byte) any {
	if k, ok := p.names[string(tok)]; ok {
		return k
	}
	var k any = Keyword(tok)
	if len(p.names) < maxNames {
		p.names[string(tok)] = k
	}
	return k
}

func (p *parser) keyword() (any, error) {
	tok := p.token()
	if k, ok := p.names[string(tok)]; ok {
		return k, nil
	}
	if !named(string(tok)) {
		return nil, p.broken("a colon before no keyword")
	}
	return p.name(tok), nil
}

func (p *parser) char() (any, error) {
	if c, ok := p.peek(); ok && delimits(c) { // \( and the like
		if c > ' ' {
			p.pos++
			return Char(c), nil
		}
	}
	tok := string(p.token())
	switch tok {
	case "newline":
		return Char('\n'), nil
	case "space":
		return Char(' '), nil
	case "tab":
		return Char('\t'), nil
	case "return":
		return Char('\r'), nil
	case "formfeed":
		return Char('\f'), nil
	case "backspace":
		return Char('\b'), nil
	}
	if r, n := utf8.DecodeRuneInString(tok); n > 0 && n == len(tok) && (r != utf8.RuneError || n > 1) {
		return Char(r), nil
	}
	if len(tok) == 5 && tok[0] == 'u' {
		if n, err := strconv.ParseUint(tok[1:], 16, 16); err == nil && !utf16.IsSurrogate(rune(n)) {
			return Char(n), nil
		}
	}
	return nil, p.broken("\\%.20s is no character", tok)
}

// text reads a string behind its opening quote.
func (p *parser) text() (any, error) {
	raw, escapes, err := p.quoted()
	if err != nil || escapes || len(raw) > maxShared {
		text, err := p.content(raw, escapes, err)
		return text, err
	}
	// Keys and the names of sessions come again and again.
	place := &p.shared[maphash.Bytes(p.seed, raw)%uint64(len(p.shared))]
	if text, ok := (*place).(string); ok && text == string(raw) {
		return *place, nil
	}
	text, err := p.content(raw, escapes, err)
	if err != nil {
		return nil, err
	}
	*place = text
	return *place, nil
}

func (p *parser) str() (string, error) {
	raw, escapes, err := p.quoted()
	return p.content(raw, escapes, err)
}

// content is the string that was quoted.
func (p *parser) content(raw []byte, escapes bool, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if err := p.within(); err != nil {
		return "", err
	}
	if !utf8.Valid(raw) {
		return "", p.broken("a string is no UTF-8; write it as #hex")
	}
	if !escapes {
		return string(raw), nil
	}
	s, bad := unescape(raw)
	if bad != "" {
		return "", p.broken("a string has %s", bad)
	}
	return s, nil
}

// unescape resolves the escapes of EDN and JSON, or returns the one that is none.
func unescape(raw []byte) (s, bad string) {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return string(append(out, raw...)), ""
		}
		out = append(out, raw[:i]...)
		c := raw[i+1] // quoted took care of that
		raw = raw[i+2:]
		if i := strings.IndexByte(`ntrbf"\/`, c); i >= 0 {
			out = append(out, "\n\t\r\b\f\"\\/"[i])
			continue
		}
		r, ok := hex4(raw)
		if c != 'u' || !ok {
			return "", fmt.Sprintf("\\%c", c)
		}
		raw = raw[4:]
		if utf16.IsSurrogate(r) {
			low, ok := rune(0), false
			if len(raw) > 2 && raw[0] == '\\' && raw[1] == 'u' {
				low, ok = hex4(raw[2:])
			}
			if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
				return "", "half a pair of surrogates"
			}
			raw = raw[6:]
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out), ""
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n), err == nil
}

// atom reads what has no delimiters: numbers, symbols, nil, true and false.
func (p *parser) atom(tok []byte) (any, error) {
	switch string(tok) {
	case "nil":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	digits := tok
	if tok[0] == '-' || tok[0] == '+' {
		digits = tok[1:]
	}
	if len(digits) > 0 && digits[0] >= '0' && digits[0] <= '9' {
		v, ok := number(tok)
		if !ok {
			return nil, p.broken("%.40q is no number", tok)
		}
		return v, nil
	}
	if !symbolic(string(tok)) {
		return nil, p.broken("%.40q is no symbol", tok)
	}
	return Symbol(tok), nil
}

// symbolic reports whether s reads as a symbol.
func symbolic(s string) bool {
	digits := strings.TrimLeft(s, "+-")
	return named(s) && !strings.ContainsAny(s[:1], "'`~@\\:#^") && !(digits != "" && digits[0] >= '0' && digits[0] <= '9') &&
		s != "nil" && s != "true" && s != "false"
}
