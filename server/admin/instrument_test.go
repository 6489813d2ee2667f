package admin_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/transport"
)

// Rule: what a node consists of does what it did before.
func TestInstrumentKeepsWhatIsThere(t *testing.T) {
	m := newRig(t, 1, nil).members[0]
	seen := 0
	refused := errors.New("refused")
	memory := journal.NewMemory().Open()
	cfg := m.handler.Instrument(server.NodeConfig{
		Observer: func(quorate.Event) { seen++ },
		Join:     func(*quorate.Node) (transport.Link, error) { return nil, refused },
		Journal:  memory,
	})
	cfg.Observer(quorate.Installed{})
	if seen != 1 {
		t.Error("the observer inside sees nothing")
	}
	if _, err := cfg.Join(nil); !errors.Is(err, refused) {
		t.Errorf("join: %v", err)
	}
	immediate := func(j any) bool {
		i, ok := j.(interface{ Immediate() bool })
		return ok && i.Immediate()
	}
	if immediate(cfg.Journal) != immediate(memory) || immediate(m.handler.Instrument(server.NodeConfig{Journal: idle{}}).Journal) {
		t.Error("the loop would commit in another way")
	}
	if cfg := m.handler.Instrument(server.NodeConfig{}); cfg.Journal != nil || cfg.Join != nil {
		t.Error("what is missing is no longer missed")
	}
}

// full is a journal whose disk becomes full.
type full struct {
	quorate.Journal
	now chan struct{}
}

func (j full) Commit(ops []quorate.RecordOp) error {
	select {
	case <-j.now:
		return errors.New("no space left")
	default:
		return j.Journal.Commit(ops)
	}
}

// Rule: a node that failed says why, and a commit that failed is not counted.
func TestFailedDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[0]
		m.Node().Close()
		j := full{m.medium.Open(), make(chan struct{})}
		m.startOn(j)
		time.Sleep(time.Second)
		commits := metric(m.metrics(), "quorate_journal_commit_seconds_count")
		close(j.now)
		c := r.client()
		if _, err := c.Put(t.Context(), "k", []byte("v")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if s := m.status(); s.State != admin.StateFailed || !strings.Contains(s.Why, "no space left") {
			t.Errorf("%+v", s)
		}
		if code, h := m.probe("/livez"); code != 503 || !strings.Contains(h.Why, "no space left") {
			t.Errorf("%d %+v", code, h)
		}
		if text := m.metrics(); metric(text, "quorate_journal_commit_seconds_count") != commits || metric(text, "quorate_up") != "0" {
			t.Errorf("%s commits before, %s", commits, text)
		}
		c.Close()
		r.close()
	})
}
