package disk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
)

// BenchmarkCommit commits batches to a real disk, as one log that is trimmed as a
// replica trims it, and after each appends the same bytes to a bare file and
// syncs that, so that both meet the same disk. The ratio is of the two times.
func BenchmarkCommit(b *testing.B) {
	for _, records := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("%drecords", records), func(b *testing.B) {
			dir := b.TempDir()
			j := open(b, config(b, filepath.Join(dir, "journal")))
			bare, err := os.Create(filepath.Join(dir, "bare"))
			if err != nil {
				b.Fatal(err)
			}
			defer bare.Close()
			var ours, theirs []time.Duration
			ops, data, slot := make([]quorate.RecordOp, records), make([]byte, 130), uint64(0)
			bytes := make([]byte, records*(len(data)+12))
			b.ReportAllocs()
			for b.Loop() {
				for i := range ops {
					ops[i] = quorate.RecordOp{Type: "paxos.Accepted", Key: quorate.RecordKey{Number: slot}, Data: data}
					slot++
				}
				if slot%4096 < uint64(records) {
					ops[0] = quorate.RecordOp{Type: "paxos.Accepted", Forget: true, To: slot - min(slot, 1024)}
				}
				start := time.Now()
				commit(b, j, ops...)
				between := time.Now()
				if _, err := bare.Write(bytes); err != nil {
					b.Fatal(err)
				}
				if err := bare.Sync(); err != nil {
					b.Fatal(err)
				}
				ours, theirs = append(ours, between.Sub(start)), append(theirs, time.Since(between))
			}
			mine, other := sum(ours), sum(theirs)
			b.ReportMetric(float64(mine.Nanoseconds())/float64(len(ours)), "ns/commit")
			b.ReportMetric(float64(other.Nanoseconds())/float64(len(ours)), "ns/bare")
			b.ReportMetric(float64(median(ours).Nanoseconds()), "p50-ns/commit")
			b.ReportMetric(float64(median(theirs).Nanoseconds()), "p50-ns/bare")
			b.ReportMetric(float64(records*len(ours))/mine.Seconds(), "records/s")
			b.ReportMetric(100*other.Seconds()/mine.Seconds(), "%-of-bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func sum(d []time.Duration) (total time.Duration) {
	for _, d := range d {
		total += d
	}
	return total
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

// BenchmarkRestart opens a journal with a million records, after an orderly stop
// and after a crash, and reads them all.
func BenchmarkRestart(b *testing.B) {
	const records, batch = 1 << 20, 512
	for _, crashed := range []bool{false, true} {
		b.Run(fmt.Sprintf("crashed=%v", crashed), func(b *testing.B) {
			dir := b.TempDir()
			cfg := config(b, filepath.Join(dir, "journal"))
			j := open(b, cfg)
			ops, data := make([]quorate.RecordOp, batch), make([]byte, 100)
			for slot := uint64(0); slot < records; slot += batch {
				for i := range ops {
					ops[i] = quorate.RecordOp{Type: "paxos.Accepted", Key: quorate.RecordKey{Number: slot + uint64(i)}, Data: data}
				}
				commit(b, j, ops...)
			}
			if crashed { // a copy of the directory is what a killed process leaves
				cfg.Dir = filepath.Join(dir, "copy")
				if err := os.CopyFS(cfg.Dir, os.DirFS(filepath.Join(dir, "journal"))); err != nil {
					b.Fatal(err)
				}
			}
			closed(b, j)
			for b.Loop() {
				before := memory()
				peak, read, start := uint64(0), 0, time.Now()
				j, err := disk.Open(cfg)
				if err != nil {
					b.Fatal(err)
				}
				opened := time.Since(start)
				for _, err := range j.Records() {
					if err != nil {
						b.Fatal(err)
					}
					if read++; read%(records/8) == 0 {
						peak = max(peak, memory())
					}
				}
				b.ReportMetric(float64(opened.Milliseconds()), "ms-open")
				b.ReportMetric(float64(read)/time.Since(start).Seconds(), "records/s")
				b.ReportMetric(float64(peak-min(peak, before))/(1<<20), "MiB-heap")
				closed(b, j)
			}
		})
	}
}

// memory returns the bytes of the live heap.
func memory() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
