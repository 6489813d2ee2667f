package core_test

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/core"
)

// said compares what leaves a core, even if it is lost later, with what was said.
func (w *world) said(h *host, s core.Send) {
	if s.Now && s.To == h.cfg.Self {
		w.t.Fatalf("%v: %v counts %+v before that is on disk", w.now, h.cfg.Self, s.Message)
	}
	a, ok := s.Message.(core.Accept)
	if !ok {
		return
	}
	at, value := vote{a.Slot, a.Ballot}, text(a.Commands)
	if before, ok := w.proposed[at]; ok && before != value {
		w.t.Fatalf("%v: slot %v under %v is proposed as %q and as %q", w.now, a.Slot, a.Ballot, before, value)
	}
	w.proposed[at] = value
	if !w.quorums.Phase1(w.promised[a.Ballot]) {
		w.t.Fatalf("%v: %v uses %v, which only %v promised", w.now, h.cfg.Self, a.Ballot, w.cluster.Names(w.promised[a.Ballot]))
	}
	if d, ok := w.decided[a.Slot]; ok && d.value != value && a.Ballot > d.ballot {
		w.t.Fatalf("%v: %v proposes %q for slot %v under %v, where %v is decided", w.now, h.cfg.Self, value, a.Slot, a.Ballot, d)
	}
}

// count takes the promises and votes that are on disk.
func (w *world) count(h *host, m any) {
	switch m := m.(type) {
	case core.PrepareReply:
		if m.OK {
			w.promised[m.Ballot] = w.promised[m.Ballot].Add(h.i)
			if h.disk.promise < m.Ballot && h.state.Log().Promised() < m.Ballot {
				w.t.Fatalf("%v promised %v without a trace", h.cfg.Self, m.Ballot)
			}
		}
	case core.AcceptReply:
		if !m.OK {
			return
		}
		at := vote{m.Slot, m.Ballot}
		w.votes[at] = w.votes[at].Add(h.i)
		if w.quorums.Phase2(w.votes[at]) {
			w.decide(m.Slot, decision{m.Ballot, w.proposed[at]})
		}
	}
}

func (w *world) decide(s quorate.Slot, d decision) {
	before, ok := w.decided[s]
	if ok && before.value != d.value {
		w.t.Fatalf("%v: slot %v is decided as %v and as %v", w.now, s, before, d)
	}
	if !ok || d.ballot < before.ballot {
		w.decided[s] = d
	}
}

// learn takes what became known chosen.
func (w *world) learn(h *host, out core.Effects) {
	if out.From != h.chosen {
		w.t.Fatalf("%v: %v learns from %v on, after %v", w.now, h.cfg.Self, out.From, h.chosen)
	}
	for s := out.From; s < out.To; s++ {
		e, ok := h.state.Log().Entry(s)
		if !ok {
			w.t.Fatalf("%v: %v says that slot %v is chosen and has no value", w.now, h.cfg.Self, s)
		}
		value := text(e.Commands)
		if d, ok := w.decided[s]; !ok || d.value != value {
			w.t.Fatalf("%v: %v learns %q in slot %v, decided is %v", w.now, h.cfg.Self, value, s, d)
		}
		if mine, ok := h.open[s]; ok {
			if mine != value {
				w.t.Fatalf("%v: %v holds %q open in slot %v, where %q is chosen", w.now, h.cfg.Self, mine, s, value)
			}
			h.done = append(h.done, mine)
			delete(h.open, s)
		}
		w.learnt[s] = value
	}
	h.chosen = out.To
	w.told = max(w.told, out.To)
}

// confirmed looks that a round is confirmed only if the reads that came before it
// see all that anybody may have been told by then.
func (w *world) confirmed(h *host, out core.Effects) {
	if out.SteppedDown != 0 {
		h.stamps = nil
	}
	if out.Round != 0 {
		h.stamps = append(h.stamps, stamp{out.Round, max(h.state.Committed(), h.state.Barrier()), w.told})
	}
	for len(h.stamps) > 0 && h.stamps[0].round <= out.Confirmed {
		if s := h.stamps[0]; s.slot < s.told {
			w.t.Fatalf("%v: %v confirms round %d of %v, and reads stamped with %v, when the slots below %v were chosen", w.now, h.cfg.Self, s.round, h.state.Epoch(), s.slot, s.told)
		}
		h.stamps = h.stamps[1:]
	}
}

func (w *world) monotone(h *host, out core.Effects) {
	log := h.state.Log()
	if log.Promised() < h.promised {
		w.t.Fatalf("%v: the promise of %v fell from %v to %v", w.now, h.cfg.Self, h.promised, log.Promised())
	}
	h.promised = log.Promised()
	if n := len(h.rounds); out.Confirmed != 0 {
		if n > 0 && out.Confirmed <= h.rounds[n-1] {
			w.t.Fatalf("%v: %v confirms round %v after %v", w.now, h.cfg.Self, out.Confirmed, h.rounds[n-1])
		}
		h.rounds = append(h.rounds, out.Confirmed)
	}
}
