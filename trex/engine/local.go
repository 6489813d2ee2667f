package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/server"
)

// LocalConfig describes a cluster in this process. Its zero value is one of
// three members, in memory.
type LocalConfig struct {
	// Members is how many there are. Zero is 3.
	Members int
	// DataDir has the members' journals. If it is empty, they are in memory, and
	// last as long as the Local.
	DataDir string
	// Journal opens a member's journal at each of its starts, instead of those of
	// DataDir. It is for tests.
	Journal func(id quorate.ID) (quorate.Journal, error)
	// Transport is "chan", "tcp" or "udp". Empty is chan: Go channels.
	Transport string
	// Options are the protocol's own settings, as in a cluster file.
	Options json.RawMessage
	// Application, MaxCommand, MaxResult, Horizon, Timeout and Raw are as in
	// [Config].
	Application           string
	MaxCommand, MaxResult int
	Horizon, Timeout      time.Duration
	Raw                   bool
	// Logger gets what failing members have to say; nil is silent.
	Logger *slog.Logger
}

// config returns what it shares with that of a member.
func (c LocalConfig) config(cluster *quorate.Cluster) Config {
	file := &quorate.Config{Addresses: map[quorate.ID]string{}, Options: c.Options}
	for i, id := range cluster.IDs() {
		file.Addresses[id] = fmt.Sprintf("chan://local:%d", i+1)
	}
	return Config{ID: cluster.ID(0), File: file, Application: c.Application, MaxCommand: c.MaxCommand, MaxResult: c.MaxResult, Horizon: c.Horizon, Timeout: c.Timeout}
}

// Local is a cluster in this process, each member with an engine of its own. It
// is safe for concurrent use.
type Local struct {
	*server.Local // Stop kills a member, Start starts it again; Partition, Heal and more
	engines       []*Engine
}

// OpenLocal opens a cluster in this process. app makes a member's App at each of
// its starts.
func OpenLocal(cfg LocalConfig, app func(id quorate.ID) App) (*Local, error) {
	if app == nil {
		return nil, errors.New("engine: the function that makes Apps is nil")
	}
	cluster, err := quorate.Grid(1, cmp.Or(cfg.Members, 3))
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	member := cfg.config(cluster)
	if err := member.Validate(); err != nil {
		return nil, err
	}
	s, err := protocol(member.file())
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if cfg.Journal == nil && cfg.DataDir != "" {
		cfg.Journal = journals(cfg, s.constructor(member.agreement(), func() *machine { return nil }), s.name, cluster)
	}
	local, err := server.StartLocal(server.LocalConfig{
		New: s.new, Cluster: cluster, Transport: cfg.Transport, Once: member.file().Once(), Journal: cfg.Journal, Logger: cfg.Logger,
		Member: func(n *server.NodeConfig) error {
			a := app(n.ID)
			if err := check(a); err != nil {
				return err
			}
			p, err := newPlant(a, member)
			if err != nil {
				return err
			}
			n.Machine, n.New = p.machine, s.constructor(member.agreement(), p.current)
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	l := &Local{Local: local}
	for _, id := range cluster.IDs() {
		e := &Engine{id: id, cluster: cluster, key: member.key(), limit: member.file().Requests().MaxValue}
		e.node = func() *server.Node { n, _ := l.here(id); return n }
		e.stop = func() error { return l.leave(id) }
		if err := e.dial(client.Config{Timeout: cfg.Timeout, Raw: cfg.Raw}, l.here, nil); err != nil {
			return nil, errors.Join(err, l.Close())
		}
		l.engines = append(l.engines, e)
	}
	return l, nil
}

// journals opens the journals of DataDir.
func journals(cfg LocalConfig, protocol quorate.Constructor, name string, cluster *quorate.Cluster) func(quorate.ID) (quorate.Journal, error) {
	return func(id quorate.ID) (quorate.Journal, error) {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster})
		if err != nil {
			return nil, err
		}
		if _, err := protocol(n, quorate.NewOnce(newMachine(nil, "", 0, nil), quorate.OnceConfig{Horizon: cfg.Horizon})); err != nil {
			return nil, err
		}
		return disk.Open(disk.Config{Dir: filepath.Join(cfg.DataDir, id.String()), Logger: cfg.Logger, Header: disk.Header{
			Node: id, Protocol: name, Records: strings.Join(n.Records(), "\n"), Cluster: fmt.Sprintf("members %v\n%s", cluster, n.Settings()),
		}})
	}
}

// here returns the node of a member, nil while it does not run.
func (l *Local) here(id quorate.ID) (*server.Node, bool) {
	n, err := l.Node(id)
	if err != nil {
		return nil, true
	}
	return n, true
}

// leave ends a member, if it runs.
func (l *Local) leave(id quorate.ID) error {
	n, err := l.Node(id)
	if errors.Is(err, server.ErrStopped) {
		return nil
	}
	if err != nil {
		return err
	}
	return n.Close()
}

// Engines returns those of all members, in order of their IDs. They serve also
// while their member does not run: then by the others.
func (l *Local) Engines() []*Engine { return l.engines }

// Engine returns that of a member, the i-th from 0.
func (l *Local) Engine(i int) *Engine { return l.engines[i] }

// Close ends all engines and members. It returns why members failed, if any did.
func (l *Local) Close() error {
	for _, e := range l.engines {
		e.client.Close() // ends what is under way; it has nothing else to say
	}
	return l.Local.Close()
}
