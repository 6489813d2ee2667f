package store

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// maxName bounds names of files, which most systems end at 255 bytes.
const maxName = 150

// fileName makes the name of one file or directory of any text. Different texts have
// different names, none leads elsewhere, and what is plain stays as it is: other bytes
// are written as in URLs.
func fileName(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_,+=@", c) >= 0 || c == '.' && i > 0
		if plain {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := b.String()
	switch {
	case name == "":
		return "%"
	case name == latest || name == current || name == index: // which mean something else in a store
		return fmt.Sprintf("%%%02X%s", name[0], name[1:])
	case len(name) > maxName:
		h := fnv.New64a()
		_, _ = h.Write([]byte(text))                                   // never fails
		return fmt.Sprintf("%s%%~%016x", name[:maxName-18], h.Sum64()) // in no other name is %~
	}
	return name
}

// The names of a store that are no tests.
const (
	latest  = "latest"
	current = "current"
	index   = "index.html"
)
