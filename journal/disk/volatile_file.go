package disk

import (
	"io"
	"maps"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// sized is what is known of a file, with the size that it has with what is in memory.
type sized struct {
	vfs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

// pages is what is unsynced of a file. The file system's lock guards it.
type pages struct {
	fs     *Volatile
	open   int // handles
	dead   bool
	size   int64 // with what is in memory
	stored int64 // on the disk
	dirty  map[int64][]byte
	disk   vfs.File // of whoever wrote last, nil without anything unsynced
	kept   bool     // its handle was closed: to be closed when all is written
}

// drop forgets what is unsynced.
func (p *pages) drop() {
	p.fs.held -= len(p.dirty)
	clear(p.dirty)
	p.clean()
}

// clean lets go of the disk when nothing is unsynced.
func (p *pages) clean() {
	if p.kept {
		p.disk.Close()
	}
	p.disk, p.kept = nil, false
	if p.open == 0 {
		maps.DeleteFunc(p.fs.files, func(_ string, q *pages) bool { return p == q })
	}
}

// page returns a block for writing.
func (p *pages) page(i int64) ([]byte, error) {
	if b := p.dirty[i]; b != nil {
		return b, nil
	}
	b := make([]byte, pageSize)
	if at := i * pageSize; at < p.stored {
		if _, err := p.disk.ReadAt(b[:min(pageSize, p.stored-at)], at); err != nil {
			return nil, err
		}
	}
	p.dirty[i] = b
	p.fs.held++
	return b, nil
}

// write puts data into memory.
func (p *pages) write(data []byte, off int64) error {
	if len(data) == 0 {
		return nil
	}
	first := off / pageSize
	for len(data) > 0 {
		i, within := off/pageSize, off%pageSize
		b, err := p.page(i)
		if err != nil {
			return err
		}
		n := copy(b[within:], data)
		data, off = data[n:], off+int64(n)
		p.size = max(p.size, off)
	}
	if p.fs.held > maxHeld {
		return p.through()
	}
	if p.fs.lying || p.fs.rng.IntN(early) > 0 {
		return nil
	}
	i := first + p.fs.rng.Int64N((off-1)/pageSize-first+1)
	torn := pageSize
	if p.fs.rng.IntN(4) == 0 {
		torn = 512 * p.fs.rng.IntN(pageSize/512)
	}
	return p.put(i, int64(torn))
}

// put writes the beginning of a block to the disk. It stays in memory, too.
func (p *pages) put(i, most int64) error {
	n := min(most, p.size-i*pageSize)
	if n <= 0 {
		return nil
	}
	if _, err := p.disk.WriteAt(p.dirty[i][:n], i*pageSize); err != nil {
		return err
	}
	p.stored = max(p.stored, i*pageSize+n)
	return nil
}

// through writes all to the disk.
func (p *pages) through() error {
	for i := range p.dirty { // unordered: each is written to its place
		if err := p.put(i, pageSize); err != nil {
			return err
		}
	}
	p.drop()
	return nil
}

// read is ReadAt, of the disk with what is in memory.
func (p *pages) read(disk vfs.File, data []byte, off int64) (int, error) {
	n, err := disk.ReadAt(data[:max(0, min(int64(len(data)), p.stored-off))], off)
	if err != nil {
		return n, err
	}
	want := int(max(0, min(int64(len(data)), p.size-off)))
	clear(data[n:want]) // a hole, unless it is in memory
	for at := off - off%pageSize; at < off+int64(want); at += pageSize {
		if b := p.dirty[at/pageSize]; b != nil {
			skip := max(0, off-at)
			copy(data[max(0, at-off):want], b[skip:])
		}
	}
	return want, nil
}

// volatileFile is an open file.
type volatileFile struct {
	vfs.File
	pages *pages
	pos   int64
}

// lock enters the file system; what failed with the power stays out.
func (f *volatileFile) lock() (unlock func(), err error) {
	f.pages.fs.mu.Lock()
	if f.pages.dead {
		f.pages.fs.mu.Unlock()
		return nil, ErrPower
	}
	return f.pages.fs.mu.Unlock, nil
}

func (f *volatileFile) Write(data []byte) (int, error) {
	n, err := f.WriteAt(data, f.pos)
	f.pos += int64(n)
	return n, err
}

func (f *volatileFile) WriteAt(data []byte, off int64) (int, error) {
	unlock, err := f.lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	if f.pages.disk == nil {
		f.pages.disk = f.File
	}
	if err := f.pages.write(data, off); err != nil {
		return 0, err
	}
	return len(data), nil
}

func (f *volatileFile) Read(data []byte) (int, error) {
	n, err := f.ReadAt(data, f.pos)
	f.pos += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

func (f *volatileFile) ReadAt(data []byte, off int64) (int, error) {
	unlock, err := f.lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	n, err := f.pages.read(f.File, data, off)
	if err == nil && n < len(data) {
		err = io.EOF
	}
	return n, err
}

func (f *volatileFile) Sync() error {
	unlock, err := f.lock()
	if err != nil {
		return err
	}
	lying := f.pages.fs.lying
	if !lying {
		err = f.pages.through()
	}
	unlock()
	if lying || err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *volatileFile) SyncData() error { return f.Sync() }

func (f *volatileFile) SyncTo(int64) (bool, error) { return true, f.Sync() }

func (f *volatileFile) Stat() (vfs.FileInfo, error) {
	info, err := f.File.Stat()
	if err != nil {
		return nil, err
	}
	unlock, err := f.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	return sized{info, f.pages.size}, nil
}

// Preallocate does nothing: room on the disk is no content.
func (f *volatileFile) Preallocate(int64, int64) error { return nil }

// Prefetch does nothing.
func (f *volatileFile) Prefetch(int64, int64) error { return nil }

// Fd keeps others from going around what is in memory.
func (f *volatileFile) Fd() uintptr { return vfs.InvalidFd }

func (f *volatileFile) Close() error {
	p := f.pages
	p.fs.mu.Lock()
	defer p.fs.mu.Unlock()
	p.open--
	switch {
	case p.disk == f.File && len(p.dirty) > 0:
		p.kept = true // what is unsynced outlives the handle
		return nil
	case p.disk == f.File:
		p.disk = nil
	}
	if len(p.dirty) == 0 {
		p.clean()
	}
	return f.File.Close()
}
