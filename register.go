package quorate

import (
	"fmt"
	"reflect"
	"runtime"

	"github.com/quorate/quorate/wire"
)

type handler struct {
	call func(from ID, m any)
	site site
	open bool // anybody may send it
}

type recoverer struct {
	kind   *wire.Type
	replay func(data []byte) error
	site   site
}

// Register makes h the handler of messages of type M on n. Two handlers for one
// type are a conflict that Start reports, naming both places; so is a type that
// cannot go on the wire.
//
// Messages are for voters: those of a member that lost its disk, or whose disk
// is not the one that counts, never reach h. [Request] and [Reply] are for all.
func Register[M any](n *Node, h func(from ID, m M)) {
	t := reflect.TypeFor[M]()
	register(n, h, caller(), t == reflect.TypeFor[Request]() || t == reflect.TypeFor[Reply]())
}

// RegisterOpen is [Register] for messages that a learner may send as well, or a
// member whose incarnation does not count: questions, and answers that are true
// whoever gives them.
func RegisterOpen[M any](n *Node, h func(from ID, m M)) { register(n, h, caller(), true) }

func register[M any](n *Node, h func(from ID, m M), site site, open bool) {
	t := reflect.TypeFor[M]()
	if old, dup := n.handlers[t]; dup {
		n.conflicts = append(n.conflicts, fmt.Errorf("message %v is handled at %s and at %s", t, old.site, site))
		return
	}
	if _, err := n.cfg.Types.Compile(t); err != nil {
		n.conflicts = append(n.conflicts, fmt.Errorf("message %v registered at %s: %w", t, site, err))
	}
	n.handlers[t] = handler{call: func(from ID, m any) { h(from, m.(M)) }, site: site, open: open}
}

// Recover makes h the replayer of records of type R on n. Conflicts are
// reported by Start.
func Recover[R Record](n *Node, h func(rec R)) {
	t, site := reflect.TypeFor[R](), caller()
	kind, err := n.cfg.Types.Compile(t)
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

// site is a place in the source. It is put into words only if it is wanted.
type site uintptr

// caller returns the place from where the caller's caller was called.
func caller() site {
	var pc [1]uintptr
	runtime.Callers(3, pc[:])
	return site(pc[0])
}

// String returns "file:line".
func (s site) String() string {
	f, _ := runtime.CallersFrames([]uintptr{uintptr(s)}).Next()
	if f.File == "" {
		return "an unknown place"
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}
