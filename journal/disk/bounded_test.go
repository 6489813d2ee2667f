package disk_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
)

var boundedRecords = flag.Uint64("bounded.records", 250_000, "how many records are written and forgotten")

// Rule: what was forgotten leaves the disk. Logs that are trimmed as they grow
// take no more room than a few memtables, however much went through them.
func TestTrimmedLogsStayBounded(t *testing.T) {
	const (
		batch    = 64
		window   = 1000 // records that all logs together keep
		memTable = 1 << 20
	)
	records := *boundedRecords
	if testing.Short() {
		records /= 4
	}
	for _, tc := range []struct {
		name string
		logs uint64
		size int
	}{
		{"one log", 1, 100}, {"many logs", 1000, 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mem := vfs.NewMem()
			cfg := config(t, journalDir)
			cfg.FS, cfg.MemTable = mem, memTable
			j := open(t, cfg)
			start, peak := time.Now(), int64(0)
			data := make([]byte, tc.size)
			ops := make([]quorate.RecordOp, 0, 2*batch+1)
			keep := window / tc.logs
			for n := uint64(0); n < records; {
				ops = append(ops[:0], quorate.RecordOp{Type: "promise", Data: data})
				for range batch {
					scope, slot := fmt.Sprint("log", n%tc.logs), n/tc.logs
					ops = append(ops, quorate.RecordOp{Type: "log", Key: quorate.RecordKey{Scope: scope, Number: slot}, Data: data})
					if slot > keep {
						ops = append(ops, quorate.RecordOp{Type: "log", Key: quorate.RecordKey{Scope: scope}, Forget: true, To: slot - keep})
					}
					n++
				}
				commit(t, j, ops...)
				if n%(records/64) < batch {
					peak = max(peak, used(t, mem))
				}
			}
			took := time.Since(start)
			closed(t, j)
			after := used(t, mem)
			t.Logf("%v, at most %d KiB, %d KiB when closed", took.Round(time.Millisecond), peak>>10, after>>10)
			if limit := int64(10 * memTable); peak > limit {
				t.Errorf("%d KiB in use, want at most %d", peak>>10, limit>>10)
			}
			j = open(t, cfg)
			if got := len(numbers(t, j)); got > 2*window+int(tc.logs)+batch+1 {
				t.Errorf("%d records are left", got)
			}
		})
	}
}

// used returns the bytes in a journal's directory.
func used(t *testing.T, mem *vfs.MemFS) int64 {
	t.Helper()
	sum := int64(0)
	for _, size := range files(t, mem, journalDir) { // unordered: a sum
		sum += size
	}
	return sum
}

var _ quorate.Journal = (*disk.Journal)(nil)
