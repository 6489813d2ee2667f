package journal

import "math/bits"

// spares keeps the buffers of dropped records for the next ones. A log that is
// trimmed as fast as it grows then makes no garbage, which costs ten times as
// much as the copy itself.
type spares struct {
	free  map[int][][]byte // by capacity; all of one of the sizes that roundUp gives
	bytes int              // at most maxSpare
}

const (
	minRecycled = 128       // below, an allocation is cheap
	maxRecycled = 256 << 10 // above, too much would lie idle
	maxSpare    = 4 << 20
)

// clone returns a copy of data.
func (s *spares) clone(data []byte) []byte {
	if len(data) < minRecycled || len(data) > maxRecycled {
		return append([]byte(nil), data...)
	}
	size := roundUp(len(data))
	list := s.free[size]
	if len(list) == 0 {
		return append(make([]byte, 0, size), data...)
	}
	last := len(list) - 1
	b := list[last]
	list[last] = nil
	s.free[size] = list[:last]
	s.bytes -= size
	return append(b[:0], data...)
}

// recycle takes back what clone gave. Nobody may read it any more.
func (s *spares) recycle(b []byte) {
	size := cap(b)
	if len(b) < minRecycled || len(b) > maxRecycled || s.bytes+size > maxSpare {
		return
	}
	if s.free == nil {
		s.free = map[int][][]byte{}
	}
	s.free[size] = append(s.free[size], b)
	s.bytes += size
}

// roundUp returns the next of the sizes in which buffers are made: four to each
// power of two, so that at most a fifth lies idle.
func roundUp(n int) int {
	step := 1 << (bits.Len(uint(n-1)) - 3)
	return (n + step - 1) &^ (step - 1)
}
