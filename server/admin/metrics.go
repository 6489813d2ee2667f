package admin

import (
	"cmp"
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// metrics is what a handler measures: counters of its own, which the node's loop
// adds to, and at each scrape what the node counts and reports anyway.
type metrics struct {
	handler  *Handler
	registry *prometheus.Registry
	fields   []field

	up, info, role, faults *prometheus.Desc
	dropped, answers       *prometheus.Desc

	executed, chosen, elected, deposed, installed prometheus.Counter
	stood, resent                                 prometheus.Counter
	became, probed                                *prometheus.CounterVec
	decided, recovering                           *prometheus.CounterVec
	displaced                                     prometheus.Counter
	components, waits, sizes                      prometheus.Histogram
	changes                                       *prometheus.CounterVec
	hinted, givenUp                               prometheus.Counter
	starts                                        prometheus.Counter
	commits, batches                              prometheus.Histogram
}

// field is a metric without labels that is read off a running node.
type field struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	// reported says that it needs the loop's answer, not only the counters.
	reported bool
	value    func(v view, s server.NodeStats) float64
}

func newMetrics(h *Handler) *metrics {
	m := &metrics{handler: h, registry: prometheus.NewRegistry()}
	m.up = describe("up", "1 if the node runs and its loop answered in time, else 0.")
	m.info = describe("build_info", "Always 1; the labels say what this process is.", "node", "protocol", "version", "goversion")
	m.role = describe("role", "1 for the role the replica has, 0 for others.", "role")
	m.faults = describe("faults_in_force", "Faults that somebody injected and that have not ended.", "kind")
	m.dropped = describe("messages_dropped_total", "Messages dropped since the node started, by cause.", "cause")
	m.answers = describe("requests_answered_total", "Answers to clients and to members that forwarded for them since the node started, by outcome.", "status", "reason")
	m.fields = slices.Concat(reported(), linked(), looped(), ownership())

	m.executed = m.counter("commands_executed_total", "Commands that the replica executed, without those that only fill slots.")
	m.sizes = m.histogram("slot_commands", "Commands of clients in a slot that the replica executed, of slots that had some.", prometheus.ExponentialBuckets(1, 2, 11))
	m.chosen = m.counter("slots_chosen_total", "Slots or instances whose value the replica learnt.")
	m.elected = m.counter("elections_won_total", "Elections that the replica won.")
	m.deposed = m.counter("step_downs_total", "Times that the replica ceased to lead.")
	m.stood = m.counter("ballots_tried_total", "Ballots for which the replica asked for promises: elections that it began.")
	m.resent = m.counter("slots_retransmitted_total", "Slots whose values the replica sent again.")
	m.became = m.counters("role_changes_total", "Times that the replica took a role, by role.", "role", roles("")...)
	m.probed = m.counters("probes_total", "Probes whether the others would elect the replica, by verdict.", "verdict", verdicts()...)
	m.installed = m.counter("snapshots_installed_total", "Times that the replica replaced its state by that of another one.")
	m.leaderless()
	m.owners()
	m.starts = m.counter("node_starts_total", "Times that the node started in this process; each start after the first follows a crash on purpose.")
	m.commits = m.histogram("journal_commit_seconds", "Time that the journal took to make a batch durable.",
		prometheus.ExponentialBuckets(1e-6, 4, 12)) // 1 µs to 4 s
	m.batches = m.histogram("journal_batch_records", "Records in a batch.", prometheus.ExponentialBuckets(1, 4, 8))
	m.registry.MustRegister(m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("quorate_"+name, help, labels, nil)
}

func (m *metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "quorate_" + name, Help: help})
	m.registry.MustRegister(c)
	return c
}

// counters returns counters that differ in a label. Those of the usual values are
// there from the start.
func (m *metrics) counters(name, help, label string, usual ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "quorate_" + name, Help: help}, []string{label})
	for _, value := range usual {
		v.WithLabelValues(value)
	}
	m.registry.MustRegister(v)
	return v
}

// verdicts are those of a probe.
func verdicts() []string {
	return []string{quorate.Won.String(), quorate.Lost.String(), quorate.Pending.String()}
}

func (m *metrics) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "quorate_" + name, Help: help, Buckets: buckets})
	m.registry.MustRegister(h)
	return h
}

// serve returns the handler of the endpoint. Scrapes that come together share one
// look at the node.
func (m *metrics) serve() http.HandlerFunc {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 8, CoalesceGather: true,
	}).ServeHTTP
}

// reported are the metrics that the replica knows.
func reported() []field {
	gauge := func(name, help string, value func(v view) float64) field {
		return field{describe(name, help), prometheus.GaugeValue, true, func(v view, _ server.NodeStats) float64 { return value(v) }}
	}
	return []field{
		gauge("leader_known", "1 if the replica knows a leader, itself included, else 0.", func(v view) float64 { return number(v.Leader != 0) }),
		gauge("ballot_number", "Counter of the highest ballot that the replica has promised.", func(v view) float64 { return float64(v.Ballot.Counter()) }),
		gauge("committed_slots", "Slots known to be committed without a gap, where there is one log.", func(v view) float64 { return float64(v.Committed) }),
		gauge("executed_slots", "Slots executed without a gap, of all logs together.", func(v view) float64 { return float64(v.Executed) }),
		gauge("commit_lag_slots", "Slots that the replica has heard of and not executed: proposed, voted for, or chosen elsewhere.", func(v view) float64 { return behind(v) }),
		gauge("journal_backlog_bytes", "Bytes of records that wait for the sync after the one under way.", func(v view) float64 { return float64(v.Backlog) }),
		gauge("log_entries", "Log entries or instances kept in memory.", func(v view) float64 { return float64(v.Retained) }),
		gauge("requests_pending", "Requests of clients admitted and not answered.", func(v view) float64 { return float64(v.Pending) }),
		gauge("learner", "1 if the node lost its disk and does not vote until it is admitted, else 0.", func(v view) float64 { return number(v.Identity.Learner) }),
		gauge("outcomes", "Outcomes of recent writes kept to recognise retries.", func(v view) float64 { return float64(v.Outcomes) }),
	}
}

func count(name, help string, value func(s server.NodeStats) uint64) field {
	return field{describe(name, help), prometheus.CounterValue, false, func(_ view, s server.NodeStats) float64 { return float64(value(s)) }}
}

// behind is how far a replica is behind what it knows of.
func behind(v view) float64 {
	known := max(v.Known, v.Committed)
	return float64(known - min(known, v.Executed))
}

func waits(name, help string, value func(w transport.Waiting) uint64) field {
	return field{describe(name, help), prometheus.GaugeValue, false, func(_ view, s server.NodeStats) float64 { return float64(value(s.Link.Waiting)) }}
}

// linked are the counters of the node's link.
func linked() []field {
	return []field{
		count("messages_sent_total", "Messages handed to the network, each copy of a broadcast counted.", func(s server.NodeStats) uint64 { return s.Link.Sent }),
		waits("inbox_messages", "Messages of peers that wait for the loop.", func(w transport.Waiting) uint64 { return w.Peers }),
		waits("inbox_requests", "Requests of clients that wait for the loop.", func(w transport.Waiting) uint64 { return w.Clients }),
		waits("queued_messages", "Messages that wait to be written to the connections of peers.", func(w transport.Waiting) uint64 { return w.Out }),
		count("datagrams_sent_total", "Messages sent that left as datagrams.", func(s server.NodeStats) uint64 { return s.Link.Datagrams }),
		count("messages_received_total", "Messages put into the inbox.", func(s server.NodeStats) uint64 { return s.Link.Received }),
		count("sent_bytes_total", "Bytes given to the sockets of peers and clients.", func(s server.NodeStats) uint64 { return s.Link.SentBytes }),
		count("received_bytes_total", "Bytes taken from the sockets of peers and clients.", func(s server.NodeStats) uint64 { return s.Link.ReceivedBytes }),
		count("socket_writes_total", "Write calls on the sockets of peers and clients.", func(s server.NodeStats) uint64 { return s.Link.Writes }),
		count("connections_made_total", "Connections that the node made to its peers.", func(s server.NodeStats) uint64 { return s.Link.Connects }),
		count("connections_lost_total", "Connections that broke.", func(s server.NodeStats) uint64 { return s.Link.Lost }),
		count("connections_refused_total", "Connections refused by this side or by the other.", func(s server.NodeStats) uint64 { return s.Link.Refused }),
		count("connections_malformed_total", "Connections closed because of bytes that make no sense.", func(s server.NodeStats) uint64 { return s.Link.Malformed }),
	}
}

// looped are the counters of the node's loop.
func looped() []field {
	return []field{
		count("loop_rounds_total", "Times that timers and sends had their turn.", func(s server.NodeStats) uint64 { return s.Loop.Rounds }),
		count("loop_batches_total", "Times that the inbox was emptied.", func(s server.NodeStats) uint64 { return s.Loop.Batches }),
		count("loop_messages_total", "Messages that the loop handed to the replica.", func(s server.NodeStats) uint64 { return s.Loop.Messages }),
		count("loop_unhandled_messages_total", "Messages that no handler takes, or whose sender may not send them.", func(s server.NodeStats) uint64 { return s.Loop.Unhandled }),
	}
}

// causes are the causes for which messages are dropped.
func causes(s server.NodeStats) map[string]uint64 {
	d := s.Link.Dropped
	return map[string]uint64{
		"inbox": d.Inbox, "requests": d.Requests, "queue": d.Queue, "down": d.Down,
		"route": d.Route, "encode": d.Encode, "injected": d.Injected,
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// Describe sends nothing: what Collect sends depends on the node's state.
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

// Collect sends what the node counts and reports. A node that is down has no
// counters, a node that does not answer no report; the process still has its own.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	h := m.handler
	v := h.look(context.Background()) // bounded by itself
	out <- gauge(m.up, number(v.state == StateRunning))
	out <- gauge(m.info, 1, h.target.ID().String(), h.target.Protocol(), h.version, runtime.Version())
	for kind, n := range h.faults.count(v.down()) {
		out <- gauge(m.faults, float64(n), kind)
	}
	if v.node == nil {
		return
	}
	stats := v.node.Stats()
	for cause, n := range causes(stats) {
		out <- prometheus.MustNewConstMetric(m.dropped, prometheus.CounterValue, float64(n), cause)
	}
	for _, f := range m.fields {
		if v.state == StateRunning || !f.reported {
			out <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(v, stats))
		}
	}
	if v.state == StateRunning {
		for _, role := range roles(v.Role) {
			out <- gauge(m.role, number(role == v.Role), role)
		}
		m.collectAnswers(out, &v.Answers)
	}
}

// collectAnswers sends the outcomes that occurred, and that of success anyhow.
func (m *metrics) collectAnswers(out chan<- prometheus.Metric, a *quorate.Answers) {
	send := func(status quorate.Status, reason quorate.Reason, n uint64) {
		words := []string{status.String(), cmp.Or(reason.String(), "none")}
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], " ", "_")
		}
		out <- prometheus.MustNewConstMetric(m.answers, prometheus.CounterValue, float64(n), words...)
	}
	if a[quorate.Done][quorate.ReasonNone] == 0 {
		send(quorate.Done, quorate.ReasonNone, 0)
	}
	a.Each(send)
}

func gauge(d *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

// roles returns the roles that replicas usually have, and the one it has.
func roles(role string) []string {
	usual := []string{"leader", "candidate", "recoverer", "probing", "follower", "learner"}
	if role == "" || slices.Contains(usual, role) {
		return usual
	}
	return append(usual, role)
}
