package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// Object is an [App] whose commands and queries, of type C, and results, of type
// R, are Go structs: of exported fields that package wire can encode. What App
// says of its methods holds for these.
type Object[C, R any] interface {
	Apply(command C) R          // executes a command
	Query(query C) R            // answers a question and changes nothing
	Snapshot(w io.Writer) error // writes the whole state
	Restore(r io.Reader) error  // replaces the whole state
}

// Of makes an App of an Object. What is wrong with C or R, [Open] and [OpenLocal]
// report.
func Of[C, R any](o Object[C, R]) App {
	calls, err := compile[C, R]()
	return &typed[C, R]{Object: o, forms: calls, err: err}
}

// Calls executes commands and queries of an Object that is replicated.
type Calls[C, R any] struct {
	engine *Engine
	forms  forms
	err    error
}

// For returns the calls of an engine that was opened with an Object of the same
// types.
func For[C, R any](e *Engine) Calls[C, R] {
	f, err := compile[C, R]()
	return Calls[C, R]{e, f, err}
}

// Execute is [Engine.Execute].
func (c Calls[C, R]) Execute(ctx context.Context, command C) (R, error) {
	return call(c, command, func(b []byte) ([]byte, error) { return c.engine.Execute(ctx, b) })
}

// Query is [Engine.Query].
func (c Calls[C, R]) Query(ctx context.Context, query C, mode quorate.ReadMode) (R, error) {
	return call(c, query, func(b []byte) ([]byte, error) { return c.engine.Query(ctx, b, mode) })
}

func call[C, R any](c Calls[C, R], arg C, do func([]byte) ([]byte, error)) (result R, err error) {
	if c.err != nil {
		return result, fmt.Errorf("%w: %w", refused(quorate.ReasonInvalid), c.err)
	}
	data, err := c.forms.command.Append(nil, arg)
	if err != nil {
		return result, fmt.Errorf("%w: %w", refused(quorate.ReasonInvalid), err)
	}
	if data, err = do(data); err != nil {
		return result, err
	}
	return decode[R](c.forms, data)
}

// ErrMalformed says that the members cannot read the command, or not write its
// result: it was put in order, and changed nothing in the first case. The types
// of caller and members differ.
var ErrMalformed = errors.New("the types of caller and members differ")

// A result is one of these bytes and, if it is there, the encoded value.
const (
	there    = 1
	unread   = 2 // the command could not be decoded
	unspoken = 3 // the result could not be encoded
)

// decode reads a result.
func decode[R any](f forms, data []byte) (result R, err error) {
	if len(data) == 0 || data[0] != there {
		return result, fmt.Errorf("result of type %v: %w: % .20x", f.result, ErrMalformed, data)
	}
	v, err := f.result.Decode(data[1:])
	if err != nil {
		return result, fmt.Errorf("result: %w: %w", ErrMalformed, err)
	}
	return v.(R), nil
}

// forms are the types of an Object, compiled.
type forms struct{ command, result *wire.Type }

func compile[C, R any]() (f forms, err error) {
	if f.command, err = wire.Compile(reflect.TypeFor[C]()); err != nil {
		return f, fmt.Errorf("engine: commands: %w", err)
	}
	if f.result, err = wire.Compile(reflect.TypeFor[R]()); err != nil {
		return f, fmt.Errorf("engine: results: %w", err)
	}
	return f, nil
}

// typed is the App of an Object.
type typed[C, R any] struct {
	Object[C, R]
	forms forms
	err   error
}

func (t *typed[C, R]) check() error {
	if t.Object == nil {
		return errors.New("engine: the Object is nil: give the one that is to be replicated")
	}
	return t.err
}

// Apply implements [App].
func (t *typed[C, R]) Apply(command []byte) []byte { return t.answer(command, t.Object.Apply) }

// Query implements [App].
func (t *typed[C, R]) Query(query []byte) []byte { return t.answer(query, t.Object.Query) }

func (t *typed[C, R]) answer(data []byte, f func(C) R) []byte {
	v, err := t.forms.command.Decode(data)
	if err != nil {
		return []byte{unread}
	}
	result, err := t.forms.result.Append([]byte{there}, f(v.(C)))
	if err != nil {
		return []byte{unspoken}
	}
	return result
}
