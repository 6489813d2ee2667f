package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
)

// data is a run's own directory within Config.DataDir. It is removed with all
// its journals when the run ends; what else is in DataDir is left alone.
type data struct {
	dir     string
	cfg     Config
	cluster *quorate.Cluster
	syncs   []journalCount // by member
}

// journalReading is what a member's journal did since the run began.
type journalReading struct {
	syncs uint64
	busy  time.Duration // that they took
}

// journalCount is the live form of a journalReading.
type journalCount struct{ syncs, busy atomic.Int64 }

// counts returns what the journals did; nothing of those in memory.
func (d *data) counts() []journalReading {
	if d == nil {
		return nil
	}
	var all []journalReading
	for i := range d.syncs {
		c := &d.syncs[i]
		all = append(all, journalReading{uint64(c.syncs.Load()), time.Duration(c.busy.Load())})
	}
	return all
}

// counted counts the commits of a journal.
type counted struct {
	quorate.Journal
	count *journalCount
}

// Commit counts what the journal makes durable by a sync of its own.
func (j *counted) Commit(ops []quorate.RecordOp) error {
	began := time.Now()
	err := j.Journal.Commit(ops)
	if err == nil {
		j.count.syncs.Add(1)
		j.count.busy.Add(int64(time.Since(began)))
	}
	return err
}

// Immediate says of the journal whether the loop may commit by itself.
func (j *counted) Immediate() bool {
	i, ok := j.Journal.(interface{ Immediate() bool })
	return ok && i.Immediate()
}

func newData(cfg Config, cluster *quorate.Cluster) (*data, error) {
	err := os.MkdirAll(cfg.DataDir, 0o755)
	if err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	dir, err := os.MkdirTemp(cfg.DataDir, "bench-"+cfg.Protocol+"-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the run: %w", err)
	}
	return &data{dir, cfg, cluster, make([]journalCount, cluster.Size())}, nil
}

// open opens a node's journal, at each of its starts.
func (d *data) open(id quorate.ID) (quorate.Journal, error) {
	j, err := disk.Open(disk.Config{
		Dir:    filepath.Join(d.dir, id.String()),
		Header: disk.Header{Node: id, Protocol: d.cfg.Protocol, Cluster: d.cluster.String()},
	})
	if err != nil {
		return nil, err
	}
	return &counted{j, &d.syncs[d.cluster.Index(id)]}, nil
}

func (d *data) remove() error {
	if d == nil {
		return nil
	}
	return os.RemoveAll(d.dir)
}
