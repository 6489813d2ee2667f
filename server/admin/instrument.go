package admin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// Instrument returns cfg with the handler in its Observer, its Join and its
// Journal, each around what is there. It is for each start of the target's node:
// events and commits are counted, and the faults in force act from the first
// message on.
func (h *Handler) Instrument(cfg server.NodeConfig) server.NodeConfig {
	observe := cfg.Observer
	slots := &slots{m: h.metrics, began: time.Now()}
	objects := newObjects(h.metrics, h.target.Cluster())
	h.objects.Store(objects)
	cfg.Observer = func(e quorate.Event) {
		h.metrics.observe(e)
		slots.observe(e)
		objects.observe(e)
		if observe != nil {
			observe(e)
		}
	}
	if join := cfg.Join; join != nil {
		cfg.Join = func(n *quorate.Node) (transport.Link, error) {
			link, err := join(n)
			if err == nil {
				h.faults.joined(link.Faults())
				h.metrics.starts.Inc()
			}
			return link, err
		}
	}
	if cfg.Journal != nil {
		cfg.Journal = &timed{cfg.Journal, h.metrics.commits, h.metrics.batches}
	}
	return cfg
}

// observe counts an event, on the node's loop.
func (m *metrics) observe(e quorate.Event) {
	switch e := e.(type) {
	case quorate.Executed:
		n := 0
		for i := range e.Commands {
			if e.Commands[i].Op != quorate.OpNop {
				n++
			}
		}
		if n > 0 {
			m.executed.Add(float64(n))
			m.sizes.Observe(float64(n))
		}
	case quorate.Chosen:
		m.chosen.Inc()
	case quorate.Became:
		m.became.WithLabelValues(e.Role).Inc()
	case quorate.Probed:
		m.probed.WithLabelValues(e.Verdict.String()).Inc()
	case quorate.Stood:
		m.stood.Inc()
	case quorate.Retransmitted:
		m.resent.Add(float64(e.Slots))
	case quorate.Elected:
		m.elected.Inc()
	case quorate.SteppedDown:
		m.deposed.Inc()
	case quorate.Installed:
		m.installed.Inc()
	}
}

// timed measures the commits of a journal.
type timed struct {
	quorate.Journal
	seconds, records prometheus.Histogram
}

// Commit measures the commit of the journal inside.
func (j *timed) Commit(ops []quorate.RecordOp) error {
	began := time.Now()
	err := j.Journal.Commit(ops)
	if err == nil {
		j.seconds.Observe(time.Since(began).Seconds())
		j.records.Observe(float64(len(ops)))
	}
	return err
}

// Immediate says of a journal whether the loop may commit by itself.
func (j *timed) Immediate() bool {
	i, ok := j.Journal.(interface{ Immediate() bool })
	return ok && i.Immediate()
}
