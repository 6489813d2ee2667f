package tester

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server/daemon"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/tester/inject"
)

// logs is where the files of a run are kept.
type logs interface {
	// Dir is the run's directory.
	Dir() string
	// Log opens the log of a node.
	Log(name string) (io.WriteCloser, error)
}

// death is what went wrong with a member's process.
type death struct {
	id   quorate.ID
	what string
}

// processes is a cluster of processes that the test has started.
type processes struct {
	abroad
	fleet *fleet.Fleet
	ports *fleet.Claim
	path  string
	ends  bool // members may end by themselves, see [inject.Kind]
	alone bool // a member is a quorum by itself, see [inject.Quorate]

	mu     sync.Mutex
	logs   map[quorate.ID]*nodeLog // members may speak until after their end
	deaths []death
}

// clusterFile returns the file of the members, who listen on the given ports.
func (c *Config) clusterFile(ports []int) (*quorate.Config, error) {
	cluster, err := quorate.Grid(c.Zones, c.Nodes)
	if err != nil {
		return nil, err
	}
	file := fleet.Loopback(cluster, ports, true)
	if c.Network == Packets {
		separate(cluster, file)
	}
	file.Transport = protocols.Network(c.Protocol)
	if err := c.Options.Into(file, c.Protocol); err != nil {
		return nil, err
	}
	if file.Options, err = merge(file.Options, c.Settings); err != nil {
		return nil, err
	}
	setup, err := protocols.FromFileWith(c.Protocol, c.Bug, file)
	if err != nil {
		return nil, err
	}
	if err := file.Validate(); err != nil {
		return nil, err
	}
	return file, daemon.Config{File: file, Message: setup.Message, Window: setup.Window}.Fits()
}

// merge returns the options of a cluster file with more settings among them.
func merge(options, more json.RawMessage) (json.RawMessage, error) {
	if len(more) == 0 {
		return options, nil
	}
	settings := map[string]json.RawMessage{}
	if err := json.Unmarshal(more, &settings); err != nil || settings == nil {
		return nil, fmt.Errorf("options of the protocol %.200s: want a JSON object, as under \"options\" in a cluster file", more)
	}
	if len(options) > 0 {
		set := map[string]json.RawMessage{}
		if err := json.Unmarshal(options, &set); err != nil {
			return nil, fmt.Errorf("read the options of the protocol: %w", err)
		}
		for name, value := range set { // unordered: fills a map
			if _, twice := settings[name]; twice {
				return nil, fmt.Errorf("option %s of the protocol is given twice, and once by its own name: leave one out", name)
			}
			settings[name] = value
		}
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, fmt.Errorf("write the options of the protocol: %w", err)
	}
	return text, nil
}

// ends reports whether some nemesis may make members end by themselves.
func (c *Config) ends() bool {
	return slices.ContainsFunc(inject.Kinds(), func(k inject.Kind) bool {
		return k.Ends && (slices.Contains(c.Nemeses, k.Name) || k.All && slices.Contains(c.Nemeses, inject.All))
	})
}

// Alone implements [inject.Quorate].
func (p *processes) Alone() bool { return p.alone }

// launch starts the members.
func launch(ctx context.Context, c *Config, log logs) (target, error) {
	p := &processes{logs: map[quorate.ID]*nodeLog{}, ends: c.ends()}
	if members, err := quorate.Grid(c.Zones, c.Nodes); err == nil {
		p.alone = c.alone(members)
	}
	err := p.launch(ctx, c, log)
	for i := 1; i < fleet.Attempts && fleet.PortTaken(err); i++ {
		if err = p.Close(); err == nil {
			err = p.launch(ctx, c, log)
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if c.Network == Packets {
		return p.filtered(ctx)
	}
	return p, nil
}

// dataDir is the directory of the members' journals, in that of the run.
const dataDir = "data"

func (p *processes) launch(ctx context.Context, c *Config, log logs) error {
	var err error
	if p.ports, err = fleet.ClaimPorts(fleet.PortsEach * c.Zones * c.Nodes); err != nil {
		return err
	}
	file, err := c.clusterFile(p.ports.Ports)
	if err != nil {
		return err
	}
	if err := p.openLogs(file, log); err != nil {
		return err
	}
	p.path = filepath.Join(log.Dir(), "cluster.json")
	dir := filepath.Join(log.Dir(), dataDir)
	text, err := file.Format()
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(dir), os.WriteFile(p.path, text, 0o600)); err != nil {
		return fmt.Errorf("write the cluster file: %w", err)
	}
	args := []string{"--log-level", "info", "--linger", "0s"}
	args = append(args, inject.ServerFlags(c.Nemeses)...)
	if c.Bug != "" {
		args = append(args, "--bug", c.Bug)
	}
	p.fleet, err = fleet.Start(ctx, fleet.Config{
		Binary: c.Binary, File: file, Path: p.path, Dir: dir, Args: append(args, c.Args...), Token: c.Token,
		Say: p.say, Ended: p.ended, Patience: c.Patience,
	})
	if err != nil {
		return err
	}
	p.fresh = true
	p.cluster, err = remote.Open(remote.Config{File: file, Token: c.Token, Connections: connections(c)})
	return err
}

// openLogs opens the logs that are not open.
func (p *processes) openLogs(file *quorate.Config, log logs) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range file.Addresses { // unordered: all of them
		if p.logs[id] == nil {
			w, err := log.Log(id.String())
			if err != nil {
				return err
			}
			p.logs[id] = &nodeLog{w: w}
		}
	}
	return nil
}

// closeLogs closes them all.
func (p *processes) closeLogs() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, l := range p.logs { // unordered: all of them
		err = errors.Join(err, l.w.Close())
		delete(p.logs, id)
	}
	return err
}

// A nodeLog is what a member says, up to a bound.
type nodeLog struct {
	mu   sync.Mutex
	w    io.WriteCloser
	left int64
	held bool // left counts
	err  error
}

const maxLog = 64 << 20 // of each member

func (l *nodeLog) line(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.held {
		l.held, l.left = true, maxLog
	}
	if l.left -= int64(len(text) + 1); l.left < 0 || l.err != nil {
		return
	}
	var b bytes.Buffer
	b.WriteString(text)
	b.WriteByte('\n')
	_, l.err = l.w.Write(b.Bytes())
}

// alarming matches what no member should ever say.
var alarming = regexp.MustCompile(`^panic: |^fatal error: |^WARNING: DATA RACE|^unexpected fault address|^SIGSEGV`)

// maxDeaths bounds how many are kept.
const maxDeaths = 100

func (p *processes) say(id quorate.ID, line string) {
	p.mu.Lock()
	l := p.logs[id]
	p.mu.Unlock()
	if l != nil {
		l.line(line)
	}
	if alarming.MatchString(line) {
		p.note(id, line)
	}
}

// toolFailed is the exit code of a member that could not go on, because its disk failed.
const toolFailed = 255

// ended notes members that ended though nobody had asked them to. Those that somebody
// else killed did not do it on their own.
func (p *processes) ended(id quorate.ID, e fleet.End) {
	switch {
	case e.Asked, e.Code == 128+int(syscall.SIGKILL), e.Code == 128+int(syscall.SIGTERM):
		return
	case p.ends && e.Code == toolFailed:
		return
	}
	p.note(id, "ended by itself, "+e.String()+lastLine(e.Words))
}

func lastLine(words string) string {
	if words = words[1+bytes.LastIndexByte([]byte(words), '\n'):]; words != "" {
		return ": " + words
	}
	return ""
}

func (p *processes) note(id quorate.ID, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.deaths) < maxDeaths {
		p.deaths = append(p.deaths, death{id, what})
	}
}

func (p *processes) Deaths() []death {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.deaths)
}

func (p *processes) Local() bool { return true }

func (p *processes) Kill(id quorate.ID) error { return p.fleet.Kill(id) }

func (p *processes) End(id quorate.ID) error { return p.fleet.End(id) }

func (p *processes) Start(id quorate.ID) error { return p.fleet.Start(id) }

func (p *processes) Pause(id quorate.ID) error { return p.fleet.Pause(id) }

func (p *processes) Resume(id quorate.ID) error { return p.fleet.Resume(id) }

func (p *processes) PID(id quorate.ID) int { return p.fleet.PID(id) }

// LastWords implements [inject.Witness].
func (p *processes) LastWords(id quorate.ID) string { return p.fleet.LastWords(id) }

func (p *processes) DataDir(id quorate.ID) string { return p.fleet.DataDir(id) }

func (p *processes) File() string { return p.path }

// Close ends the members, paused ones too.
func (p *processes) Close() error {
	var err error
	if p.cluster != nil {
		err = p.cluster.Close()
		p.cluster = nil
	}
	if p.fleet != nil {
		for _, v := range p.fleet.Processes() {
			_ = p.Resume(v.ID) // it does not run, which is as good
		}
		p.fleet.Stop()
		p.fleet = nil
	}
	err = errors.Join(err, p.ports.Release(), p.closeLogs())
	p.ports = nil
	return err
}
