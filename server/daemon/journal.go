package daemon

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/journal/disk"
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
		header, err := d.header()
		if err != nil {
			return err
		}
		cfg := disk.Config{Dir: d.cfg.DataDir, Header: header, Logger: d.log}
		d.openMedium(&cfg)
		d.open = func() (quorate.Journal, error) { return disk.Open(cfg) }
	}
	return nil
}

// openMedium puts between the journal and its directory what operators can make
// wrong on purpose.
func (d *Daemon) openMedium(cfg *disk.Config) {
	if d.cfg.Unsynced {
		d.harm.Volatile = disk.NewVolatile(nil, seed())
		cfg.FS = d.harm.Volatile
	}
	if _, ok := d.cfg.File.AdminAddresses[d.cfg.ID]; !ok {
		return // nobody will ask
	}
	d.harm.Disk = disk.NewFaults(cfg.FS)
	d.harm.End = die
	cfg.FS = d.harm.Disk
	if d.cfg.Unsynced {
		d.harm.Power = d.Power
	}
}

// die ends the process as kill -9 does.
func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
}

// header says whose journal this is: that of a member of a cluster which agrees
// on all that the protocol's records depend on. It asks a replica that is built
// for this, and never runs.
func (d *Daemon) header() (disk.Header, error) {
	n, err := quorate.NewNode(quorate.NodeConfig{ID: d.cfg.ID, Cluster: d.cluster, Incarnation: 1})
	if err != nil {
		return disk.Header{}, err
	}
	app := quorate.NewOnce(quorate.NewKV(d.cfg.File.KV()), d.cfg.File.Once())
	if _, err := d.build(n, app); err != nil {
		return disk.Header{}, fmt.Errorf("build the replica of node %v: %w", d.cfg.ID, err)
	}
	return disk.Header{
		Node: d.cfg.ID, Protocol: d.cfg.Protocol, Records: strings.Join(n.Records(), "\n"),
		Cluster: fmt.Sprintf("members %v\n%s", d.cluster, n.Settings()),
	}, nil
}

// build is the protocol's constructor. What all members must have in common
// beside what the protocol says is how the store's states look.
func (d *Daemon) build(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	n.Agree("history", fmt.Sprint(d.cfg.File.KV().History))
	return d.cfg.New(n, app)
}

// live is build for a node that will run: members that talk must also agree on
// what is too large, and about how far they are from each other.
func (d *Daemon) live(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	limits := d.cfg.File.Requests()
	n.Agree("limits", fmt.Sprintf("max_key %d, max_value %d", limits.MaxKey, limits.MaxValue))
	if d.cfg.File.WAN != "" {
		n.Agree("wan", d.cfg.File.WAN)
	}
	return d.build(n, app)
}

// empty reports whether a journal holds nothing.
func empty(j quorate.Journal) (bool, error) {
	for _, err := range j.Records() {
		return false, err
	}
	return true, nil
}
