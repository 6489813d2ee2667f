package disk

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ahead writes zeros where the next batches of a log will be. A sync that finds the
// file as long as before, and its blocks in use, writes these blocks alone; one of a
// file that has grown also writes where its blocks are and how long it is, which costs
// about as much again. Pebble uses logs again, so it is new ones that this is for, and
// those that outgrow what they were.
type ahead struct{ vfs.FS }

// stride is how many bytes of a log become zeros at a time.
const stride = 128 << 10

func (a ahead) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return a.extended(name)(a.FS.Create(name, category))
}

func (a ahead) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return a.extended(newname)(a.FS.ReuseForWrite(oldname, newname, category))
}

func (a ahead) extended(name string) func(vfs.File, error) (vfs.File, error) {
	return func(file vfs.File, err error) (vfs.File, error) {
		if err != nil || !strings.HasSuffix(name, ".log") {
			return file, err
		}
		info, err := file.Stat()
		if err != nil {
			return file, nil // it grows with each write, then
		}
		return &aheadFile{File: file, size: info.Size()}, nil
	}
}

// aheadFile is a log. Pebble writes it from its beginning to its end.
type aheadFile struct {
	vfs.File
	at, size int64
}

func (f *aheadFile) Write(p []byte) (int, error) {
	for f.at+int64(len(p)) > f.size {
		n, err := f.File.WriteAt(make([]byte, stride-f.size%stride), f.size)
		if err != nil {
			return 0, err
		}
		f.size += int64(n)
	}
	n, err := f.File.Write(p)
	f.at += int64(n)
	return n, err
}
