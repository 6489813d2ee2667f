package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server/remote"
)

// Processes says how to run a cluster of which each member is a process of this
// machine. Only Binary is required.
type Processes struct {
	// Binary is the program that runs a member: quorate itself.
	Binary string
	// REST and Leader are those of [Remote], and so is Connections.
	REST, Leader bool
	Connections  int
	// Network is how members talk to each other, tcp or udp. Empty is the protocol's
	// own way.
	Network string
	// Token is what the members' operators bring.
	Token string

	ports func(n int) (*fleet.Claim, error) // for tests; nil are free ones
}

// On returns c for a run on a cluster of processes that is started for it, on the
// loopback interface, and is gone afterwards with all that it wrote. Journals are in
// memory unless there is a DataDir.
func (c Config) On(p Processes) (Config, error) {
	if p.Binary == "" {
		return c, errors.New("bench: processes of no program: say which one runs a member")
	}
	c.Processes, c.Transport, c.sockets = &p, viaTCP, p.Connections
	if p.REST {
		c.Transport = viaREST
	}
	c.Start = startProcesses
	return c, nil
}

// validateProcesses reports what the members' cluster file could not say.
func (c Config) validateProcesses() error {
	p := c.Processes
	switch {
	case p.Connections < 0 || p.Connections > MaxConnections:
		return fmt.Errorf("bench: %d connections: want 1 to %d", p.Connections, MaxConnections)
	case p.REST && p.Connections != 0:
		return errors.New("bench: a number of connections by HTTP: each client has one of its own")
	case p.Network != "" && p.Network != "tcp" && p.Network != "udp":
		return fmt.Errorf("bench: members that talk by %q: want tcp or udp", p.Network)
	}
	members := c.Zones * c.Nodes
	ports := make([]int, fleet.PortsEach*members)
	for i := range ports {
		ports[i] = 1 + i
	}
	if _, err := c.clusterFile(ports); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}

// clusterFile returns the file of the members, who listen on the given ports: three
// for each, of which the second one is for HTTP if that is wanted.
func (c Config) clusterFile(ports []int) (*quorate.Config, error) {
	cluster, err := quorate.Grid(c.Zones, c.Nodes)
	if err != nil {
		return nil, err
	}
	file := fleet.Loopback(cluster, ports, c.Processes.REST)
	file.Transport, file.WAN, file.Jitter = c.Processes.Network, c.WAN, c.Jitter
	if file.Transport == "" { // or the addresses' scheme would say it
		file.Transport = protocols.Network(c.Protocol)
	}
	o := c.Options
	if c.WAN != "" {
		o.Lead = cmp.Or(c.Lead, 1)
	}
	o.Trip = 0 // the file's network says it
	if err := o.Into(file, c.Protocol); err != nil {
		return nil, err
	}
	return file, file.Validate()
}

// processes is a cluster of processes that this run has started.
type processes struct {
	distant
	fleet *fleet.Fleet
	ports *fleet.Claim
	file  *quorate.Config
	dir   string
	swept func() error
}

// startProcesses is the Config.Start of clusters of processes.
func startProcesses(ctx context.Context, cfg Config) (Target, error) {
	p := &processes{distant: distant{cfg: cfg, own: true}}
	err := p.launch(ctx)
	for i := 1; i < fleet.Attempts && fleet.PortTaken(err); i++ {
		if err = p.Close(); err == nil {
			err = p.launch(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// launch starts the members, and finds them.
func (p *processes) launch(ctx context.Context) (err error) {
	if p.dir, p.swept, err = p.cfg.directory(); err != nil {
		return err
	}
	choose := p.cfg.Processes.ports
	if choose == nil {
		choose = fleet.ClaimPorts
	}
	if p.ports, err = choose(fleet.PortsEach * p.cfg.Zones * p.cfg.Nodes); err != nil {
		return err
	}
	if p.file, err = p.cfg.clusterFile(p.ports.Ports); err != nil {
		return err
	}
	path := filepath.Join(p.dir, "cluster.json")
	text, err := p.file.Format()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("write the cluster file: %w", err)
	}
	how := p.cfg.Processes
	p.fleet, err = fleet.Start(ctx, fleet.Config{
		Binary: how.Binary, File: p.file, Path: path, Dir: p.dir, Memory: p.cfg.DataDir == "", Token: how.Token,
		Args: []string{"--log-level", "error", "--linger", "0s"},
	})
	if err != nil {
		return err
	}
	p.how = Remote{
		Cluster: remote.Config{File: p.file, Token: how.Token}, REST: how.REST, Leader: how.Leader,
	}
	p.awaitLeader(ctx)
	return p.distant.start(ctx)
}

// awaitLeader waits until all members know who leads, as far as it makes sense.
func (p *processes) awaitLeader(ctx context.Context) {
	trip := time.Duration(0)
	if p.cfg.WAN != "" {
		trip = p.cfg.trip(p.cfg.Jitter)
	}
	await(ctx, p.cfg.Zones*p.cfg.Nodes, trip, func() int {
		named := 0
		for _, v := range p.fleet.Look(ctx) {
			if v.Status != nil && v.Status.Leader != "" {
				named++
			}
		}
		return named
	})
}

// troubles says of each member what went wrong with its process, in their order.
func (p *processes) troubles() []string {
	var out []string
	for _, v := range p.fleet.Processes() {
		out = append(out, p.fleet.LastWords(v.ID))
	}
	return out
}

// places returns the processes of the members that run.
func (p *processes) places() []place {
	var list []place
	for _, v := range p.fleet.Processes() {
		if v.PID != 0 {
			list = append(list, place{v.ID.String(), v.PID})
		}
	}
	return list
}

func (p *processes) Close() error {
	err := p.distant.Close()
	if p.fleet != nil {
		p.fleet.Stop()
		p.fleet = nil
	}
	err = errors.Join(err, p.ports.Release())
	p.ports = nil
	if p.swept != nil {
		err = errors.Join(err, p.swept())
		p.swept = nil
	}
	return err
}
