package disk

import (
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// options suits a store that is small, written in order of time, trimmed from
// the front, and read only when a node starts.
func options(fsys vfs.FS, g *guard, memTable int, log *slog.Logger) *pebble.Options {
	o := &pebble.Options{
		FS:                 fsys,
		FormatMajorVersion: pebble.FormatNewest,
		Merger:             merger(),
		Logger:             quiet{g, log},
		EventListener: &pebble.EventListener{
			DataCorruption: func(info pebble.DataCorruptionInfo) {
				g.freeze(fmt.Errorf("%w: %s: %w", ErrDamaged, info.Path, info.Details))
			},
			BackgroundError: func(err error) {
				if pebble.IsCorruptionError(err) {
					err = damaged(err)
				}
				g.freeze(fmt.Errorf("in the background: %w", err))
			},
		},
		MemTableSize:                uint64(memTable),
		MemTableStopWritesThreshold: 3,
		CacheSize:                   4 << 20, // a start reads everything once
		MaxOpenFiles:                200,
		MaxManifestFileSize:         1 << 20,
	}
	o.Experimental.FileCacheShards = 1
	o.Experimental.ReadSamplingMultiplier = -1 // no compaction because of reads
	o.Experimental.CompactionScheduler = newCompactions()
	return o
}

// quiet is Pebble's logger. What Pebble calls fatal freezes the disk; the
// process goes on.
type quiet struct {
	guard *guard
	log   *slog.Logger
}

func (quiet) Infof(string, ...any) {}

func (q quiet) Errorf(format string, args ...any) {
	q.log.Warn("journal", "reason", fmt.Sprintf(format, args...))
}

func (q quiet) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	q.guard.freeze(err)
	q.log.Error("journal", "reason", err)
}
