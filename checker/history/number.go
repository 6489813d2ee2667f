package history

import (
	"strconv"
	"strings"
)

// number reads an integer, a float or what is kept as it is spelled.
func number(tok []byte) (any, bool) {
	if n, ok := small(tok); ok {
		return n, true
	}
	const longest = 4096 // digits: nobody counts that far
	text := string(tok)
	if len(text) > longest {
		return nil, false
	}
	if text[0] == '+' {
		text = text[1:]
	}
	last := text[len(text)-1]
	whole := text
	if last == 'N' {
		whole = text[:len(text)-1]
	}
	digits := strings.TrimPrefix(whole, "-")
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return nil, false // octal to some, decimal to others
	}
	base := 10
	if strings.HasPrefix(digits, "0x") && !strings.Contains(digits, "_") {
		base = 0
	}
	if n, err := strconv.ParseInt(whole, base, 64); err == nil {
		return n, true
	}
	if integer(whole) {
		return Number(whole + "N"), true
	}
	if above, below, ok := strings.Cut(text, "/"); ok {
		return Number(text), integer(above) && integer(below) && below[0] != '-'
	}
	if last == 'M' {
		_, err := strconv.ParseFloat(text[:len(text)-1], 64)
		return Number(text), err == nil && decimal(text[:len(text)-1])
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && decimal(text)
}

// small reads the integers that nearly all are.
func small(tok []byte) (n int64, ok bool) {
	digits := tok
	if tok[0] == '-' {
		digits = tok[1:]
	}
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	if tok[0] == '-' {
		n = -n
	}
	return n, true
}

// integer reports whether s is a whole number in decimal digits.
func integer(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && (s[0] != '0' || len(s) == 1)
}

// decimal reports whether s is spelled as EDN and JSON spell floats.
func decimal(s string) bool {
	for i := range len(s) {
		if !strings.Contains("0123456789+-.eE", s[i:i+1]) {
			return false
		}
	}
	return true
}
