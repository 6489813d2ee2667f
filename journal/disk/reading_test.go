package disk_test

import (
	"errors"
	"math/rand/v2"
	"path"
	"strings"
	"testing"

	"github.com/quorate/quorate/journal/disk"
)

// Rule: damage that only shows when all records are read is told once, in a line.
func TestDamageFoundWhileReading(t *testing.T) {
	m, rng := newMedium(t), rand.New(rand.NewPCG(9, 9))
	m.memTable = 64 << 10
	j, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for number := range uint64(1000) {
		value := make([]byte, 400)
		for i := range value {
			value[i] = byte(rng.Uint32())
		}
		commit(t, j, put(number, string(value)))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if j, err = m.open(); err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for _, name := range sorted(files(t, m.mem, journalDir)) {
		data, err := m.mem.UnsafeGetFileDataBuffer(name)
		if path.Ext(name) != ".sst" || err != nil {
			continue
		}
		for at := 100; at < len(data)-100; at += 1000 {
			data[at] ^= 1
		}
	}
	_, err = contents(j)
	if err == nil {
		t.Fatal("no damage was found")
	}
	if text := err.Error(); !errors.Is(err, disk.ErrDamaged) || strings.Contains(text, "\n") || strings.Count(text, "mismatch") > 1 {
		t.Error(err)
	}
}
