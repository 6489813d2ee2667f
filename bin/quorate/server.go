package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/daemon"
)

func serverCommand() command {
	return command{
		name:     "server",
		synopsis: "run one member of a cluster",
		about: `Runs the member --id of the cluster file until it gets SIGTERM or an interrupt; it
then refuses new requests, finishes those under way, and ends. When it serves it
prints one line that says where.

With --data-dir its journal is on disk, and it survives kill -9 and power failures.
The first start of a new cluster needs --init. A member whose journal is empty and
that was not told so has lost its disk: it learns what the others know, but does not
vote until 'quorate admit' has made that safe. Without --data-dir the journal is in
memory, and so every start is on an empty one.

If its disk fails, the member says why on its admin and HTTP addresses for the time
of --linger, and ends with exit code 255.`,
		examples: []example{
			{"quorate server --id 1.1 --config cluster.json --data-dir data/1.1 --init", "a member of a new cluster"},
			{"quorate server --id 1.1 --config cluster.json --data-dir data/1.1", "the same one, from its second start on"},
			{"quorate server -id 1.1 -algorithm paxos -config config.json -init", "as Paxi's server is started, a member of a new cluster; in memory"},
		},
		exits: []exitMeaning{
			{exitGood, "it was ended by SIGTERM"},
			{exitInterrupted, "it was interrupted, and ended as well"},
			{exitUsage, "a flag or the cluster file makes no sense, or the journal is another one's"},
			{exitTool, "a port is in use, the journal cannot be used, or the disk failed"},
		},
		setup: func(f *flags) action { return newMember(f).run },
	}
}

// member is the command's flags.
type member struct {
	id       quorate.ID
	config   string
	protocol string

	dataDir  string
	init     bool
	unsynced bool

	tls           *tlsFiles
	tokenFile     string
	bug           string
	grace, linger time.Duration

	logLevel slog.Level
	logJSON  bool
	json     bool
}

func newMember(f *flags) *member {
	m := &member{config: "cluster.json", logLevel: slog.LevelWarn, grace: 5 * time.Second, linger: time.Minute}
	f.group("member")
	f.TextVar(&m.id, "id", m.id, "`zone.node` of the member, such as 1.1")
	f.config(&m.config)
	f.protocol(&m.protocol)
	f.group("journal")
	f.dataDir(&m.dataDir, "in memory")
	f.BoolVar(&m.init, "init", false, "vote as a member of a new cluster; the journal must be empty")
	f.BoolVar(&m.unsynced, "unsynced-in-memory", false, "for tests: keep what is not synced in memory, so that kill -9 is a power failure")
	f.group("security")
	m.tls = f.tls()
	f.StringVar(&m.tokenFile, "admin-token-file", "", "`file` with the token that operators bring (default $"+tokenVariable+", or none)")
	f.group("operation")
	f.DurationVar(&m.grace, "grace", m.grace, "`time` for requests under way when it is told to end")
	f.DurationVar(&m.linger, "linger", m.linger, "`time` to say why, before it ends, when its disk has failed")
	f.logs(&m.logLevel, &m.logJSON)
	f.json(&m.json)
	f.bug(&m.bug)
	return m
}

// daemon turns the flags into what is to be run.
func (m *member) daemon() (daemon.Config, error) {
	if m.id == 0 {
		return daemon.Config{}, usagef("server: --id is missing: which member of the cluster file is this?")
	}
	file, err := readCluster(m.config)
	if err != nil {
		return daemon.Config{}, err
	}
	setup, err := protocols.FromFileWith(m.protocol, m.bug, file)
	if err != nil {
		return daemon.Config{}, usagef("server: %w", err)
	}
	secret, err := readToken("--admin-token-file", m.tokenFile)
	if err != nil {
		return daemon.Config{}, err
	}
	tls, err := m.tls.load()
	if err != nil {
		return daemon.Config{}, err
	}
	cfg := daemon.Config{
		File: file, ID: m.id, Protocol: setup.Name, New: setup.New, Message: setup.Message, Window: setup.Window, Network: setup.Network,
		DataDir: m.dataDir, Unsynced: m.unsynced, Init: m.init, Amnesia: setup.Amnesia, TLS: tls, Token: secret, Version: buildVersion(), Grace: m.grace, Linger: m.linger,
	}
	if m.linger == 0 {
		cfg.Linger = -1
	}
	if err := cfg.Validate(); err != nil {
		return daemon.Config{}, usagef("server: %w", err)
	}
	return cfg, nil
}

func (m *member) run(ctx context.Context, s *streams, _ []string) error {
	cfg, err := m.daemon()
	if err != nil {
		return err
	}
	cfg.Logger = s.logger(m.logLevel, m.logJSON)
	m.warn(cfg.Logger)
	d, err := daemon.Start(cfg)
	if err != nil {
		return serverError(err)
	}
	if err := m.ready(s, cfg); err != nil {
		d.Close()
		return err
	}
	select {
	case <-ctx.Done():
		if err := d.Close(); err != nil {
			return fmt.Errorf("server: %w", err)
		}
		return stopped(ctx)
	case <-d.Done():
		return fmt.Errorf("server: node %v failed: %w", cfg.ID, d.Err())
	}
}

// warn says what flags make this member one that only tests should have.
func (m *member) warn(log *slog.Logger) {
	if m.bug != "" {
		log.Warn("a mistake is planted in this member's protocol, for tests: its cluster loses or forges what it is told; start it without --bug", "node", m.id, "bug", m.bug)
	}
	if m.unsynced {
		log.Warn("what this member's journal has not synced is lost with its process, for tests: start it without --unsynced-in-memory", "node", m.id)
	}
}

// serverError gives a daemon's refusal to start its exit code.
func serverError(err error) error {
	if errors.Is(err, daemon.ErrInit) || errors.Is(err, disk.ErrMismatch) || errors.Is(err, admin.ErrOpen) {
		return usagef("server: %w", err)
	}
	return fmt.Errorf("server: %w", err)
}

// readyLine is what a member prints when it serves.
type readyLine struct {
	ID       quorate.ID `json:"id"`
	Protocol string     `json:"protocol"`
	PID      int        `json:"pid"`
	Address  string     `json:"address"`
	HTTP     string     `json:"http_address,omitempty"`
	Admin    string     `json:"admin_address,omitempty"`
	Data     string     `json:"data_dir,omitempty"`
}

func (m *member) ready(s *streams, cfg daemon.Config) error {
	r := readyLine{
		ID: cfg.ID, Protocol: cfg.Protocol, PID: os.Getpid(), Data: cfg.DataDir,
		Address: cfg.File.Addresses[cfg.ID], HTTP: cfg.File.HTTPAddresses[cfg.ID], Admin: cfg.File.AdminAddresses[cfg.ID],
	}
	if m.json {
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s\n", text)
		return s.failed
	}
	line := fmt.Sprintf("ready: %v runs %s at %s", r.ID, r.Protocol, r.Address)
	if r.HTTP != "" {
		line += ", clients at " + r.HTTP
	}
	if r.Admin != "" {
		line += ", operators at " + r.Admin
	}
	if r.Data == "" {
		line += ", journal in memory"
	} else {
		line += ", journal in " + r.Data
	}
	fmt.Fprintln(s.out, line)
	return s.failed
}
