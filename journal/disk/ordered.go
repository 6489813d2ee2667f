package disk

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ordered makes the entries of Pebble's directory durable before the one that
// points at them. Pebble makes a manifest, then a marker whose name says which
// manifest counts, and only then syncs the directory they are in. A file system
// may keep the second entry and lose the first when the power fails between, and
// the store would not open again. Those with an ordered journal do not, but
// nothing promises it.
type ordered struct{ vfs.FS }

func (o ordered) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasPrefix(o.PathBase(name), "marker.") {
		if err := syncDir(o.FS, o.PathDir(name)); err != nil {
			return nil, err
		}
	}
	return o.FS.Create(name, category)
}
