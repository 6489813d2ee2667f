package bench

import (
	"io"

	"github.com/quorate/quorate/checker"
)

// History is what the clients of a run did and saw.
type History interface {
	// WriteEDN writes it as [checker.WriteEDN] does.
	WriteEDN(w io.Writer, limit int) (left int, err error)
}

// operations are the history of a run in virtual time.
type operations []checker.Operation

// WriteEDN implements History.
func (o operations) WriteEDN(w io.Writer, limit int) (left int, err error) {
	return checker.WriteEDN(w, o, limit)
}
