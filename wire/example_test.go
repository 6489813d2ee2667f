package wire_test

import (
	"encoding/binary"
	"fmt"
	"reflect"

	"github.com/quorate/quorate/wire"
)

type Accept struct {
	Ballot uint64
	Values []Value
}

type Accepted struct {
	Ballot uint64
	OK     bool
}

// Value writes its own bytes, because there are many of it in a message.
type Value struct {
	Key  string
	Data []byte
}

func (v *Value) AppendBinary(dst []byte) ([]byte, error) {
	return wire.AppendBytes(wire.AppendString(dst, v.Key), v.Data), nil
}

func (v *Value) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	v.Key, v.Data = r.String(), r.Bytes()
	return r.Close()
}

func ExampleCodec() {
	codec, err := wire.NewCodec(reflect.TypeFor[Accept](), reflect.TypeFor[Accepted]())
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := binary.BigEndian.AppendUint32(nil, 0) // room for a length
	frame, err = codec.Append(frame, Accept{Ballot: 7, Values: []Value{{"k", []byte("v")}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := codec.Decode(frame[4:])
	fmt.Printf("%T %+v %v\n", message, message, err)

	_, err = codec.Decode(frame[4 : len(frame)-1])
	fmt.Println(err)
	_, err = codec.Decode([]byte("\x01\x92\xff\x90"))
	fmt.Println(err)
	// Output:
	// wire_test.Accept {Ballot:7 Values:[{Key:k Data:[118]}]} <nil>
	// decode wire_test.Accept field Values[0] at byte 8: truncated: the message goes on
	// decode wire_test.Accept field Ballot at byte 1: out of range: -1 is no uint64
}
