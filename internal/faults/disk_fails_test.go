package faults_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/internal/strace"
	"github.com/quorate/quorate/server/admin"
)

// fails waits until a member's disk has failed, and looks that it says why,
// wherever it is asked, and ends; the others serve.
func (r *rig) fails(id quorate.ID, why string, l *load) {
	r.t.Helper()
	var s admin.Status
	r.await("its operators hear that it failed", func() bool {
		var err error
		s, err = r.ask(id)
		return err == nil && s.State == admin.StateFailed
	})
	if !strings.Contains(s.Why, why) || !strings.Contains(s.Why, r.DataDir(id)) {
		r.t.Errorf("it failed because of %q", s.Why)
	}
	r.t.Logf("%v: %s", id, s.Why)
	if h, err := r.operator(id).Ready(r.t.Context()); err != nil || h.OK || !strings.Contains(h.Why, why) {
		r.t.Errorf("its health is %+v, %v", h, err)
	}
	if code, _, err := r.send(id, numbered{"00000000000000bb", "1", time.Now(), "PUT", "k", ""}); err != nil || code != 503 {
		r.t.Errorf("a write there: status %d, %v", code, err)
	}
	l.serves(20)
	p := r.Process(id)
	if code := p.Wait(r.t); code != 255 || !strings.Contains(p.Stderr(), why) {
		r.t.Errorf("it ended with %d: %s", code, p.Stderr())
	}
	l.serves(20)
}

// Rule: a member whose disk fails to sync stops, says why, and the others go on;
// the same if it led.
func TestSyncFails(t *testing.T) {
	needStrace(t)
	r := dormant(t, 3, seedOf(t))
	r.StartAll(t, "--init", "--linger", "3s")
	l := r.load(loadConfig{binary: 4, rest: 2})
	l.serves(50)
	for _, led := range []bool{true, false} {
		id := r.leader()
		if !led {
			id = r.others(id)[0]
		}
		inject(t, r.Process(id), "error=EIO")
		r.fails(id, "input/output error", l)
		r.Start(t, id, "--linger", "3s")
		l.serves(20)
		l.turn()
	}
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

// small mounts a small disk on a directory.
func small(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

// fill leaves no room on the disk of a directory, until what it returns is removed.
func fill(t *testing.T, dir string) (ballast string) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := file.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return file.Name()
}

// Rule: a member whose disk is full stops, says why, and the others go on; with
// room again it starts and has all it acknowledged.
func TestDiskFull(t *testing.T) {
	r := dormant(t, 3, seedOf(t))
	full := r.ID(2)
	small(t, r.DataDir(full))
	r.StartAll(t, "--init", "--linger", "3s")
	l := r.load(loadConfig{binary: 4, rest: 2})
	l.serves(50)
	ballast := fill(t, r.DataDir(full))
	c, err := r.reach.Client(client.Config{Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for s := r.status(full); s.State == admin.StateRunning; s = r.status(full) { // what was set aside for the log has an end
		if _, err := c.Put(t.Context(), "large", make([]byte, 256<<10)); err != nil {
			t.Fatal(err)
		}
	}
	r.fails(full, "no space left on device", l)

	p := r.Launch(t, full, "--linger", "0s")
	if code := p.Wait(t); code != 255 || !strings.Contains(p.Stderr(), "no space left on device") {
		t.Errorf("started on the full disk it ended with %d: %s", code, p.Stderr())
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r.Start(t, full)
	l.serves(20)
	l.readAll()
	r.agree(append(l.keys(), "large")...)
	r.check()
}

// synced returns how many batches a member has made durable.
func (r *rig) synced(id quorate.ID) uint64 {
	r.t.Helper()
	s, err := r.operator(id).Metrics(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return s.Usage().Syncs
}

// Rule: a member whose disk is slow holds up nobody, and starts no election; not
// even if it leads.
func TestSyncIsSlow(t *testing.T) {
	needStrace(t)
	r := newRig(t, 3, seedOf(t), calm)
	l := r.load(loadConfig{binary: 4, rest: 2})
	l.serves(50)
	for _, leads := range []bool{false, true} {
		leader := r.leader()
		before := r.status(leader)
		id := leader
		if !leads {
			id = r.others(leader)[0]
		}
		end := inject(t, r.Process(id), "delay_enter=2000000") // more than an election takes to begin
		began, done, synced := time.Now(), l.done.Load(), r.synced(id)
		r.await("a sync took its time", func() bool { return r.synced(id) > synced+1 })
		l.serves(20)
		t.Logf("with a slow disk, of the leader: %v, %d calls took %v, and %d syncs", leads, l.done.Load()-done, time.Since(began).Round(time.Millisecond), r.synced(id)-synced)
		end()
		after := r.status(leader)
		if after.Role != "leader" || after.Ballot != before.Ballot {
			t.Errorf("of the leader: %v: %v led with %s, now it is %s with %s", leads, leader, before.Ballot, after.Role, after.Ballot)
		}
		l.turn()
	}
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

// Rule: at whichever sync a member is killed, from the first one of its life on,
// its next start is a good one, and what it acknowledged is there.
func TestKilledAtASync(t *testing.T) {
	needStrace(t)
	seed := seedOf(t)
	rng := rand.New(rand.NewPCG(seed, 2))
	points := append(rng.Perm(20)[:3], 20+rng.IntN(10), 30+rng.IntN(30), 60+rng.IntN(100)) // a start has about 20
	if *soak {
		points = rng.Perm(100)
	}
	for _, point := range points {
		killedAt(t, seed, point+1)
	}
}

// killedAt kills a member, which is its cluster alone, at the sync of a number
// of any thread, and looks what is left.
func killedAt(t *testing.T, seed uint64, number int) {
	t.Helper()
	r := dormant(t, 1, seed)
	id := r.ID(0)
	p := proc.StartUnder(t, append(strace.Command(fmt.Sprintf("signal=SIGKILL:when=%d", number)), "-E", "GOMAXPROCS=1"), r.Args(id, "--init")...)
	t.Cleanup(func() {
		_ = syscall.Kill(-p.PID(), syscall.SIGKILL) // what it traced, should it be left
	})
	l := r.load(loadConfig{binary: 2})
	if code := p.Wait(t); code != 128+int(syscall.SIGKILL) {
		t.Errorf("sync %d: it ended with %d: %s", number, code, p.Stderr())
	}
	acknowledged := l.done.Load()
	p = r.Launch(t, id, "--init", "--linger", "0s")
	how := "as new"
	r.await("it serves, or refuses to begin anew", func() bool { return strings.Contains(p.Stdout(), "ready") || !p.Running() })
	if !p.Running() {
		if code := p.Wait(t); code != 254 || !strings.Contains(p.Stderr(), "without --init") {
			t.Errorf("sync %d: initialised again it ended with %d: %s", number, code, p.Stderr())
		}
		how = "from its journal"
		r.Start(t, id)
	}
	if how == "as new" && acknowledged > 0 {
		t.Errorf("sync %d: %d calls were served, and the journal is empty", number, acknowledged)
	}
	l.serves(10)
	l.readAll()
	t.Logf("killed at sync %d, after %d calls: it starts %s", number, acknowledged, how)
	if s := r.status(id); s.Learner {
		t.Errorf("sync %d: it is a learner", number)
	}
	r.check()
}
