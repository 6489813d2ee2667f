package disk

import (
	"encoding/binary"
	"fmt"

	"github.com/quorate/quorate"
)

// A key begins with what it is for. Records follow as type, scope and number.
// Type and scope are bytes of any kind, so they are escaped and terminated such
// that keys sort as (type, scope, number): a zero becomes {0, 255}, the end is
// {0, 1}. Numbers are big endian.
const (
	prefixMeta   = 0
	prefixRecord = 1

	escape    = 0
	escZero   = 255
	escEnd    = 1
	numberLen = 8
)

// commitsKey holds the numbers of the batches.
func commitsKey() []byte { return []byte{prefixMeta, 'c'} }

// appendKey appends the key of a record.
func appendKey(key []byte, typ, scope string, number uint64) []byte {
	key = append(key, prefixRecord)
	key = appendText(key, typ)
	key = appendText(key, scope)
	return binary.BigEndian.AppendUint64(key, number)
}

func appendText(key []byte, text string) []byte {
	for i := range len(text) {
		key = append(key, text[i])
		if text[i] == escape {
			key = append(key, escZero)
		}
	}
	return append(key, escape, escEnd)
}

// keyReader decodes keys in ascending order. It makes a string only when the
// type or the scope differs from the key before.
type keyReader struct {
	typ, scope string
	buf        []byte
}

// read decodes a record's key.
func (r *keyReader) read(key []byte) (typ string, rk quorate.RecordKey, err error) {
	rest := key
	if len(rest) == 0 || rest[0] != prefixRecord {
		return "", rk, fmt.Errorf("key % x: not a record's", key)
	}
	rest = rest[1:]
	for _, text := range []*string{&r.typ, &r.scope} {
		var ok bool
		if r.buf, rest, ok = cutText(r.buf[:0], rest); !ok {
			return "", rk, fmt.Errorf("key % x: malformed", key)
		}
		if string(r.buf) != *text { // compares without an allocation
			*text = string(r.buf)
		}
	}
	if len(rest) != numberLen {
		return "", rk, fmt.Errorf("key % x: %d bytes of number, want %d", key, len(rest), numberLen)
	}
	return r.typ, quorate.RecordKey{Scope: r.scope, Number: binary.BigEndian.Uint64(rest)}, nil
}

// cutText appends the text at the beginning of key to buf.
func cutText(buf, key []byte) (text, rest []byte, ok bool) {
	for i := 0; i < len(key); i++ {
		if key[i] != escape {
			buf = append(buf, key[i])
			continue
		}
		if i++; i == len(key) {
			break
		}
		switch key[i] {
		case escZero:
			buf = append(buf, escape)
		case escEnd:
			return buf, key[i+1:], true
		default:
			return nil, nil, false
		}
	}
	return nil, nil, false
}
