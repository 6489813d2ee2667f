package disk

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// span is a range of batch numbers, both ends included.
type span struct{ first, last uint64 }

// commits is the set of batches that a store has, in ascending order, not
// touching each other. One that starts at 1 and has no gap is a single span.
// Each batch merges its own number into it: if any part of the store gets lost,
// between batches that are not, the gap shows.
type commits []span

// maxSpans bounds the set. A store that has lost more is as damaged as one that
// has lost less.
const maxSpans = 64

func (c commits) add(s span) commits {
	i, _ := slices.BinarySearchFunc(c, s, func(a, b span) int {
		switch {
		case a.last+1 < b.first:
			return -1
		default:
			return 1
		}
	})
	// c[i] is the first span that s touches or that lies behind it.
	j := i
	for j < len(c) && c[j].first <= s.last+1 {
		s.first, s.last = min(s.first, c[j].first), max(s.last, c[j].last)
		j++
	}
	c = slices.Replace(c, i, j, s)
	if len(c) > maxSpans {
		c = slices.Delete(c, 1, 2)
	}
	return c
}

// last returns the highest batch, 0 if there is none.
func (c commits) last() uint64 {
	if len(c) == 0 {
		return 0
	}
	return c[len(c)-1].last
}

// gap describes what is missing before the last batch, empty if nothing is.
func (c commits) gap() string {
	var gaps []string
	next := uint64(1)
	for _, s := range c {
		if s.first > next {
			gaps = append(gaps, fmt.Sprintf("%d to %d", next, s.first-1))
		}
		next = s.last + 1
	}
	return strings.Join(gaps, ", ")
}

func (c commits) append(buf []byte) []byte {
	for _, s := range c {
		buf = binary.BigEndian.AppendUint64(buf, s.first)
		buf = binary.BigEndian.AppendUint64(buf, s.last)
	}
	return buf
}

// addEncoded adds the spans in what append wrote.
func (c commits) addEncoded(data []byte) (commits, error) {
	if len(data)%16 != 0 || len(data) == 0 {
		return nil, fmt.Errorf("batch numbers of %d bytes", len(data))
	}
	for ; len(data) > 0; data = data[16:] {
		s := span{binary.BigEndian.Uint64(data), binary.BigEndian.Uint64(data[8:])}
		if s.first == 0 || s.first > s.last || s.last == ^uint64(0) {
			return nil, fmt.Errorf("batch numbers from %d to %d", s.first, s.last)
		}
		c = c.add(s)
	}
	return c, nil
}

// merger has Pebble keep one commits value.
func merger() *pebble.Merger {
	return &pebble.Merger{
		Name: "quorate.commits",
		Merge: func(_, value []byte) (pebble.ValueMerger, error) {
			m := &merging{}
			return m, m.MergeNewer(value)
		},
	}
}

// merging implements pebble.ValueMerger. The order of its operands is the same to it.
type merging struct{ commits commits }

func (m *merging) MergeNewer(value []byte) (err error) {
	m.commits, err = m.commits.addEncoded(value)
	return err
}

func (m *merging) MergeOlder(value []byte) error { return m.MergeNewer(value) }

func (m *merging) Finish(bool) ([]byte, io.Closer, error) { return m.commits.append(nil), nil, nil }
