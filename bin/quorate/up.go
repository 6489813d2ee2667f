package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/protocols"
)

func upCommand() command {
	return command{
		name:     "up",
		synopsis: "run a whole cluster on this machine, and watch it",
		about: `Starts every member as a process of its own, on the loopback interface, and says
how to reach them. On a terminal it shows how they are, and takes keys: choose a
member with a digit or an arrow, kill it (k), tell it to end (e), start it again (r),
quit (q). Elsewhere it prints a line when something changes. It restarts nothing by
itself. When it ends, so do the members, however it ended.

Journals are on disk: in --data-dir, which also gets the cluster file, or in a
temporary directory that is removed at the end. A directory with a cluster in it is
that cluster again. Ports are the next free ones from 1735, 8080 and 9090.`,
		examples: []example{
			{"quorate up", "three members of Multi-Paxos"},
			{"quorate up -n 5 -p paxos --transport udp", "five, which talk by datagrams"},
			{"quorate up --data-dir data", "a cluster that is there again next time"},
			{"quorate up --json", "for programs: one line with pids and addresses"},
		},
		exits: []exitMeaning{
			{exitGood, "it was ended by SIGTERM or the key q"},
			{exitInterrupted, "it was interrupted, and ended as well"},
			{exitUsage, "a flag or the cluster file makes no sense"},
			{exitTool, "a member did not start"},
		},
		setup: func(f *flags) action { return newUp(f).run },
	}
}

// up is the command's flags, and what it makes of them.
type up struct {
	flags   *flags
	maker   *configMaker
	config  string
	dataDir string
	level   string
	json    bool

	file *quorate.Config
	path string // of the cluster file
	temp bool   // the directory goes in the end
}

func newUp(f *flags) *up {
	u := &up{flags: f, maker: &configMaker{protocol: "paxos", shape: shape{zones: 1, nodes: 3}, host: "127.0.0.1"}, level: "warn"}
	f.group("cluster")
	u.maker.cluster(f)
	f.config(&u.config)
	f.group("ports")
	u.maker.ports(f)
	f.group("operation")
	f.dataDir(&u.dataDir, "one that is removed at the end")
	f.Var(&choice{&u.level, []string{"debug", "info", "warn", "error"}}, "log-level", "what members log: `debug|info|warn|error`, and what is worse")
	f.json(&u.json)
	return u
}

// plan decides on the cluster file, and on the directory.
func (u *up) plan() error {
	if u.dataDir == "" {
		dir, err := os.MkdirTemp("", "quorate-up-")
		if err != nil {
			return fmt.Errorf("up: %w", err)
		}
		u.dataDir, u.temp = dir, true
	}
	dir, err := filepath.Abs(u.dataDir)
	if err != nil {
		return fmt.Errorf("up: %w", err)
	}
	u.dataDir = dir
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("up: make the directory of --data-dir: %w", err)
	}
	u.path = filepath.Join(dir, "cluster.json")
	_, err = os.Stat(u.path)
	switch {
	case u.config != "":
		if u.path, err = filepath.Abs(u.config); err == nil {
			err = u.given("--config")
		}
	case err == nil:
		err = u.given("--data-dir")
	case errors.Is(err, fs.ErrNotExist):
		err = u.make()
	}
	return err
}

// given reads a cluster file that exists; flags that describe another one are
// refused.
func (u *up) given(by string) error {
	for _, flag := range u.flags.all() {
		if flag.Changed && describesCluster(flag.Name) {
			return u.flags.usagef("--%s describes a cluster, and %s gives one: %s; leave one of them out", flag.Name, by, u.path)
		}
	}
	var err error
	u.file, err = readCluster(u.path)
	return err
}

// make writes a cluster file for free ports.
func (u *up) make() error {
	u.maker.next = freePort
	for _, flag := range u.flags.all() {
		if flag.Changed && strings.HasSuffix(flag.Name, "-port") {
			u.maker.next = nil // what is asked for is taken, or fails
		}
	}
	var err error
	if u.file, err = u.maker.file(); err != nil {
		return err
	}
	text, err := u.file.Format()
	if err != nil {
		return err
	}
	if err := os.WriteFile(u.path, text, 0o644); err != nil {
		return fmt.Errorf("up: write the cluster file: %w", err)
	}
	return nil
}

func (u *up) run(ctx context.Context, s *streams, _ []string) (err error) {
	defer func() {
		if u.temp {
			if left := os.RemoveAll(u.dataDir); left != nil { // joined with nothing, an end without words would get some
				err = errors.Join(err, left)
			}
		}
	}()
	if err := u.plan(); err != nil {
		return err
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("up: find this program: %w", err)
	}
	token, err := readToken("", "")
	if err != nil {
		return err
	}
	news := newNews()
	f, err := fleet.Start(ctx, fleet.Config{
		Binary: binary, File: u.file, Path: u.path, Dir: u.dataDir, Args: []string{"--log-level", u.level}, Token: token, Say: news.say,
	})
	if err != nil {
		return u.failed(ctx, err)
	}
	defer f.Stop()
	if err := u.greet(s, f); err != nil {
		return err
	}
	w := &watcher{fleet: f, news: news, out: s.out}
	if u.json {
		w.out = s.err
	}
	if screen, ok := newDashboard(s); ok && !u.json {
		return w.show(ctx, screen)
	}
	return w.tell(ctx)
}

// failed gives a cluster that did not start its exit code: that of the member.
func (u *up) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	var start *fleet.StartError
	if errors.As(err, &start) && start.Code == exitUsage {
		return usagef("up: %w", err)
	}
	return fmt.Errorf("up: %w", err)
}

// upMember is a member in the line for programs.
type upMember struct {
	readyLine
	Command string `json:"command"` // starts it again
}

// greet says where the members are and how to reach them.
func (u *up) greet(s *streams, f *fleet.Fleet) error {
	var members []upMember
	for _, v := range f.Processes() {
		members = append(members, upMember{readyLine{
			ID: v.ID, Protocol: u.file.Protocol, PID: v.PID, Data: filepath.Join(u.dataDir, v.ID.String()),
			Address: u.file.Addresses[v.ID], HTTP: u.file.HTTPAddresses[v.ID], Admin: u.file.AdminAddresses[v.ID],
		}, f.Command(v.ID)})
	}
	if u.json {
		text, err := json.Marshal(struct {
			Config  string     `json:"config"`
			Fresh   bool       `json:"fresh"`
			Members []upMember `json:"members"`
		}{u.path, f.Fresh(), members})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s\n", text)
		return s.failed
	}
	writeGreeting(s.out, u, members)
	if lost := f.Lost(); len(lost) > 0 {
		fmt.Fprintf(s.out, "\n%s had no journal, the others have: it has lost its disk, so it learns and does not vote until\n  quorate admit --config %s\n", idsOf(lost), u.path)
	}
	return s.failed
}

func writeGreeting(w io.Writer, u *up, members []upMember) {
	again := ""
	if u.temp {
		again = ", removed at the end"
	}
	fmt.Fprintf(w, "%d members run %s; data in %s%s\n", len(members), u.file.Protocol, u.dataDir, again)
	first, last := members[0], members[len(members)-1]
	if first.HTTP != "" && last.HTTP != "" {
		curl := "curl"
		if !protocols.Forwards(u.file.Protocol) {
			curl = "curl -L" // to the leader
		}
		fmt.Fprintf(w, "  %[1]s -X PUT -d hello %[2]s/kv/greeting\n  %[1]s %[3]s/kv/greeting\n", curl, first.HTTP, last.HTTP)
	}
	fmt.Fprintf(w, "  quorate kv --config %s get greeting\n", u.path)
	if first.Admin != "" {
		fmt.Fprintf(w, "  quorate admin status --config %s\n", u.path)
	}
}

// lookEvery is how often members are asked how they are.
const lookEvery = time.Second
