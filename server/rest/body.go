package rest

import (
	"errors"
	"io"
	"net/http"
	"os"
)

// large is the size from which values count for Config.MaxBytes. Smaller ones
// are bounded by the number of connections.
const large = 64 << 10

// value reads the body. It takes memory as bytes arrive, not as they are
// announced. The caller must give held bytes back.
func (h *Handler) value(x *exchange) (value []byte, held int, f *failure) {
	limit := h.cfg.MaxValue
	if x.r.ContentLength > int64(limit) {
		return nil, 0, h.tooLarge()
	}
	defer during(x.r, receiving)()
	if n := x.r.ContentLength; n >= 0 && n <= large {
		value = make([]byte, n)
		_, err := io.ReadFull(x.r.Body, value)
		return value, 0, unread(err)
	}
	value = make([]byte, 0, min(large, limit+1))
	for {
		n, err := x.r.Body.Read(value[len(value):cap(value)])
		value = value[:len(value)+n]
		switch {
		case len(value) > limit:
			return nil, held, h.tooLarge()
		case err == io.EOF:
			return value, held, nil
		case err != nil:
			return nil, held, unread(err)
		case len(value) < cap(value):
			continue
		}
		grown := min(2*cap(value), limit+1)
		if !h.hold(grown - held) {
			return nil, held, h.busy("%d bytes of values are on their way", h.cfg.MaxBytes)
		}
		held = grown
		value = append(make([]byte, 0, grown), value...)
	}
}

func (h *Handler) tooLarge() *failure {
	f := refuse(http.StatusRequestEntityTooLarge, "too-large", "value is too large: at most %d bytes are taken", h.cfg.MaxValue)
	f.hangUp = true
	return f
}

// unread is the failure to read a body.
func unread(err error) *failure {
	if err == nil {
		return nil
	}
	f := bad("read the value: %v", err)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		f = refuse(http.StatusRequestTimeout, "slow", "read the value: it did not arrive in time")
	}
	f.hangUp = true
	return f
}

// hold accounts for n bytes; false if there are too many.
func (h *Handler) hold(n int) bool {
	if h.bytes.Add(int64(n)) <= int64(h.cfg.MaxBytes) {
		return true
	}
	h.bytes.Add(-int64(n))
	return false
}

func (h *Handler) give(n int) {
	if n > 0 {
		h.bytes.Add(-int64(n))
	}
}
