package wire

import (
	"reflect"
	"sync"
)

// Cache compiles each type once, for those who make many nodes of a kind: a
// simulation restarts one every few milliseconds. The zero Cache is ready for use,
// and a nil one remembers nothing. It is safe for concurrent use.
type Cache struct {
	mu    sync.Mutex
	types map[reflect.Type]*Type
}

// Compile is [Compile], remembered. What cannot go on the wire is not.
func (c *Cache) Compile(t reflect.Type) (*Type, error) {
	if c == nil {
		return Compile(t)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.types[t]; ok {
		return known, nil
	}
	compiled, err := Compile(t)
	if err != nil {
		return nil, err
	}
	if c.types == nil {
		c.types = map[reflect.Type]*Type{}
	}
	c.types[t] = compiled
	return compiled, nil
}
