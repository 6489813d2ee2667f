package bench

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
)

// data is a run's own directory within Config.DataDir. It is removed with all
// its journals when the run ends; what else is in DataDir is left alone.
type data struct {
	dir     string
	cfg     Config
	cluster *quorate.Cluster
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
	return &data{dir, cfg, cluster}, nil
}

// open opens a node's journal, at each of its starts.
func (d *data) open(id quorate.ID) (quorate.Journal, error) {
	return disk.Open(disk.Config{
		Dir:    filepath.Join(d.dir, id.String()),
		Header: disk.Header{Node: id, Protocol: d.cfg.Protocol, Cluster: d.cluster.String()},
	})
}

func (d *data) remove() error {
	if d == nil {
		return nil
	}
	return os.RemoveAll(d.dir)
}
