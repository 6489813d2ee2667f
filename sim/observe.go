package sim

import (
	"reflect"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// send takes a message off a node.
func (h *host) send(e quorate.Envelope) {
	w := h.w
	if w.ghost != nil && !e.To.IsRoute() {
		w.broken(h.index, w.ghost.Sent(h.index, e.Msg))
	}
	if reply, ok := e.Msg.(quorate.Reply); ok && e.To.IsRoute() {
		w.reply(h, e.To, reply)
		if reply.Status == quorate.Done {
			w.trigger(nemesis.OnAnswered, h.index)
		}
		return
	}
	w.transmit(h, e)
	if w.watchSends {
		w.trigger(nemesis.OnSend(reflect.TypeOf(e.Msg).Name()), h.index)
	}
}

// observe takes what a replica says about itself.
func (h *host) observe(e quorate.Event) {
	w := h.w
	if w.tracer != nil {
		h.emitEvent(e)
	}
	if w.elections != nil {
		w.elections.observe(w, h.index, e)
	}
	if w.load != nil && w.load.Observe != nil {
		w.load.Observe(h.index, w.now, e)
	}
	switch e := e.(type) {
	case quorate.Elected:
		w.probe(ProbeElected)
		w.elected = max(w.elected, e.Ballot)
		if w.ghost != nil {
			w.broken(h.index, w.ghost.Elected(h.index, e))
		}
		w.owns(h, e.Log)
		w.trigger(nemesis.OnElected, h.index)
	case quorate.Stood:
		w.stood(h, e.Log)
	case quorate.Hinted:
		w.hinted(e)
	case quorate.SteppedDown:
		w.probe(ProbeSteppedDown)
		w.trigger(nemesis.OnSteppedDown, h.index)
	case quorate.Chosen:
		w.decided(e.Path)
		if w.ghost != nil {
			w.broken(h.index, w.ghost.Chosen(h.index, e))
		}
	case quorate.Executed:
		if w.ghost != nil {
			w.broken(h.index, w.ghost.Executed(h.index, e))
		}
		w.executed(h, e)
		h.spend(time.Duration(commands(e)) * w.spec.Step.Service.Command)
	case quorate.Recovering:
		w.recovers(h, e.Stage)
	case quorate.Displaced:
		w.probe(ProbeDisplaced)
	case quorate.Component:
		w.probe(ProbeComponent)
	case quorate.Retransmitted:
		if e.Wider {
			w.probe(ProbeWider)
		}
	case quorate.LeaseRead:
		w.probe(ProbeLeaseRead)
		w.leased(h)
	case quorate.Installed:
		w.probe(ProbeInstalled)
		h.installed(e.Log)
	}
}

func (w *world) decided(p quorate.Path) {
	switch p {
	case quorate.PathFast:
		w.probe(ProbeFast)
	case quorate.PathSlow:
		w.probe(ProbeSlow)
	case quorate.PathRecovered:
		w.probe(ProbeReplaced)
	}
}

// recovers takes the stages of recoveries for what elections are elsewhere: faults
// that are aimed at those strike here.
func (w *world) recovers(h *host, s quorate.Stage) {
	on := nemesis.OnElected
	switch s {
	case quorate.StagePromises:
		w.probe(ProbeRecovering)
		on = nemesis.OnSteppedDown
	case quorate.StageValidation:
		w.probe(ProbeValidation)
	case quorate.StageOthers:
		w.probe(ProbeWaiting)
	}
	w.trigger(on, h.index)
}

// countGhost takes down what only the ghost saw.
func (w *world) countGhost() {
	if w.ghost == nil {
		return
	}
	counts := w.ghost.Counts()
	w.probes(ProbeRecovered, counts.Recovered)
	w.probes(ProbeLearnt, counts.Learnt)
}

// probes counts that something rare happened n times.
func (w *world) probes(name string, n int) {
	if n > 0 {
		w.stats.Probes[name] += n
	}
}
