package wire

import "fmt"

// Limits bounds what one message may hold. The zero value stands for the
// defaults. A hostile message within the limits makes the decoder reserve at
// most about 24 bytes for each of its own: a nil slice takes one byte on the
// wire.
type Limits struct {
	Message int // bytes of one encoded message; default 16 MiB
	Items   int // elements in all the slices of one message, byte slices count as one; default 1 Mi
}

const (
	defaultMessage = 16 << 20
	defaultItems   = 1 << 20
)

// Validate reports limits that make no sense.
func (l Limits) Validate() error {
	if l.Message < 0 || l.Items < 0 {
		return fmt.Errorf("wire limits %+v: negative; use 0 for the default", l)
	}
	if int64(l.Message) > 1<<31-1 {
		return fmt.Errorf("wire limit of %d bytes a message: lengths on the wire have 32 bits, want less than 2 GiB", l.Message)
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	if l.Message == 0 {
		l.Message = defaultMessage
	}
	if l.Items == 0 {
		l.Items = defaultItems
	}
	return l
}
