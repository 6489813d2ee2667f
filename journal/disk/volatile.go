package disk

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Volatile is a file system for tests, over that of a real disk, which keeps in
// the process' memory what was written and not synced. So to kill the process is
// to cut the power: what it had not synced is gone. The disk has at any moment
// what the last syncs left there, and, as disks do, now and then a block that was
// written since, or the beginning of one.
//
// Names are not held back: what is created, renamed or removed is so on the disk
// at once, as on a file system that keeps a journal of them, while the contents
// come with the sync only. Safe for concurrent use.
type Volatile struct {
	vfs.FS
	mu    sync.Mutex
	rng   *rand.Rand
	files map[string]*pages // that are open, or have something unsynced
	lying bool
	held  int // blocks in memory, of all files
}

// NewVolatile returns such a file system. Nil is over the operating system's; seed
// draws what reaches the disk before its time.
func NewVolatile(fsys vfs.FS, seed uint64) *Volatile {
	if fsys == nil {
		fsys = vfs.Default
	}
	return &Volatile{FS: fsys, rng: rand.New(rand.NewPCG(seed, 0x766f)), files: map[string]*pages{}}
}

const (
	pageSize = 4096
	// maxHeld bounds what is held back, in blocks: a disk that lies for long has a
	// cache of a certain size.
	maxHeld = 64 << 20 / pageSize
	// early is after how many writes, on average, a block reaches the disk before
	// it is synced.
	early = 16
)

// Lie makes syncs return at once, with nothing synced, while lying is true; until
// then and after it they are honest. A disk that stops to lie has written all it
// held back.
func (v *Volatile) Lie(lying bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lying = lying
	if lying {
		return nil
	}
	for path, p := range v.files { // unordered: each is written on its own
		if err := p.through(); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}

// Lose forgets what was not synced, as a power failure does. Whoever has a file
// open can use it no more; journals are to be closed before.
func (v *Volatile) Lose() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range v.files { // unordered: each is dropped
		p.dead = true
		p.drop()
	}
	clear(v.files)
}

// Unsynced returns how many bytes are in memory only, in whole blocks.
func (v *Volatile) Unsynced() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.held * pageSize
}

// open returns a file that was opened on the disk, with what is unsynced of it.
func (v *Volatile) open(name string, file vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.files[name]
	if p == nil {
		info, err := file.Stat()
		if err != nil {
			file.Close()
			return nil, err
		}
		p = &pages{fs: v, size: info.Size(), stored: info.Size(), dirty: map[int64][]byte{}}
		v.files[name] = p
	}
	p.open++
	return &volatileFile{File: file, pages: p}, nil
}

// forget lets go of a name; what it named is gone unless it is open.
func (v *Volatile) forget(name string) {
	if p := v.files[name]; p != nil {
		delete(v.files, name)
		if p.open == 0 {
			p.drop()
		}
	}
}

// Create implements vfs.FS. The file is another one than that of this name before.
func (v *Volatile) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	v.mu.Lock()
	v.forget(name)
	v.mu.Unlock()
	file, err := v.FS.Create(name, category)
	return v.open(name, file, err)
}

// Open implements vfs.FS.
func (v *Volatile) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	file, err := v.FS.Open(name, opts...)
	return v.open(name, file, err)
}

// OpenReadWrite implements vfs.FS.
func (v *Volatile) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	file, err := v.FS.OpenReadWrite(name, category, opts...)
	return v.open(name, file, err)
}

// ReuseForWrite implements vfs.FS.
func (v *Volatile) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := v.Rename(oldname, newname); err != nil {
		return nil, err
	}
	return v.OpenReadWrite(newname, category) // blocks are read before they are written in part
}

func (v *Volatile) moved(oldname, newname string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget(newname)
	if p := v.files[oldname]; p != nil {
		v.files[newname] = p
		delete(v.files, oldname)
	}
}

// Rename implements vfs.FS.
func (v *Volatile) Rename(oldname, newname string) error {
	err := v.FS.Rename(oldname, newname)
	if err == nil {
		v.moved(oldname, newname)
	}
	return err
}

// Link implements vfs.FS.
func (v *Volatile) Link(oldname, newname string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.FS.Link(oldname, newname)
	if p := v.files[oldname]; err == nil && p != nil {
		v.files[newname] = p
	}
	return err
}

// Remove implements vfs.FS.
func (v *Volatile) Remove(name string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.FS.Remove(name)
	if err == nil {
		v.forget(name)
	}
	return err
}

// RemoveAll implements vfs.FS.
func (v *Volatile) RemoveAll(name string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.FS.RemoveAll(name)
	for path := range v.files { // unordered: each is forgotten
		if path == name || strings.HasPrefix(path, v.FS.PathJoin(name, "x")[:len(name)+1]) {
			v.forget(path)
		}
	}
	return err
}

// Stat implements vfs.FS.
func (v *Volatile) Stat(name string) (vfs.FileInfo, error) {
	info, err := v.FS.Stat(name)
	v.mu.Lock()
	defer v.mu.Unlock()
	if p := v.files[name]; err == nil && p != nil {
		return sized{info, p.size}, nil
	}
	return info, err
}

// Unwrap implements vfs.FS.
func (v *Volatile) Unwrap() vfs.FS { return v.FS }
