package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/cockroachdb/pebble/v2/batchrepr"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/wal"
)

// Pebble stops reading a log at the first place that makes no sense, and takes
// it for a torn end unless it has a proof of the contrary; its own proofs leave
// up to a block, and most of large batches, unproven. A batch of ours is written
// only after the one before it was synced, so any batch after such a place is a
// proof. checkLogs looks for one, before Pebble opens the store and throws the
// logs away.
//
// A log is a row of blocks of 32 KiB, a block a row of chunks: checksum 4 bytes,
// length 2, type 1, number of the log 4, for some types 8 more, then the payload.
// Files are used again, so the rest of one may hold older logs' chunks; these
// have another number.

const (
	logBlock  = 32 << 10
	chunkLog  = 11 // bytes of a chunk's header, up to the number of the log
	chunkSync = 19 // with the offset that newer types have
)

// Types of chunks: in each of the two formats, one that is a whole record, then
// the first, middle and last part of one.
const (
	recyclableFull  = 5
	recyclableFirst = 6
	syncFull        = 9
	syncFirst       = 10
	syncLast        = 12
)

// mark is the beginning of every batch: it appears in logs only.
type mark [16]byte

func newMark(secret, number uint64) (m mark) {
	binary.BigEndian.PutUint64(m[:], secret)
	binary.BigEndian.PutUint64(m[8:], number)
	return m
}

// logEnd is where a log stops making sense.
type logEnd struct {
	path   string
	offset int64
	last   uint64 // the last batch before it, 0 if there is none
}

func (e logEnd) String() string { return fmt.Sprintf("%s, byte %d", e.path, e.offset) }

// checkLogs reads all logs in dir and returns the end of the newest, zero if
// there is none.
func checkLogs(fsys vfs.FS, dir string, secret uint64) (end logEnd, err error) {
	logs, err := wal.Scan(wal.Dir{FS: fsys, Dirname: dir})
	if err != nil {
		return end, err
	}
	for _, l := range logs {
		if l.NumSegments() != 1 {
			return end, fmt.Errorf("%w: log %s of store %s is in %d pieces, want 1", ErrDamaged, l.Num, dir, l.NumSegments())
		}
		_, path := l.SegmentLocation(0)
		s := logScan{number: uint32(l.Num), secret: secret, end: logEnd{path: path}}
		if err := s.run(fsys); err != nil {
			return end, err
		}
		end = s.end
	}
	return end, nil
}

// logScan reads one log.
type logScan struct {
	number uint32
	secret uint64
	end    logEnd
	ended  bool
}

func (s *logScan) run(fsys vfs.FS) error {
	file, err := fsys.Open(s.end.path)
	if err != nil {
		return err
	}
	defer file.Close()
	block := make([]byte, logBlock)
	for offset := int64(0); ; offset += logBlock {
		n, err := io.ReadFull(file, block)
		if n > 0 {
			if err := s.block(block[:n], offset); err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		default:
			return fmt.Errorf("read %s, byte %d: %w", s.end.path, offset, err)
		}
	}
}

// block reads one block, the last perhaps in part.
func (s *logScan) block(b []byte, offset int64) error {
	at := 0
	for !s.ended && at < len(b) {
		rest := b[at:]
		if at+chunkSync > logBlock && len(bytes.Trim(rest, "\x00")) == 0 {
			return nil // no room for another chunk
		}
		size, batch := s.chunk(rest)
		if size == 0 {
			s.ended = true
			at++
			break
		}
		at += size
		s.end.offset = offset + int64(at)
		if batch != 0 {
			s.end.last = batch
		}
	}
	for ; s.ended && at+chunkLog <= len(b); at++ {
		if _, batch := s.chunk(b[at:]); batch > s.end.last {
			return fmt.Errorf("%w: %s: unreadable, but batch %d, at byte %d, was written after it", ErrDamaged, s.end, batch, offset+int64(at))
		}
	}
	return nil
}

// chunk reads the chunk that b begins with. It returns its size, 0 if there is
// none of this log, and if a batch begins in it the batch's number.
func (s *logScan) chunk(b []byte) (size int, batch uint64) {
	if len(b) < chunkLog || b[6] < recyclableFull || b[6] > syncLast || binary.LittleEndian.Uint32(b[7:]) != s.number {
		return 0, 0
	}
	header := chunkLog
	if b[6] >= syncFull {
		header = chunkSync
	}
	size = header + int(binary.LittleEndian.Uint16(b[4:]))
	if size > len(b) || chunkSum(b[6:size]) != binary.LittleEndian.Uint32(b) {
		return 0, 0
	}
	switch b[6] {
	case recyclableFull, recyclableFirst, syncFull, syncFirst:
		return size, s.batch(b[header:size])
	}
	return size, 0
}

// batch returns the number of the batch that begins in payload, 0 if it is none
// of this journal.
func (s *logScan) batch(payload []byte) uint64 {
	const start = batchrepr.HeaderLen + 2 // kind and length of the mark
	if len(payload) < start+len(mark{}) {
		return 0
	}
	m := mark(payload[start:])
	number := binary.BigEndian.Uint64(m[8:])
	if m != newMark(s.secret, number) {
		return 0
	}
	return number
}

// chunkSum is the checksum of a chunk: CRC-32C, rotated and shifted.
func chunkSum(data []byte) uint32 {
	return bits.RotateLeft32(castagnoli(data), -15) + 0xa282ead8
}
