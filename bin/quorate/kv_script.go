package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// splitLine splits a line into words, as a shell would: at spaces, but not
// within quotes. Between single quotes everything stands for itself; between
// double quotes the escapes of Go's strings hold, so that any bytes can be
// written. A # at the beginning of a word begins a comment.
func splitLine(line string) ([]string, error) {
	var words []string
	for rest := strings.TrimLeft(line, " \t\r"); rest != "" && rest[0] != '#'; rest = strings.TrimLeft(rest, " \t\r") {
		var word strings.Builder
		for rest != "" && !strings.ContainsRune(" \t\r", rune(rest[0])) {
			part, after, err := cutPart(rest)
			if err != nil {
				return nil, err
			}
			word.WriteString(part)
			rest = after
		}
		words = append(words, word.String())
	}
	return words, nil
}

// cutPart cuts the first part of a word off: something in quotes, or what comes
// before the next quote or space.
func cutPart(text string) (part, rest string, err error) {
	switch text[0] {
	case '\'':
		end := strings.IndexByte(text[1:], '\'')
		if end < 0 {
			return "", "", errors.New("a single quote is not closed")
		}
		return text[1 : 1+end], text[2+end:], nil
	case '"':
		literal, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", errors.New(`a double quote is not closed, or holds an escape that there is not; want \n, \t, \", \\ or \xff`)
		}
		part, err = strconv.Unquote(literal)
		return part, text[len(literal):], err
	}
	end := strings.IndexAny(text, " \t\r'\"")
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], nil
}

// maxLine bounds a line of a script, in bytes.
const maxLine = 4 << 20

// lineError says which line of a script failed. It keeps the exit code.
func lineError(number int, err error) error {
	if e, ok := errors.AsType[*exitError](err); ok {
		if e.err == nil {
			return err
		}
		return &exitError{e.code, fmt.Errorf("line %d: %w", number, err)}
	}
	return fmt.Errorf("line %d: %w", number, err)
}
