package transport

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// peerCodec numbers the messages that n handles.
func peerCodec(n *quorate.Node) (*wire.Codec, error) {
	c, err := wire.NewCodec(n.Messages()...)
	if err != nil {
		return nil, fmt.Errorf("messages of node %v: %w", n.ID(), err)
	}
	return c, nil
}

// clientCodec numbers what clients and nodes say to each other.
func clientCodec() (*wire.Codec, error) {
	return wire.NewCodec(reflect.TypeFor[quorate.Request](), reflect.TypeFor[quorate.Reply]())
}

// describe returns what two codecs must have in common: the schema, so that a
// refusal can show where they differ, or its fingerprint if that is too long.
func describe(c *wire.Codec) string {
	if s := c.Schema(); len(s) <= helloLimit/4 {
		return s
	}
	return fmt.Sprintf("schema %016x", c.Fingerprint())
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(a, b string) (inA, inB string) {
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	at := func(lines []string, i int) string {
		if i < len(lines) {
			return lines[i]
		}
		return ""
	}
	for i := 0; i < max(len(la), len(lb)); i++ {
		if at(la, i) != at(lb, i) {
			return at(la, i), at(lb, i)
		}
	}
	return "", ""
}

// complaints names in the log, once for each type, messages that cannot go on
// the wire: a mistake in a protocol, or a value beyond the limits.
type complaints struct{ seen sync.Map }

func (c *complaints) about(log *slog.Logger, m any, reason error) {
	if _, again := c.seen.LoadOrStore(reflect.TypeOf(m), true); !again {
		log.Error("message dropped: it cannot be sent", "type", fmt.Sprintf("%T", m), "reason", reason)
	}
}
