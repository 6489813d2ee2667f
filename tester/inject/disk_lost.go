package inject

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/server/admin"
)

// lostDisk takes the journal of a member away, or damages it first. The member must not
// vote before it is admitted. One member at a time is without its disk, whichever
// nemesis took it: quorums of every kind survive one, and for an admission all others
// have to answer.
type lostDisk struct {
	name, whom string
	rot        bool
}

func (d lostDisk) Name() string { return d.name }

// Check wants processes that can be started again, and asked.
func (d lostDisk) Check(c Cluster) error {
	return errors.Join(restartable(c), operated(c), replaceable(c))
}

// Quorate is what a [Cluster] is, too, whose quorums are known.
type Quorate interface {
	// Alone reports whether some member is a quorum of phase 2 by itself, so that nobody
	// else need have what it accepted.
	Alone() bool
}

// replaceable wants members whose disk holds nothing that no other one has.
func replaceable(c Cluster) error {
	if q, ok := As[Quorate](c); ok && q.Alone() {
		return errors.New("a member is a quorum of phase 2 by itself: what it alone accepted is lost with its disk, and it is not admitted again; take more nodes in each zone, or other quorums")
	}
	return nil
}

// settled is how long a member may take to refuse a damaged journal, or to serve, and
// admitted how long one attempt to admit it goes on.
const settled, admitted = 30 * time.Second, 20 * time.Second

func (d lostDisk) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	whom := d.whom
	if whom == "" {
		whom = one
	}
	members, how, err := target(ctx, c, rng, whom)
	if err != nil {
		return nil, nil, err
	}
	id := c.Members().Members(members)[0]
	v := networkOf(c, d.name).v
	if !v.alone(v.g.lost, id) {
		return spared(how, "another member is without its disk"), nil, nil
	}
	if err := c.Kill(id); err != nil {
		v.leave(v.g.lost, id)
		if errors.Is(err, ErrHeld) {
			return spared(how, err.Error()), nil, nil
		}
		return said(how, nil), nil, err
	}
	l, what := &lostJournal{lostDisk: d, c: c, v: v, id: id}, said(how, []quorate.ID{id})
	if d.rot {
		where, refused, err := l.decay(ctx, rng)
		what = append(what, history.Entry{Key: history.Keyword("flipped"), Value: where}, history.Entry{Key: history.Keyword("refused"), Value: refused})
		if l.dead = refused; err != nil || !refused {
			return what, l.heal, err
		}
	} else {
		l.dead = true
	}
	if err := l.remove(); err != nil {
		return what, l.heal, err
	}
	return what, l.heal, l.learns(ctx)
}

// spared is said where nobody is struck.
func spared(how, why string) history.Map {
	return said(how, nil, history.Entry{Key: history.Keyword("left-alone"), Value: why})
}

// lostJournal is the journal of a member that lost it, until the member votes again.
type lostJournal struct {
	lostDisk
	c    Cluster
	v    *view
	id   quorate.ID
	dead bool // its journal is of no use
	gone bool // it was removed
}

// decay flips a bit of the journal and starts the member from it: it refuses, or
// has everything.
func (l *lostJournal) decay(ctx context.Context, rng *rand.Rand) (where string, refused bool, err error) {
	if where, err = flip(l.c.DataDir(l.id), rng); err != nil {
		return where, false, err
	}
	if err := l.c.Start(l.id); err != nil {
		return where, false, err
	}
	limit := time.Now().Add(settled)
	for time.Now().Before(limit) {
		if l.c.PID(l.id) == 0 {
			return where, true, l.words()
		}
		if _, err := l.status(ctx); err == nil {
			return where, false, nil
		}
		if !sleep.For(ctx, 20*time.Millisecond) {
			return where, false, nil // time is over: healing sees what becomes of it
		}
	}
	return where, false, fmt.Errorf("member %v neither serves nor has ended within %v, with a bit flipped in %s", l.id, settled, where)
}

// Witness is what a [Cluster] implements that knows how a member's process ended, and
// what it said last on stderr.
type Witness interface {
	LastWords(id quorate.ID) string
}

// words looks whether the member said why it refused its journal, where there is
// somebody to ask.
func (l *lostJournal) words() error {
	w, ok := As[Witness](l.c)
	if !ok {
		return nil
	}
	if text := w.LastWords(l.id); !strings.Contains(text, "damaged") || !strings.Contains(text, filepath.Base(l.c.DataDir(l.id))) {
		return fmt.Errorf("member %v refused its journal, and did not say what is damaged, and where: %.300q", l.id, text)
	}
	return nil
}

func (l *lostJournal) status(ctx context.Context) (admin.Status, error) {
	operator, err := l.v.g.operator(l.id)
	if err != nil {
		return admin.Status{}, err
	}
	return operator.Status(ctx)
}

// flip flips a bit of some file of a journal, and returns where.
func flip(dir string, rng *rand.Rand) (string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := e.Info(); err == nil && e.Type().IsRegular() && info.Size() > 0 {
			files = append(files, path)
		}
		return nil
	})
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("damage a file in %s: it has %d: %w", dir, len(files), err)
	}
	path := files[rng.IntN(len(files))]
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	at, bit := rng.IntN(len(data)), rng.IntN(8)
	data[at] ^= 1 << bit
	name, _ := filepath.Rel(dir, path) // it is in it
	return fmt.Sprintf("%s, byte %d, bit %d", name, at, bit), os.WriteFile(path, data, 0o600)
}

// remove takes the journal away and starts the member without.
func (l *lostJournal) remove() error {
	if _, guarded := l.c.(*view); guarded || l.c.PID(l.id) != 0 {
		if err := l.c.Kill(l.id); err != nil { // whoever else has it has to start it first
			return err
		}
	}
	if err := os.RemoveAll(l.c.DataDir(l.id)); err != nil {
		return err
	}
	l.gone = true
	return l.c.Start(l.id)
}

// learns looks whether the member, which has started without its disk, only learns. If
// another nemesis takes it meanwhile, it is not looked at.
func (l *lostJournal) learns(ctx context.Context) error {
	limit := time.Now().Add(settled)
	for time.Now().Before(limit) && l.c.PID(l.id) != 0 {
		if s, err := l.status(ctx); err == nil && s.Role != "" {
			if !s.Learner {
				return fmt.Errorf("member %v lost its disk, and votes though nobody admitted it", l.id)
			}
			return nil
		}
		if !sleep.For(ctx, 20*time.Millisecond) {
			return nil
		}
	}
	return nil
}

// refuses reports whether the member has ended because of its journal. A strike whose
// time ended early has not seen that.
func (l *lostJournal) refuses() bool {
	w, ok := As[Witness](l.c)
	return ok && l.rot && l.c.PID(l.id) == 0 && strings.Contains(w.LastWords(l.id), "damaged")
}

// heal has the member vote again.
func (l *lostJournal) heal(ctx context.Context) error {
	l.dead = l.dead || !l.gone && l.refuses()
	if l.dead && !l.gone {
		if err := l.remove(); err != nil {
			return err
		}
	}
	if l.c.PID(l.id) == 0 {
		if err := restart(l.c, l.id); err != nil {
			return err
		}
	}
	s, err := l.status(ctx)
	switch {
	case err != nil:
		return err
	case s.Role == "":
		return fmt.Errorf("member %v is %s: %s", l.id, s.State, s.Why)
	case s.Learner:
		operator, err := l.v.g.operator(l.id)
		if err != nil {
			return err
		}
		if s, err = operator.Admit(ctx, admitted); err != nil {
			return err
		}
		if s.Learner {
			return fmt.Errorf("member %v does not vote after it was admitted", l.id)
		}
	}
	l.v.leave(l.v.g.lost, l.id)
	return nil
}
