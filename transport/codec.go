package transport

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// codec is what the links need of [wire.Codec].
type codec struct {
	kinds []*wire.Type
	index map[reflect.Type]int
}

func newCodec(types ...reflect.Type) (*codec, error) {
	c := &codec{index: map[reflect.Type]int{}}
	byName := map[string]reflect.Type{}
	for _, t := range types {
		k, err := wire.Compile(t)
		if err != nil {
			return nil, err
		}
		if byName[k.Name()] == nil {
			byName[k.Name()] = t
			c.kinds = append(c.kinds, k)
		}
	}
	slices.SortFunc(c.kinds, func(a, b *wire.Type) int { return strings.Compare(a.Name(), b.Name()) })
	for i, k := range c.kinds {
		c.index[byName[k.Name()]] = i
	}
	return c, nil
}

func (c *codec) Append(dst []byte, m any) ([]byte, error) {
	i, ok := c.index[reflect.TypeOf(m)]
	if !ok {
		return dst, fmt.Errorf("type %T is not registered", m)
	}
	return c.kinds[i].Append(append(dst, byte(i)), m)
}

func (c *codec) Decode(data []byte) (any, error) {
	if len(data) == 0 || int(data[0]) >= len(c.kinds) {
		return nil, fmt.Errorf("unknown kind")
	}
	return c.kinds[data[0]].Decode(data[1:])
}

func (c *codec) Fingerprint() string {
	var names []string
	for _, k := range c.kinds {
		names = append(names, k.Name())
	}
	return strings.Join(names, " ")
}

// peerCodec numbers the messages that n handles.
func peerCodec(n *quorate.Node) (*codec, error) {
	c, err := newCodec(n.Messages()...)
	if err != nil {
		return nil, fmt.Errorf("messages of node %v: %w", n.ID(), err)
	}
	return c, nil
}

// clientCodec numbers what clients and nodes say to each other.
func clientCodec() (*codec, error) {
	return newCodec(reflect.TypeFor[quorate.Request](), reflect.TypeFor[quorate.Reply]())
}
