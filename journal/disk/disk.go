package disk

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// Config says where a journal is and whose it is. Dir and Header.Node
// are required.
type Config struct {
	// Dir is the journal's directory. It is made if it does not exist.
	Dir string
	// Header says whose journal it is.
	Header Header
	// FS is the file system. Nil is that of the operating system.
	FS vfs.FS
	// MemTable is the size in bytes of the records that are kept in memory, and
	// in logs, before they are written in order. Zero is 8 MiB.
	MemTable int
	// Logger gets what the store has to complain about; nil is silent.
	Logger *slog.Logger
}

// Validate reports what makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Dir == "":
		return errors.New("journal: Dir is missing: give a directory")
	case c.Header.Node == 0:
		return errors.New("journal: Header.Node is missing: say whose journal it is")
	case c.MemTable != 0 && (c.MemTable < minMemTable || c.MemTable > maxMemTable):
		return fmt.Errorf("journal: MemTable of %d bytes: want %d to %d", c.MemTable, minMemTable, maxMemTable)
	}
	return nil
}

const (
	minMemTable     = 64 << 10
	maxMemTable     = 1 << 30
	defaultMemTable = 8 << 20
)

// Journal implements [quorate.Journal] in a directory. Safe for concurrent use.
type Journal struct {
	cfg     Config
	dir     string
	fs      vfs.FS // with the guard
	guard   guard
	lock    io.Closer
	secret  uint64
	created bool
	empty   bool

	mu      sync.Mutex
	db      *pebble.DB // nil once closed
	synced  *synced
	last    uint64 // the last batch
	dirty   bool   // there was one since the journal was opened
	rows    rows
	key     []byte // scratch
	end     []byte // scratch
	err     error  // why there will be no further batch
	stuck   bool   // Pebble panicked and may hold its locks
	readers int    // iterations under way; the last one closes what is closed
}

// Open opens the journal in a directory, or makes one if the directory is empty
// or does not exist. It reads the logs that a crash left, so after a crash it
// takes a moment.
func Open(cfg Config) (*Journal, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.MemTable = cmp.Or(cfg.MemTable, defaultMemTable)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	j := &Journal{cfg: cfg, dir: cfg.Dir}
	if err := j.open(); err != nil {
		if failed := j.guard.err(); failed != nil {
			err = failed // whatever else seems wrong follows from it
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		return nil, errors.Join(fmt.Errorf("open the journal in %s: %w", cfg.Dir, err), j.release())
	}
	return j, nil
}

func (j *Journal) open() (err error) {
	fsys := j.cfg.FS
	if fsys == nil {
		fsys = vfs.Default
	}
	if err := makeDir(fsys, j.dir); err != nil {
		return err
	}
	if vfs.Root(fsys) == vfs.Default {
		if j.dir, err = resolve(j.dir); err != nil {
			return err
		}
	}
	if j.lock, err = fsys.Lock(fsys.PathJoin(j.dir, nameLock)); err != nil {
		return fmt.Errorf("%w: stop who uses it, or give another directory: %w", ErrLocked, err)
	}
	j.fs = j.guard.wrap(fsys)
	there, err := exists(fsys, j.dir)
	if err != nil {
		return err
	}
	if there {
		err = j.recover()
	} else {
		err = j.create()
	}
	if err != nil {
		return err
	}
	if j.synced, err = openSynced(j.fs, j.path(nameSynced)); err != nil {
		return err
	}
	return errors.Join(j.synced.note(j.last), j.synced.sync(), j.guard.err())
}

func (j *Journal) path(name string) string { return j.fs.PathJoin(j.dir, name) }

// recover opens a journal that exists.
func (j *Journal) recover() error {
	h, err := readHeader(j.fs, j.path(nameHeader))
	if err != nil {
		return damaged(err)
	}
	if err := h.differences(j.cfg.Header); err != nil {
		return err
	}
	j.secret = h.Secret
	atLeast, err := readSynced(j.fs, j.path(nameSynced))
	if err != nil {
		return damaged(err)
	}
	end, err := checkLogs(j.fs, j.path(nameStore), h.Secret)
	if err != nil {
		return damaged(err)
	}
	if err := j.openStore(func(o *pebble.Options) { o.ErrorIfNotExists = true }); err != nil {
		return damaged(err)
	}
	return j.recovered(atLeast, end)
}

// recovered looks whether the store has what it must have.
func (j *Journal) recovered(atLeast uint64, end logEnd) error {
	got, err := j.commits()
	if err != nil {
		return damaged(fmt.Errorf("read the batch numbers: %w", err))
	}
	if gap := got.gap(); gap != "" {
		return fmt.Errorf("%w: store %s: batches %s are missing, %d is there", ErrDamaged, j.path(nameStore), gap, got.last())
	}
	if j.last = got.last(); j.last < atLeast {
		where := j.path(nameStore)
		if end.path != "" {
			where = "log " + end.String()
		}
		return fmt.Errorf("%w: %s: the store ends with batch %d, but batch %d was synced: what follows is damaged or missing", ErrDamaged, where, j.last, atLeast)
	}
	it, err := j.db.NewIter(recordRange())
	if err != nil {
		return damaged(err)
	}
	j.empty = !it.First()
	if err := it.Close(); err != nil {
		return damaged(fmt.Errorf("read the first record: %w", err))
	}
	return nil
}

// openStore opens the Pebble store.
func (j *Journal) openStore(adapt func(*pebble.Options)) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("store %s: panic: %v", j.path(nameStore), r)
		}
		err = errors.Join(j.guard.err(), err)
	}()
	o := options(ahead{ordered{j.fs}}, &j.guard, j.cfg.MemTable, j.cfg.Logger)
	adapt(o)
	db, err := pebble.Open(j.path(nameStore), o)
	if err != nil {
		return fmt.Errorf("store %s: %w", j.path(nameStore), err)
	}
	j.db = db
	return nil
}

// commits returns the batches that the store has.
func (j *Journal) commits() (commits, error) {
	value, closer, err := j.db.Get(commitsKey())
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := commits(nil).addEncoded(value)
	return c, errors.Join(err, closer.Close())
}

// Created reports whether Open made the journal.
func (j *Journal) Created() bool { return j.created }

// Empty reports whether the journal had no record when it was opened.
func (j *Journal) Empty() bool { return j.empty }

// Commit implements [quorate.Journal].
func (j *Journal) Commit(ops []quorate.RecordOp) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.err; err != nil {
		return fmt.Errorf("commit %d records to %s: %w", len(ops), j.dir, err)
	}
	if len(ops) == 0 {
		return nil
	}
	if err := j.commit(ops); err != nil {
		j.err = fmt.Errorf("%w: %w", journal.ErrBroken, err)
		return fmt.Errorf("commit %d records to %s: %w", len(ops), j.dir, err)
	}
	return nil
}

// commit makes a batch durable. What it returns ends the journal.
func (j *Journal) commit(ops []quorate.RecordOp) (err error) {
	defer func() {
		if r := recover(); r != nil {
			j.stuck = true
			err = fmt.Errorf("store: panic: %v", r)
		}
		if failed := j.guard.err(); failed != nil {
			err = failed // whatever else seems wrong follows from it
		} else if err != nil {
			j.guard.freeze(err)
		}
	}()
	number := j.last + 1
	b := j.db.NewBatch()
	m := newMark(j.secret, number)
	if err := b.LogData(m[:], nil); err != nil {
		return err
	}
	j.end = commits{{number, number}}.append(j.end[:0])
	if err := b.Merge(commitsKey(), j.end, nil); err != nil {
		return err
	}
	for i := range ops {
		if err := j.add(b, &ops[i]); err != nil {
			return err
		}
	}
	if err := j.db.Apply(b, pebble.Sync); err != nil {
		return err
	}
	if j.guard.err() != nil { // so what was synced is unknown
		return nil
	}
	j.last, j.dirty = number, true
	return errors.Join(b.Close(), j.synced.note(number))
}

// narrow is how many numbers a range may have that is deleted one by one: until
// then that is less work for Pebble than a range.
const narrow = 8

// add puts one op into a batch.
func (j *Journal) add(b *pebble.Batch, op *quorate.RecordOp) error {
	if !op.Forget {
		j.rows.put(op.Type, op.Key.Scope, op.Key.Number)
		j.key = appendKey(j.key[:0], op.Type, op.Key.Scope, op.Key.Number)
		return b.Set(j.key, op.Data, nil)
	}
	from, to := j.rows.forget(op.Type, op.Key.Scope, op.Key.Number, op.To)
	if from >= to {
		return nil
	}
	if to-from <= narrow {
		for ; from < to; from++ {
			j.key = appendKey(j.key[:0], op.Type, op.Key.Scope, from)
			if err := b.Delete(j.key, nil); err != nil {
				return err
			}
		}
		return nil
	}
	j.key = appendKey(j.key[:0], op.Type, op.Key.Scope, from)
	j.end = appendKey(j.end[:0], op.Type, op.Key.Scope, to)
	return b.DeleteRange(j.key, j.end, nil)
}

// Close implements [quorate.Journal]. It writes what is in memory and logs in
// order, so that the next start is quick. While records are being read, the last
// of these iterations does it.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if errors.Is(j.err, journal.ErrClosed) {
		return nil
	}
	failed := j.err
	j.err = errors.Join(journal.ErrClosed, failed)
	if j.readers > 0 {
		return nil
	}
	if err := j.release(); err != nil {
		return fmt.Errorf("close the journal in %s: %w", j.dir, err)
	}
	return nil
}

// release gives everything back.
func (j *Journal) release() error {
	var errs []error
	if j.db != nil && !j.stuck {
		if j.dirty && j.guard.err() == nil {
			errs = append(errs, j.db.Flush())
		}
		errs = append(errs, j.db.Close())
	}
	j.db = nil
	if j.synced != nil {
		errs = append(errs, j.synced.close())
		j.synced = nil
	}
	if err := j.guard.err(); err != nil {
		errs = nil // known to whoever committed
	}
	if j.lock != nil {
		errs = append(errs, j.lock.Close())
		j.lock = nil
	}
	return errors.Join(errs...)
}
