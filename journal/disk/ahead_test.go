package disk

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
)

// Logs grow by whole strides of zeros, whatever is written; other files by what is
// written, and a log that is used again not before it is full.
func TestLogsGrowAhead(t *testing.T) {
	mem := vfs.NewMem()
	fsys := ahead{mem}
	size := func(name string) int64 {
		info, err := mem.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	write := func(file vfs.File, n int, what byte) {
		if got, err := file.Write(bytes.Repeat([]byte{what}, n)); got != n || err != nil {
			t.Fatalf("wrote %d of %d bytes: %v", got, n, err)
		}
	}
	open := func(file vfs.File, err error) vfs.File {
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	log := open(fsys.Create("1.log", vfs.WriteCategoryUnspecified))
	for _, step := range []struct {
		write int
		size  int64
	}{{0, 0}, {10, stride}, {stride - 10, stride}, {1, 2 * stride}, {3*stride - 6, 4 * stride}} {
		if write(log, step.write, 'a'); size("1.log") != step.size {
			t.Errorf("%d bytes more: the log has %d bytes, want %d", step.write, size("1.log"), step.size)
		}
	}
	log.Close()

	again := open(fsys.ReuseForWrite("1.log", "2.log", vfs.WriteCategoryUnspecified))
	write(again, 4*stride-7, 'b')
	read := open(mem.Open("2.log"))
	content, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	if want := append(bytes.Repeat([]byte{'b'}, 4*stride-7), 'a', 'a', 0, 0, 0, 0, 0); !bytes.Equal(content, want) {
		t.Error("a log that is used again is not what was written, and what was there behind it")
	}
	read.Close()
	if write(again, 8, 'b'); size("2.log") != 5*stride {
		t.Errorf("it outgrew what it was, and has %d bytes, want %d", size("2.log"), 5*stride)
	}
	again.Close()

	table := open(fsys.Create("3.sst", vfs.WriteCategoryUnspecified))
	if write(table, 10, 'c'); size("3.sst") != 10 {
		t.Errorf("a table of 10 bytes has %d", size("3.sst"))
	}
	table.Close()
}

// The journal's own logs do.
func TestSyncsOfOneSize(t *testing.T) {
	mem := vfs.NewMem()
	sizes := map[string]int64{}
	j, err := Open(Config{Dir: "data", Header: Header{Node: 1}, FS: mem})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	grown := 0
	for number := range uint64(100) {
		if err := j.Commit([]quorate.RecordOp{{Type: "log", Key: quorate.RecordKey{Number: number}, Data: make([]byte, 1000)}}); err != nil {
			t.Fatal(err)
		}
		names, err := mem.List("data/store")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !strings.HasSuffix(name, ".log") {
				continue
			}
			info, err := mem.Stat("data/store/" + name)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() != sizes[name] {
				sizes[name] = info.Size()
				grown++
			}
		}
	}
	if grown == 0 || grown > 3 {
		t.Errorf("of 100 syncs %d found a log that had grown, want the first of each log", grown)
	}
}
