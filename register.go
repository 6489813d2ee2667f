package quorate

import (
	"fmt"
	"reflect"
	"runtime"

	"github.com/quorate/quorate/wire"
)

type handler struct {
	call func(from ID, m any)
	site string
}

type recoverer struct {
	kind   *wire.Type
	replay func(data []byte) error
	site   string
}

// Register makes h the handler of messages of type M on n. Two handlers for one
// type are a conflict that Start reports, naming both places; so is a type that
// cannot go on the wire.
func Register[M any](n *Node, h func(from ID, m M)) {
	t, site := reflect.TypeFor[M](), caller()
	if old, dup := n.handlers[t]; dup {
		n.conflicts = append(n.conflicts, fmt.Errorf("message %v is handled at %s and at %s", t, old.site, site))
		return
	}
	if _, err := wire.Compile(t); err != nil {
		n.conflicts = append(n.conflicts, fmt.Errorf("message %v registered at %s: %w", t, site, err))
	}
	n.handlers[t] = handler{call: func(from ID, m any) { h(from, m.(M)) }, site: site}
}

// Recover makes h the replayer of records of type R on n. Conflicts are
// reported by Start.
func Recover[R Record](n *Node, h func(rec R)) {
	t, site := reflect.TypeFor[R](), caller()
	kind, err := wire.Compile(t)
	if err != nil {
		n.conflicts = append(n.conflicts, fmt.Errorf("record %v registered at %s: %w", t, site, err))
		return
	}
	if old, dup := n.recoverers[kind.Name()]; dup {
		n.conflicts = append(n.conflicts, fmt.Errorf("record %v is recovered at %s and at %s", t, old.site, site))
		return
	}
	n.kinds[t] = kind
	n.recoverers[kind.Name()] = recoverer{kind: kind, site: site, replay: func(data []byte) error {
		rec, err := kind.Decode(data)
		if err != nil {
			return err
		}
		h(rec.(R))
		return nil
	}}
}

func caller() string {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return "an unknown place"
	}
	return fmt.Sprintf("%s:%d", file, line)
}
