package wire

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
)

// hookList is a slice that writes its own bytes.
type hookList []uint64

func (l *hookList) AppendBinary(dst []byte) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(len(*l)))
	for _, v := range *l {
		dst = binary.AppendUvarint(dst, v)
	}
	return dst, nil
}

func (l *hookList) UnmarshalBinary(data []byte) error {
	r := NewReader(data)
	*l = make(hookList, r.Count(1))
	for i := range *l {
		(*l)[i] = r.Uvarint()
	}
	return r.Close()
}

type holdsLists struct {
	Before uint8
	List   hookList
	Lists  []hookList
	After  uint8
}

// Rule: a slice that writes its own bytes may be nil within a message, and arrives as
// nil. A struct that does may not.
func TestNilHooks(t *testing.T) {
	kind := compile(t, holdsLists{})
	for _, m := range []holdsLists{
		{1, nil, nil, 2},
		{1, hookList{}, []hookList{nil}, 2},
		{1, hookList{1, 1 << 40}, []hookList{nil, {3}, {}, nil}, 2},
	} {
		data, err := kind.Append(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := kind.Decode(data); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v arrives as %+v, %v", m, got, err)
		}
	}
	one := compile(t, oneHook{})
	if _, err := one.Decode([]byte{mpFixArray | 1, mpNil}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a struct that is nil: %v", err)
	}
}
