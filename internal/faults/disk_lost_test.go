package faults_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/proc"
)

// refused asks for a write that no quorum can have accepted.
func (r *rig) refused(what string) {
	r.t.Helper()
	c, err := r.reach.Client(client.Config{Timeout: time.Second})
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	if res, err := c.Put(r.t.Context(), "refused", nil); err == nil {
		r.t.Errorf("%s, and a write was acknowledged: %+v", what, res)
	}
}

// lose kills a member and takes its disk away; what was on it is returned.
func (r *rig) lose(id quorate.ID) (old string) {
	r.t.Helper()
	r.Process(id).Kill()
	old = r.DataDir(id) + ".old"
	if err := os.Rename(r.DataDir(id), old); err != nil {
		r.t.Fatal(err)
	}
	return old
}

// admit runs quorate admit.
func (r *rig) admit(id quorate.ID) proc.Result {
	r.t.Helper()
	return proc.Run(r.t, "admit", "--id", id.String(), "--config", r.Path)
}

// Rule: a member that lost its disk learns, does not vote, and votes again when
// it is admitted.
func TestDiskLost(t *testing.T) { all(t, diskLost) }

func diskLost(t *testing.T, protocol string) {
	r := newRig(t, 3, seedOf(t), runs(protocol))
	l := r.load(loadConfig{binary: 4, rest: 2})
	l.serves(100)
	lost, second := r.ID(2), r.ID(1)
	old := r.lose(lost)
	l.serves(20)
	p := r.Start(t, lost)
	if line := p.ErrLine(t, "lost its disk"); !strings.Contains(line, "quorate admit") || !strings.Contains(line, r.DataDir(lost)) {
		t.Errorf("it says %s", line)
	}
	if s := r.status(lost); !s.Learner || s.Role != "learner" {
		t.Errorf("%+v", s)
	}
	l.turn()
	l.serves(20)
	if r.leads() {
		r.await("it has learned what the others know", func() bool { return r.status(lost).Executed > 100 })
	}

	r.Process(second).Kill() // now two of three are up, and one of them does not vote
	r.refused("a learner and one voter are up")
	if s := r.status(lost); !s.Learner {
		t.Errorf("%+v", s)
	}
	if got := proc.Run(t, "admit", "--id", lost.String(), "--time-limit", "1s", "--config", r.Path); got.Code != 1 || !strings.Contains(got.Stderr, second.String()) {
		t.Errorf("admitted without %v: %+v", second, got)
	}
	r.Start(t, second)
	l.serves(20)
	if got := r.admit(lost); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	if s := r.status(lost); s.Learner || s.Role == "learner" {
		t.Errorf("%+v", s)
	}
	l.turn()

	r.Process(second).Kill() // now it counts
	l.serves(20)
	r.Process(lost).Kill() // and is still a voter after a restart
	r.Start(t, lost)
	l.serves(20)
	r.Start(t, second)
	l.serves(20)

	r.Process(lost).Kill()
	r.oldDisk(lost, old, l)
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

// oldDisk starts a member from the disk that it had before it was admitted with
// another one: it is told, and ends. Then it goes on with the other one.
func (r *rig) oldDisk(id quorate.ID, old string, l *load) {
	r.t.Helper()
	fresh := r.DataDir(id) + ".new"
	for _, move := range [][2]string{{r.DataDir(id), fresh}, {old, r.DataDir(id)}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			r.t.Fatal(err)
		}
	}
	p := r.Launch(r.t, id, "--linger", "0s")
	if code := p.Wait(r.t); code != 255 || !strings.Contains(p.Stderr(), "incarnation") {
		r.t.Errorf("from its old disk it ended with %d: %s", code, p.Stderr())
	}
	r.t.Logf("from its old disk: %s", lastLine(p.Stderr()))
	l.serves(20)
	for _, move := range [][2]string{{r.DataDir(id), old}, {fresh, r.DataDir(id)}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			r.t.Fatal(err)
		}
	}
	r.Start(r.t, id)
}

// Rule: a member that lost its disk and was started with --init by mistake is
// refused by the others, and says so.
func TestInitialisedByMistake(t *testing.T) {
	r := newRig(t, 3, seedOf(t))
	l := r.load(loadConfig{binary: 4, rest: 2})
	l.serves(50)
	lost, second := r.ID(0), r.ID(1)
	old := r.lose(lost)
	l.serves(20)
	p := r.Launch(t, lost, "--init", "--linger", "0s")
	if code := p.Wait(t); code != 255 || !strings.Contains(p.Stderr(), "incarnation") {
		t.Errorf("it ended with %d: %s", code, p.Stderr())
	}
	t.Logf("initialised by mistake: %s", lastLine(p.Stderr()))
	l.serves(20)
	r.Process(second).Kill()
	r.refused("one voter is up") // nor did it vote in between
	r.Start(t, second)
	if err := os.RemoveAll(r.DataDir(lost)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(old, r.DataDir(lost)); err != nil { // it was not lost after all
		t.Fatal(err)
	}
	r.Start(t, lost)
	l.serves(20)
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
