package transport_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

func TestFailedJournalSilencesTheNode(t *testing.T) {
	for _, immediate := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, func(n *quorate.Node, a ask) {
				n.Persist(copyRecord{Number: a.Number})
				tell(n, a.Number)
			})
			broken := errors.New("no space left")
			r.run(&memory{immediate: immediate, fail: broken}, transport.LoopConfig{})
			r.ask(1)
			err := <-r.ended
			if !errors.Is(err, quorate.ErrFailed) || !errors.Is(err, broken) {
				t.Errorf("Run returned %v", err)
			}
			r.ask(2)
			r.want("after the disk failed")
			if !r.inbox.Put(transport.Delivery{From: r.node.Cluster().ID(1), Msg: ask{3}}) {
				t.Error("the link was closed by the loop")
			}
		})
	}
}

func TestNodeWithoutJournalMustNotPersist(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(n *quorate.Node, a ask) { n.Persist(copyRecord{}) })
		r.run(nil, transport.LoopConfig{})
		r.ask(1)
		if err := <-r.ended; !errors.Is(err, quorate.ErrFailed) {
			t.Errorf("Run returned %v", err)
		}
	})
}

// A stop waits for the sync in flight, and lets out what waited for it.
func TestStopCompletesTheSyncInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(n *quorate.Node, a ask) {
			n.Persist(copyRecord{Number: a.Number})
			tell(n, a.Number)
		})
		j := &memory{gate: make(chan struct{}, 2)}
		r.run(j, transport.LoopConfig{})
		r.ask(1)
		r.ask(2)
		r.stop()
		synctest.Wait()
		j.gate <- struct{}{}
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
		r.want("after the stop", told{1})
		if j.size() != 1 {
			t.Errorf("%d records, want 1", j.size())
		}
	})
}

func TestKillLetsNothingOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(n *quorate.Node, a ask) {
			n.Persist(copyRecord{Number: a.Number})
			tell(n, a.Number)
		})
		j := &memory{gate: make(chan struct{})}
		r.run(j, transport.LoopConfig{})
		r.ask(1)
		killed := make(chan struct{})
		go func() {
			r.loop.Kill()
			close(killed)
		}()
		synctest.Wait()
		select {
		case <-killed:
			t.Error("Kill returned while a sync may still change the journal")
		default:
		}
		close(j.gate)
		<-killed
		if err := <-r.ended; !errors.Is(err, transport.ErrStopped) {
			t.Errorf("Run returned %v", err)
		}
		r.ask(2)
		r.want("after the crash")
		if err := r.loop.Do(t.Context(), func() { t.Error("ran on a dead loop") }); !errors.Is(err, transport.ErrStopped) {
			t.Errorf("Do returned %v", err)
		}
	})
}

// A crash in the middle of a round: handlers may run on, but nothing leaves.
func TestKillWithinARound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *rig
		halted := make(chan struct{})
		r = newRig(t, func(n *quorate.Node, a ask) {
			n.Persist(copyRecord{Number: a.Number})
			tell(n, a.Number)
			if a.Number == 2 {
				<-halted
			}
		})
		j := &memory{immediate: true}
		r.run(j, transport.LoopConfig{})
		r.ask(1, 2)
		go r.loop.Kill()
		synctest.Wait()
		close(halted)
		<-r.ended
		if j.size() > 1 {
			t.Errorf("%d records were committed after the crash", j.size())
		}
		for _, m := range r.out() {
			if m == (told{2}) {
				t.Error("a message left after the crash")
			}
		}
	})
}
