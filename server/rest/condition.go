package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/quorate/quorate"
)

// tag is the entity tag of a version.
func tag(version uint64) string {
	var b [22]byte
	return string(append(strconv.AppendUint(append(b[:0], '"'), version, 10), '"'))
}

// tags is the value of an If-Match or If-None-Match header.
type tags struct {
	set bool // the header is there
	any bool // it is *
	all []entityTag
}

type entityTag struct {
	weak    bool
	version uint64 // zero if no version has this tag
}

// maxTags bounds the entity tags of one header.
const maxTags = 64

// parseTags reads the lines of a header by RFC 9110, sections 8.8.3 and 13.1.
func parseTags(name string, lines []string) (tags, *failure) {
	if len(lines) == 0 {
		return tags{}, nil
	}
	t := tags{set: true}
	value := strings.Join(lines, ",")
	if strings.Trim(value, " \t") == "*" {
		t.any = true
		return t, nil
	}
	rest := value
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			break
		}
		var e entityTag
		var ok bool
		if e, rest, ok = cutTag(rest); !ok || len(t.all) == maxTags {
			return t, bad("%s: %.100q: want * or up to %d entity tags in double quotes, such as %s", name, value, maxTags, tag(7))
		}
		t.all = append(t.all, e)
	}
	if len(t.all) == 0 {
		return t, bad("%s is empty: want * or an entity tag in double quotes, such as %s", name, tag(7))
	}
	return t, nil
}

// cutTag takes one entity tag off s. A comma or the end must follow.
func cutTag(s string) (e entityTag, rest string, ok bool) {
	s, e.weak = strings.CutPrefix(s, "W/")
	s, ok = strings.CutPrefix(s, `"`)
	if !ok {
		return e, "", false
	}
	opaque, rest, ok := strings.Cut(s, `"`)
	if !ok {
		return e, "", false
	}
	for i := range len(opaque) {
		if c := opaque[i]; c <= ' ' || c == 0x7f {
			return e, "", false
		}
	}
	rest = strings.TrimLeft(rest, " \t")
	if rest != "" && rest[0] != ',' {
		return e, "", false
	}
	// Tags are compared as text: "07" is none of ours. No version is 0.
	if v, err := strconv.ParseUint(opaque, 10, 64); err == nil && strconv.FormatUint(v, 10) == opaque {
		e.version = v
	}
	return e, rest, true
}

// weakly reports whether a tag names the version, weak ones included.
func (t *tags) weakly(version uint64) bool {
	for _, e := range t.all {
		if e.version == version {
			return true
		}
	}
	return false
}

// strongly reports whether a strong tag names the version.
func (t *tags) strongly(version uint64) bool {
	for _, e := range t.all {
		if e.version == version && !e.weak {
			return true
		}
	}
	return false
}

// conditions are a request's preconditions. There are no dates to compare
// with, so those on dates are ignored, as RFC 9110 asks for.
type conditions struct{ match, noneMatch tags }

func (x *exchange) conditions() (c conditions, f *failure) {
	if c.match, f = parseTags("If-Match", x.r.Header["If-Match"]); f != nil {
		return c, f
	}
	c.noneMatch, f = parseTags("If-None-Match", x.r.Header["If-None-Match"])
	return c, f
}

// read judges the conditions of a GET by what was read, and returns 0, 304 or
// 412.
func (c *conditions) read(present bool, version uint64) int {
	if c.match.set && (!present || !c.match.any && !c.match.strongly(version)) {
		return http.StatusPreconditionFailed
	}
	if c.noneMatch.set && present && (c.noneMatch.any || c.noneMatch.weakly(version)) {
		return http.StatusNotModified
	}
	return 0
}

// write makes the operation of a write conditional. A command can be bound to
// one version or to absence; what cannot be put like this is refused.
func (c *conditions) write(op quorate.Op) (quorate.Op, uint64, *failure) {
	conditional := quorate.OpPutIf
	if op == quorate.OpDelete {
		conditional = quorate.OpDeleteIf
	}
	switch {
	case !c.match.set && !c.noneMatch.set:
		return op, 0, nil
	case c.match.set && c.noneMatch.set:
		return op, 0, bad("If-Match and If-None-Match: a write takes one of them")
	case c.noneMatch.set && c.noneMatch.any:
		return conditional, 0, nil
	case c.noneMatch.set:
		return op, 0, bad("If-None-Match: a write takes only *, for a key that must be absent")
	case c.match.any:
		return op, 0, bad("If-Match: a write takes the tag of one version, not *")
	}
	var version uint64
	for _, e := range c.match.all {
		if e.version == 0 || e.weak {
			continue // never matches
		}
		if version != 0 && e.version != version {
			return op, 0, bad("If-Match: a write takes the tag of one version")
		}
		version = e.version
	}
	if version == 0 {
		return op, 0, refuse(http.StatusPreconditionFailed, "condition", "If-Match: no version ever has such a tag")
	}
	return conditional, version, nil
}
