package daemon

import (
	"errors"
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// ErrInit is wrapped when a journal that holds something is to be that of a new
// cluster.
var ErrInit = errors.New("the journal is not empty")

// openJournal decides where the node's journal is opened from.
func (d *Daemon) openJournal() error {
	switch {
	case d.cfg.Journal != nil:
		d.open = d.cfg.Journal
	case d.cfg.DataDir == "":
		m := journal.NewMemory()
		d.open = func() (quorate.Journal, error) { return m.Open(), nil }
	default:
		return errors.New("journals on disk: this build has none")
	}
	return nil
}

// checkInit refuses to initialise what is in use: with such a flag in a script, a
// member whose disk was lost would vote, and has forgotten what it promised.
func (d *Daemon) checkInit(j quorate.Journal, init bool) error {
	if !init {
		return nil
	}
	for _, err := range j.Records() {
		if err != nil {
			return fmt.Errorf("start node %v: %w", d.cfg.ID, err)
		}
		return fmt.Errorf("initialise node %v in %s: %w: it belongs to a cluster; start it without --init, or give another directory", d.cfg.ID, d.cfg.DataDir, ErrInit)
	}
	return nil
}
