package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// synced is the file that says up to which batch the store is synced. It has two
// places, written in turn, so that one is whole whenever the power fails; each
// holds a number and its checksum, on a page of its own.
type synced struct {
	file vfs.File
	buf  [syncedSlot]byte
}

const (
	syncedSlot   = 12
	syncedStride = 4096
	syncedEvery  = 1024 // batches between two syncs of the file
)

func castagnoli(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) // the table is made once
}

// createSynced makes the file of an empty journal, durable but for its name.
func createSynced(fsys vfs.FS, path string) error {
	file, err := fsys.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	blank := make([]byte, syncedStride+syncedSlot)
	encodeSynced(blank, 0)
	encodeSynced(blank[syncedStride:], 0)
	_, err = file.Write(blank)
	return errors.Join(err, file.Sync(), file.Close())
}

func encodeSynced(buf []byte, number uint64) {
	binary.BigEndian.PutUint64(buf, number)
	binary.BigEndian.PutUint32(buf[8:], castagnoli(buf[:8]))
}

// readSynced returns what the file says.
func readSynced(fsys vfs.FS, path string) (uint64, error) {
	file, err := fsys.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, 2*syncedStride))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	number, found := uint64(0), false
	for place := 0; place+syncedSlot <= len(data); place += syncedStride {
		slot := data[place : place+syncedSlot]
		if binary.BigEndian.Uint32(slot[8:]) == castagnoli(slot[:8]) {
			number, found = max(number, binary.BigEndian.Uint64(slot)), true
		}
	}
	if !found {
		return 0, fmt.Errorf("%s: none of its two checksums is right", path)
	}
	return number, nil
}

// openSynced opens the file for note.
func openSynced(fsys vfs.FS, path string) (*synced, error) {
	file, err := fsys.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	return &synced{file: file}, nil
}

// note writes that the batches up to number are synced, and syncs that itself
// now and then.
func (s *synced) note(number uint64) error {
	encodeSynced(s.buf[:], number)
	if _, err := s.file.WriteAt(s.buf[:], int64(number%2)*syncedStride); err != nil {
		return err
	}
	if number%syncedEvery == 0 {
		return s.sync()
	}
	return nil
}

func (s *synced) sync() error { return s.file.SyncData() }

func (s *synced) close() error { return errors.Join(s.sync(), s.file.Close()) }
