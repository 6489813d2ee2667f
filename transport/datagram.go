package transport

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"github.com/quorate/quorate"
)

// A datagram is a header and one message. The header says who sends, and with
// which greeting the receiver has got to know the sender:
//
//	0  magic        2 bytes
//	2  version      1 byte
//	3  flags        1 byte   1 if the sender was a learner, else 0
//	4  from         4 bytes  the sender's id
//	8  cluster      8 bytes  a hash of what members must agree on, see clusterHash
//	16 process      8 bytes  random, of the sender's link, as in its hello
//	24 incarnation  8 bytes  the sender's when it sent, see quorate.Hello
//
// All integers are big endian.

const (
	datagramMagic  = "QD"
	datagramHeader = 32
	// largestDatagram is what IPv4 carries at most.
	largestDatagram = 65507
)

type header struct {
	version          uint8
	from             quorate.ID
	cluster, process uint64
	who              quorate.Hello
}

func (h header) append(dst []byte) []byte {
	flags := byte(0)
	if h.who.Learner {
		flags = 1
	}
	dst = append(append(dst, datagramMagic...), h.version, flags)
	dst = binary.BigEndian.AppendUint32(dst, uint32(h.from))
	dst = binary.BigEndian.AppendUint64(dst, h.cluster)
	dst = binary.BigEndian.AppendUint64(dst, h.process)
	return binary.BigEndian.AppendUint64(dst, h.who.Incarnation)
}

// parseDatagram takes a datagram apart. What it returns is not yet believed.
func parseDatagram(b []byte) (h header, message []byte, err error) {
	if len(b) <= datagramHeader {
		return header{}, nil, fmt.Errorf("%w: datagram of %d bytes, a header has %d and a message follows", errMalformed, len(b), datagramHeader)
	}
	if string(b[:2]) != datagramMagic {
		return header{}, nil, fmt.Errorf("%w: datagram begins with %q, which is none of ours", errMalformed, b[:2])
	}
	h = header{
		version: b[2], from: quorate.ID(binary.BigEndian.Uint32(b[4:])),
		cluster: binary.BigEndian.Uint64(b[8:]), process: binary.BigEndian.Uint64(b[16:]),
		who: quorate.Hello{Incarnation: binary.BigEndian.Uint64(b[24:]), Learner: b[3] == 1},
	}
	if h.version == version && b[3] > 1 {
		return header{}, nil, fmt.Errorf("%w: datagram with flags %#x, which have no meaning", errMalformed, b[3])
	}
	return h, b[datagramHeader:], nil
}

// clusterHash returns a hash of what members must agree on: membership,
// settings, message set, and how long a message may be.
func clusterHash(h hello) uint64 {
	sum := fnv.New64a()
	for _, part := range []string{h.Members, h.Settings, h.Messages, fmt.Sprint(h.Frame)} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return sum.Sum64()
}
