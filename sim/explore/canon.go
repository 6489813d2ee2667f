package explore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
)

// digest stands for a canonical form. Of n different ones, two share a digest
// with a probability of n²/2¹²⁹: 10⁻²⁵ for ten million.
type digest [16]byte

func sum(data []byte) digest {
	full := sha256.Sum256(data)
	return digest(full[:])
}

// canon writes the canonical form of values: equal bytes for values that a
// protocol cannot tell apart. It walks through unexported fields, pointers and
// interfaces; map entries come in the order of their keys, and a pointer that
// was met before is written as the number of that meeting, so that rings end
// and sharing shows.
//
// Left out is what differs between two paths to one state and does not matter
// there, as the package comment explains:
//   - times and durations, except whether they are zero;
//   - random generators;
//   - functions, except whether there is one;
//   - the node, the cluster, and all of a timer but its name and whether it is
//     armed. What a node holds back is written by [canon.node].
//
// Everything else counts, even what no protocol should look at, such as whether
// an empty slice is nil: a form that is too fine costs time, one that is too
// coarse hides errors.
type canon struct {
	out  []byte
	met  map[meeting]uint64
	fail error
}

type meeting struct {
	at   uintptr
	kind reflect.Type
}

func newCanon() *canon { return &canon{met: map[meeting]uint64{}} }

// sum ends the form.
func (c *canon) sum() (digest, error) { return sum(c.out), c.fail }

func (c *canon) uint(u uint64) { c.out = binary.AppendUvarint(c.out, u) }

func (c *canon) text(s string) {
	c.uint(uint64(len(s)))
	c.out = append(c.out, s...)
}

func (c *canon) bool(b bool) {
	if b {
		c.out = append(c.out, 1)
		return
	}
	c.out = append(c.out, 0)
}

// any writes the dynamic type of v, and v.
func (c *canon) any(v any) {
	if v == nil {
		c.bool(false)
		return
	}
	c.bool(true)
	c.dynamic(reflect.ValueOf(v))
}

func (c *canon) dynamic(v reflect.Value) {
	c.text(v.Type().String())
	c.value(v)
}

func (c *canon) value(v reflect.Value) {
	if c.special(v) {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		c.bool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.out = binary.AppendVarint(c.out, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		c.uint(v.Uint())
	case reflect.Float32, reflect.Float64:
		c.uint(math.Float64bits(v.Float()))
	case reflect.String:
		c.text(v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			c.value(v.Field(i))
		}
	case reflect.Array:
		c.elements(v)
	case reflect.Slice:
		c.bool(!v.IsNil())
		c.uint(uint64(v.Len()))
		c.elements(v)
	case reflect.Map:
		c.entries(v)
	case reflect.Pointer:
		c.pointer(v)
	case reflect.Interface:
		c.bool(!v.IsNil())
		if !v.IsNil() {
			c.dynamic(v.Elem())
		}
	case reflect.Func:
		c.bool(!v.IsNil())
	default:
		c.failf("a %v has no canonical form", v.Type())
	}
}

// special writes the types that are not what their fields are.
func (c *canon) special(v reflect.Value) bool {
	if t := v.Type(); t.Kind() == reflect.Struct && t.PkgPath() == namesPath && strings.HasPrefix(t.Name(), "Table[") {
		c.table(v)
		return true
	}
	switch v.Type() {
	case reflect.TypeFor[time.Duration]():
		c.bool(v.Int() != 0)
	case reflect.TypeFor[*quorate.Node](), reflect.TypeFor[*quorate.Cluster](), reflect.TypeFor[*rand.Rand]():
	case reflect.TypeFor[*quorate.Timer]():
		c.bool(!v.IsNil())
		if !v.IsNil() {
			c.text(field(v.Elem(), "name").String())
			c.bool(field(v.Elem(), "pos").Int() >= 0)
		}
	case reflect.TypeFor[quorate.Batch]():
		c.buffer(field(v, "Records"))
		c.buffer(field(v, "after"))
	default:
		return false
	}
	return true
}

// namesPath is the package of tables that find names by a hash, drawn anew for each.
const namesPath = "github.com/quorate/quorate/internal/names"

// table writes the names and elements of a table in the order of their numbers, and
// neither where they are to be found nor what was looked for last.
func (c *canon) table(v reflect.Value) {
	count, rows := int(field(v, "count").Int()), field(v, "rows")
	c.uint(uint64(count))
	for i := range count {
		piece := rows.Index(i / rows.Type().Elem().Elem().Len()).Elem()
		c.value(piece.Index(i % piece.Len()))
	}
	c.value(field(v, "long"))
}

// node writes what a node holds back while its disk works: the messages and
// records behind the batch under way, and which timers are armed. The rest of a
// node is registrations, time and chance.
func (c *canon) node(n *quorate.Node) {
	v := reflect.ValueOf(n).Elem()
	c.buffer(field(v, "later"))
	c.value(field(v, "batch"))
	var names []string
	for name := range n.Timers() {
		names = append(names, name)
	}
	slices.Sort(names)
	c.value(reflect.ValueOf(names))
}

// buffer writes a slice whose memory is used again: an empty one may be nil.
func (c *canon) buffer(v reflect.Value) {
	c.uint(uint64(v.Len()))
	c.elements(v)
}

// field returns a field of a struct of the root package, which must have it.
func field(v reflect.Value, name string) reflect.Value {
	f := v.FieldByName(name)
	if !f.IsValid() {
		panic(fmt.Sprintf("explore: %v has no field %s any more: adapt the canonical form", v.Type(), name))
	}
	return f
}

func (c *canon) elements(v reflect.Value) {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		c.out = append(c.out, v.Bytes()...)
		return
	}
	for i := range v.Len() {
		c.value(v.Index(i))
	}
}

func (c *canon) pointer(v reflect.Value) {
	if v.IsNil() {
		c.uint(0)
		return
	}
	at := meeting{v.Pointer(), v.Type()}
	number, again := c.met[at]
	if !again {
		number = uint64(len(c.met)) + 1
		c.met[at] = number
	}
	c.uint(number)
	if !again {
		c.value(v.Elem())
	}
}

// entries writes a map in the order of the forms of its keys.
func (c *canon) entries(v reflect.Value) {
	type entry struct {
		form []byte
		key  reflect.Value
	}
	var sorted []entry
	for _, key := range v.MapKeys() { // unordered: sorted below
		k := newCanon()
		k.value(key)
		if k.fail != nil {
			c.fail = k.fail
		}
		sorted = append(sorted, entry{k.out, key})
	}
	slices.SortFunc(sorted, func(a, b entry) int { return bytes.Compare(a.form, b.form) })
	c.bool(!v.IsNil())
	c.uint(uint64(len(sorted)))
	for i, e := range sorted {
		if i > 0 && bytes.Equal(e.form, sorted[i-1].form) {
			c.failf("the order of a %v is open: two keys have one canonical form", v.Type())
		}
		c.out = append(c.out, e.form...)
		c.value(v.MapIndex(e.key))
	}
}

func (c *canon) failf(format string, args ...any) {
	if c.fail == nil {
		c.fail = fmt.Errorf(format, args...)
	}
}
