package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// Config says what a [Fleet] consists of. Binary, File and Path are required, and so
// is Dir unless Memory is set.
type Config struct {
	// Binary is the program that runs a member: quorate itself.
	Binary string
	// File is the cluster file, and Path where the members find it.
	File *quorate.Config
	Path string
	// Dir holds a directory for each member's journal, named after it.
	Dir string
	// Memory keeps the journals in memory, each as long as its process. So a member
	// that is started again is one that lost its disk.
	Memory bool
	// Args are further flags for every member, and Member returns those of one, at each
	// of its starts; nil is none.
	Args   []string
	Member func(id quorate.ID) []string
	// Wrap changes the command line of a member, at each of its starts, to run it under
	// another program, such as a tracer or in a network of its own. The program that is
	// named first must become the member, as by exec: it is what gets signals. Nil runs
	// members as they are.
	Wrap func(id quorate.ID, command []string) []string
	// Token is what the members' operators bring.
	Token string
	// Say is told what the members print on stderr, and what becomes of them, a
	// line at a time. It is called from many goroutines. Nil is nobody.
	Say func(id quorate.ID, line string)
	// Ended is told when a process of a member has ended, from a goroutine of its own.
	// Nil is nobody.
	Ended func(id quorate.ID, e End)
	// Patience bounds how long members may take to start, and to end. 0 is 30 s.
	Patience time.Duration
}

// Validate reports what is missing.
func (c Config) Validate() error {
	if c.Binary == "" || c.File == nil || c.Path == "" || c.Dir == "" && !c.Memory {
		return errors.New("fleet: a binary, a cluster file with its path, and a directory are all needed")
	}
	return c.File.Validate()
}

// Fleet is the members' processes. Safe for concurrent use.
type Fleet struct {
	cfg     Config
	members []*member // in the order of the cluster
	fresh   bool
	lost    []quorate.ID
}

// StartError is returned when a member ended instead of serving.
type StartError struct {
	ID     quorate.ID
	Code   int    // its exit code
	Reason string // what it said last on stderr
}

// Error says which member it was, and what it said.
func (e *StartError) Error() string {
	return fmt.Sprintf("member %v ended before it served, with exit code %d: %s", e.ID, e.Code, cmp.Or(e.Reason, "it said nothing"))
}

// Start starts all members and returns when they serve. If one does not, or ctx
// ends, all are ended again. Members of a cluster that never ran, none of which
// has a journal yet, are initialised; where some have one, a member without has
// lost it and may only learn, see [Fleet.Lost].
func Start(ctx context.Context, cfg Config) (*Fleet, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Patience = cmp.Or(cfg.Patience, 30*time.Second)
	if cfg.Say == nil {
		cfg.Say = func(quorate.ID, string) {}
	}
	if cfg.Ended == nil {
		cfg.Ended = func(quorate.ID, End) {}
	}
	cluster, err := cfg.File.Cluster()
	if err != nil {
		return nil, err
	}
	f := &Fleet{cfg: cfg}
	for _, id := range cluster.IDs() {
		m := &member{id: id, cfg: &f.cfg, dir: filepath.Join(cfg.Dir, id.String())}
		if at := cfg.File.AdminAddresses[id]; at != "" {
			if m.operator, err = admin.NewClient(admin.ClientConfig{URL: at, Token: cfg.Token, Timeout: time.Second}); err != nil {
				return nil, err
			}
		}
		none := cfg.Memory
		if !none {
			if none, err = vacant(m.dir); err != nil {
				return nil, err
			}
		}
		if none {
			f.lost = append(f.lost, id)
		}
		f.members = append(f.members, m)
	}
	if f.fresh = len(f.lost) == len(f.members); f.fresh {
		f.lost = nil
	}
	if err := f.startAll(ctx); err != nil {
		f.Stop()
		return nil, err
	}
	return f, nil
}

// vacant reports whether a directory holds nothing, or does not exist.
func vacant(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a journal: %w", err)
	}
	return len(entries) == 0, nil
}

func (f *Fleet) startAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, f.cfg.Patience)
	defer cancel()
	for _, m := range f.members {
		if err := m.launch(f.fresh); err != nil {
			return err
		}
	}
	for _, m := range f.members {
		if err := m.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Fresh reports whether this was the first start of the cluster.
func (f *Fleet) Fresh() bool { return f.fresh }

// Lost returns the members that had no journal when others did.
func (f *Fleet) Lost() []quorate.ID { return f.lost }

// Command returns the command line that starts a member by hand.
func (f *Fleet) Command(id quorate.ID) string {
	m, err := f.member(id)
	if err != nil {
		return ""
	}
	return strings.Join(m.command(false), " ")
}

// LastWords says how a member's process ended, with the last line that it wrote to
// stderr; empty while it runs.
func (f *Fleet) LastWords(id quorate.ID) string {
	m, err := f.member(id)
	if err != nil {
		return ""
	}
	return m.lastWords()
}

func (f *Fleet) member(id quorate.ID) (*member, error) {
	for _, m := range f.members {
		if m.id == id {
			return m, nil
		}
	}
	return nil, fmt.Errorf("node %v is not a member", id)
}

// Start starts a member that has ended, from its journal, and does not wait
// until it serves.
func (f *Fleet) Start(id quorate.ID) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	return m.launch(false)
}

// Await waits until a member that was started serves.
func (f *Fleet) Await(ctx context.Context, id quorate.ID) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	return m.await(ctx)
}

// DataDir returns the directory of a member's journal, empty if that is in memory.
func (f *Fleet) DataDir(id quorate.ID) string {
	m, err := f.member(id)
	if err != nil || f.cfg.Memory {
		return ""
	}
	return m.dir
}

// Kill ends a member at once, as kill -9 does.
func (f *Fleet) Kill(id quorate.ID) error { return f.signal(id, os.Kill, true) }

// End asks a member to end in order.
func (f *Fleet) End(id quorate.ID) error { return f.signal(id, terminate, true) }

// Pause stops a member's process without its doing anything about it, as SIGSTOP
// does; Resume lets it go on. They fail where there are no such signals.
func (f *Fleet) Pause(id quorate.ID) error {
	stop, _, err := pausing()
	if err != nil {
		return fmt.Errorf("pause member %v: %w", id, err)
	}
	return f.signal(id, stop, false)
}

// Resume lets a member go on that Pause has stopped.
func (f *Fleet) Resume(id quorate.ID) error {
	_, resume, err := pausing()
	if err != nil {
		return fmt.Errorf("resume member %v: %w", id, err)
	}
	return f.signal(id, resume, false)
}

// PID returns the process of a member, 0 if it does not run.
func (f *Fleet) PID(id quorate.ID) int {
	m, err := f.member(id)
	if err != nil {
		return 0
	}
	return m.process().PID
}

func (f *Fleet) signal(id quorate.ID, s os.Signal, ends bool) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	return m.signal(s, ends)
}

// Stop ends all members in order, those that take too long by force, and
// returns when none is left.
func (f *Fleet) Stop() {
	var all sync.WaitGroup
	for _, m := range f.members {
		all.Go(m.stop)
	}
	all.Wait()
}
