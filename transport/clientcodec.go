package transport

import (
	"encoding/binary"
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// clientWire is the codec between clients and nodes. There are two messages, both write
// their own bytes, and each operation has one of each: so it is written and read here
// without a look at its type. What comes of it is what the codec makes of it.
type clientWire struct {
	*wire.Codec
	request, reply byte // their kinds
}

// newClientWire numbers what clients and nodes say to each other.
func newClientWire() (*clientWire, error) {
	c, err := clientCodec()
	if err != nil {
		return nil, err
	}
	request, err := c.Append(nil, quorate.Request{})
	if err != nil {
		return nil, err
	}
	reply, err := c.Append(nil, quorate.Reply{})
	if err != nil {
		return nil, err
	}
	return &clientWire{c, request[0], reply[0]}, nil
}

// appendRequest is [appendFrame] of a request.
func (w *clientWire) appendRequest(dst []byte, r *quorate.Request, limit int) ([]byte, error) {
	out, err := r.AppendBinary(append(dst, 0, 0, 0, 0, w.request))
	if err != nil {
		return dst, err
	}
	return w.close(dst, out, "request", limit)
}

// appendReply is [appendFrame] of a reply.
func (w *clientWire) appendReply(dst []byte, r *quorate.Reply, limit int) ([]byte, error) {
	out, err := r.AppendBinary(append(dst, 0, 0, 0, 0, w.reply))
	if err != nil {
		return dst, err
	}
	return w.close(dst, out, "reply", limit)
}

// close writes the length of the frame at the end of dst, which out has.
func (w *clientWire) close(dst, out []byte, what string, limit int) ([]byte, error) {
	size := len(out) - len(dst) - frameHeader
	if limit = min(limit, 1+w.Limits().Message); size > limit {
		return dst, fmt.Errorf("%s of %d bytes: %w: a frame holds at most %d", what, size, wire.ErrTooLarge, limit)
	}
	binary.BigEndian.PutUint32(out[len(dst):], uint32(size))
	return out, nil
}

// Decode reads a message.
func (w *clientWire) Decode(frame []byte) (any, error) {
	if len(frame) > 0 && frame[0] == w.request && len(frame) <= 1+w.Limits().Message {
		var r quorate.Request
		if r.UnmarshalBinary(frame[1:]) == nil {
			return r, nil
		}
	}
	return w.Codec.Decode(frame) // says what is wrong
}

// decodeReply reads a reply.
func (w *clientWire) decodeReply(frame []byte) (r quorate.Reply, err error) {
	if len(frame) > 0 && frame[0] == w.reply && len(frame) <= 1+w.Limits().Message {
		if r.UnmarshalBinary(frame[1:]) == nil {
			return r, nil
		}
	}
	m, err := w.Codec.Decode(frame)
	if err != nil {
		return quorate.Reply{}, fmt.Errorf("%w: reply: %w", errMalformed, err)
	}
	return quorate.Reply{}, fmt.Errorf("%w: a node sent %T to a client", errMalformed, m)
}
