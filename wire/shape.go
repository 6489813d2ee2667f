package wire

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-msgpack/v2/codec"
)

// form is how a value looks on the wire.
type form uint8

const (
	formBool form = iota
	formInt
	formUint
	formFloat32
	formFloat64
	formString
	formBytes  // []byte: nil or bin
	formFixed  // [n]byte: bin of n bytes
	formSlice  // nil or array
	formArray  // array of n elements
	formStruct // array of the fields
	formHook   // ext, or the whole message: bytes of the type's own making
)

// shape is what the bytes of a type look like: compiled once, then compared
// with every message.
type shape struct {
	form    form
	bits    int      // of an integer
	n       int      // elements of an array
	elem    *shape   // of a slice or array
	fields  []field  // of a struct
	hook    hookType // of a hook
	nilable bool     // a hook that may be nil within another message
	min     int      // the fewest bytes that a value takes on the wire
	depth   int      // levels of arrays that a value may nest
}

type field struct {
	name  string
	shape *shape
}

type hookType struct {
	t    reflect.Type
	name string
}

const (
	maxDepth  = 16       // levels of arrays: deeper is a design error
	maxStatic = 64 << 10 // bytes of a Go value without what its slices and strings point to
)

// fieldError is a refusal, with the path of the field.
type fieldError struct {
	path string
	err  error
}

func (e *fieldError) Error() string { return strings.TrimPrefix(e.path, ".") + ": " + e.err.Error() }
func (e *fieldError) Unwrap() error { return e.err }

func refuse(path, format string, args ...any) error {
	return &fieldError{path, fmt.Errorf(format, args...)}
}

// compiler builds the shape of one type. It remembers the types it is inside
// of, to refuse those that contain themselves.
type compiler struct {
	open map[reflect.Type]bool
}

func (c *compiler) shape(t reflect.Type, path string) (*shape, error) {
	if c.open[t] {
		return nil, refuse(path, "type %v contains itself; nesting must have a bound", t)
	}
	c.open[t] = true
	defer delete(c.open, t)
	if err := refuseMethods(t, path); err != nil {
		return nil, err
	}
	if isHook(t) {
		if err := refusePromoted(t, path); err != nil {
			return nil, err
		}
		s := &shape{form: formHook, hook: hookType{t, fullName(t)}, min: 3}
		if k := t.Kind(); k == reflect.Slice || k == reflect.Map { // the library does not ask a nil one
			s.nilable, s.min = true, 1
		}
		return s, nil
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return c.list(t, path)
	case reflect.Struct:
		return c.structure(t, path)
	}
	return scalar(t, path)
}

func scalar(t reflect.Type, path string) (*shape, error) {
	switch k := t.Kind(); k {
	case reflect.Bool:
		return &shape{form: formBool, min: 1}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &shape{form: formInt, bits: t.Bits(), min: 1}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &shape{form: formUint, bits: t.Bits(), min: 1}, nil
	case reflect.Float32:
		return &shape{form: formFloat32, min: 5}, nil
	case reflect.Float64:
		return &shape{form: formFloat64, min: 9}, nil
	case reflect.String:
		return &shape{form: formString, min: 1}, nil
	case reflect.Map:
		return nil, refuse(path, "map %v: its order is random; use a sorted slice of pairs", t)
	case reflect.Pointer:
		return nil, refuse(path, "pointer %v: messages are values; use the struct, or a slice of at most one", t)
	case reflect.Interface:
		return nil, refuse(path, "interface %v: the receiver could not tell the type; use a concrete one", t)
	default:
		return nil, refuse(path, "%v %v cannot go on the wire", k, t)
	}
}

func (c *compiler) list(t reflect.Type, path string) (*shape, error) {
	// The library writes bytes as one piece only if the element is byte itself.
	isBytes := t.Elem() == reflect.TypeFor[byte]()
	if isBytes && t.Kind() == reflect.Slice {
		return &shape{form: formBytes, min: 1}, nil
	}
	if isBytes {
		return &shape{form: formFixed, n: t.Len(), min: 2 + t.Len()}, nil
	}
	elem, err := c.shape(t.Elem(), path+"[]")
	if err != nil {
		return nil, err
	}
	s := &shape{form: formSlice, elem: elem, min: 1, depth: elem.depth + 1}
	if t.Kind() == reflect.Array {
		s.form, s.n, s.min = formArray, t.Len(), 1+t.Len()*elem.min
	}
	return s, nil
}

func (c *compiler) structure(t reflect.Type, path string) (*shape, error) {
	s := &shape{form: formStruct, min: 1}
	for i := range t.NumField() {
		f := t.Field(i)
		at := path + "." + f.Name
		if f.Name == "_" && f.Type.Size() == 0 {
			continue // forces keyed literals, nothing else
		}
		if !f.IsExported() {
			return nil, refuse(at, "unexported field: it would be lost on the wire; export it or keep it out of the message")
		}
		if f.Anonymous {
			return nil, refuse(at, "embedded field: give it a name")
		}
		elem, err := c.shape(f.Type, at)
		if err != nil {
			return nil, err
		}
		s.fields = append(s.fields, field{f.Name, elem})
		s.min += elem.min
		s.depth = max(s.depth, elem.depth)
	}
	s.depth++
	return s, nil
}

// refuseMethods refuses types whose methods the library would call instead of
// writing their fields.
func refuseMethods(t reflect.Type, path string) error {
	p := reflect.PointerTo(t)
	switch {
	case t == reflect.TypeFor[time.Time]():
		return refuse(path, "time.Time: send a time.Duration since the Unix epoch")
	case implements[codec.Selfer](p):
		return refuse(path, "type %v encodes itself by codec.Selfer; implement AppendBinary and UnmarshalBinary instead", t)
	case implements[encoding.BinaryMarshaler](p) && implements[encoding.BinaryUnmarshaler](p) && !implements[encoding.BinaryAppender](p):
		return refuse(path, "type %v has MarshalBinary and UnmarshalBinary; implement AppendBinary too, so that it encodes without garbage", t)
	}
	return nil
}

// refusePromoted refuses a struct that owes its hook methods to an embedded
// field: they would write that field and forget the others.
func refusePromoted(t reflect.Type, path string) error {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.Anonymous {
			continue
		}
		ft := f.Type
		if ft.Kind() != reflect.Pointer && ft.Kind() != reflect.Interface {
			ft = reflect.PointerTo(ft)
		}
		if implements[encoding.BinaryAppender](ft) || implements[encoding.BinaryUnmarshaler](ft) {
			return refuse(path+"."+f.Name, "embedded field whose AppendBinary or UnmarshalBinary would stand for the whole struct: give it a name")
		}
	}
	return nil
}

func isHook(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Name() != "" && t.PkgPath() != "" && implements[encoding.BinaryAppender](p) && implements[encoding.BinaryUnmarshaler](p)
}

func implements[I any](t reflect.Type) bool { return t.Implements(reflect.TypeFor[I]()) }

func fullName(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }

// hooks appends the types within s that write their own bytes.
func (s *shape) hooks(types []reflect.Type) []reflect.Type {
	if s.form == formHook {
		types = append(types, s.hook.t)
	}
	if s.elem != nil {
		types = s.elem.hooks(types)
	}
	for _, f := range s.fields {
		types = f.shape.hooks(types)
	}
	return types
}

// signature renders the shape, for fingerprints and for people.
func (s *shape) signature() string {
	switch s.form {
	case formBool:
		return "bool"
	case formInt:
		return "int" + strconv.Itoa(s.bits)
	case formUint:
		return "uint" + strconv.Itoa(s.bits)
	case formFloat32:
		return "float32"
	case formFloat64:
		return "float64"
	case formString:
		return "string"
	case formBytes:
		return "bytes"
	case formFixed:
		return fmt.Sprintf("bytes[%d]", s.n)
	case formSlice:
		return "[]" + s.elem.signature()
	case formArray:
		return fmt.Sprintf("[%d]%s", s.n, s.elem.signature())
	case formHook:
		return "binary(" + s.hook.name + ")"
	}
	var b strings.Builder
	for i, f := range s.fields {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.name + " " + f.shape.signature())
	}
	return "{" + b.String() + "}"
}

// compileShape returns the shape of t, or why it cannot go on the wire.
func compileShape(t reflect.Type) (*shape, error) {
	if t == nil {
		return nil, errors.New("no type")
	}
	c := compiler{open: map[reflect.Type]bool{}}
	s, err := c.shape(t, "")
	if err != nil {
		return nil, err
	}
	if s.depth > maxDepth {
		return nil, fmt.Errorf("nests %d levels of arrays; at most %d", s.depth, maxDepth)
	}
	if t.Size() > maxStatic {
		return nil, fmt.Errorf("takes %d bytes before any slice; at most %d, use slices for large parts", t.Size(), maxStatic)
	}
	return s, nil
}
