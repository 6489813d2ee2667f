package workloads

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
)

const timeline = quorate.ReadTimeline

// maxShown is how much of a value a sentence has.
const maxShown = 60

// show words a value for people.
func show(v any) string {
	var b strings.Builder
	write(&b, v)
	if s := b.String(); len(s) > maxShown {
		return s[:maxShown/2] + " … " + s[len(s)-maxShown/4:]
	}
	return b.String()
}

func write(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("nil")
	case string:
		fmt.Fprintf(b, "%q", v)
	case history.Keyword:
		b.WriteString(":" + string(v))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			write(b, e)
		}
		b.WriteByte(']')
	case history.Map:
		b.WriteByte('{')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			write(b, e.Key)
			b.WriteByte(' ')
			write(b, e.Value)
		}
		b.WriteByte('}')
	default:
		fmt.Fprint(b, v)
	}
}

// String words a call, with its events.
func (c *call) String() string {
	value := c.arg
	if c.outcome == history.OK && c.got != nil {
		value = c.got
	}
	return fmt.Sprintf("%s %s (%s)", c.op.F, show(value), c.at())
}

// at words the indices of its events.
func (c *call) at() string {
	if c.end == nil {
		return fmt.Sprintf("event %d", c.op.Index)
	}
	return fmt.Sprintf("events %d and %d", c.op.Index, c.end.Index)
}
