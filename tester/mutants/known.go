package mutants

import (
	"cmp"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester"
)

// need is what a bug needs to show.
type need struct {
	nemeses  []string // alternatives; names joined by "+" strike in one test
	nodes    int
	workload string
	read     quorate.ReadMode
	lease    time.Duration
	rate     float64
	clients  int // for each member
	keys     int
}

// A bug shows the sooner the more happens to a key at a time: keys are few, and faults
// short, but long enough for another leader.
const (
	interval = time.Second
	timeout  = 2 * time.Second
	window   = 500 * time.Millisecond // of leases
)

// apply fills in what cfg does not say.
func (n need) apply(cfg tester.Config) tester.Config {
	if cfg.Zones == 0 && cfg.Nodes == 0 {
		cfg.Zones, cfg.Nodes = 1, cmp.Or(n.nodes, 3)
		if protocols.Moves(cfg.Protocol) { // quorums are of zones
			cfg.Zones = 3
		}
	}
	if cfg.Read == quorate.ReadLog {
		cfg.Read = n.read
	}
	cfg.Options.Lease = cmp.Or(cfg.Options.Lease, n.lease)
	cfg.Workload = cmp.Or(cfg.Workload, n.workload)
	cfg.Rate, cfg.Keys = cmp.Or(cfg.Rate, n.rate, 500), cmp.Or(cfg.Keys, n.keys, 2)
	cfg.Concurrency = cmp.Or(cfg.Concurrency, cmp.Or(n.clients, 4)*cfg.Zones*cfg.Nodes)
	cfg.Interval, cfg.Timeout = cmp.Or(cfg.Interval, interval), cmp.Or(cfg.Timeout, timeout)
	return cfg
}

// Known lists the bugs of a protocol that are known to show in real time, in the order
// of the catalogue.
func Known(protocol string) []string {
	var names []string
	for _, b := range protocols.Bugs(protocol) {
		if _, ok := known(protocol)[b.Name]; ok {
			names = append(names, b.Name)
		}
	}
	return names
}

// needs is what a bug needs; of one that is not known, what most do.
func needs(protocol, bug string) need {
	n, ok := known(protocol)[bug]
	if !ok {
		n.nemeses = []string{"partition", "kill", "partition+kill+loss"}
	}
	return n
}

func known(protocol string) map[string]need {
	switch protocol {
	case "paxos":
		return knownOfLeaders()
	case "trex":
		return knownOfTrex()
	case "epaxos":
		return knownOfEPaxos()
	case "wpaxos":
		return knownOfWPaxos()
	}
	return nil
}

func under(nemeses ...string) need { return need{nemeses: nemeses} }

// many is how many clients a member has where its state is to be read while it is cut off:
// most of them wait for writes then.
const many = 40

// leased is a need of reads by leases of a time.
func leased(lease time.Duration, nemeses ...string) need {
	return need{nemeses: nemeses, read: quorate.ReadLease, lease: lease, clients: many}
}

func knownOfLeaders() map[string]need {
	return map[string]need{
		// Reads.
		"local-reads-any":    under(""),
		"local-reads-leader": under("partition-leader", "pause-leader"),
		"lease-unconfirmed":  leased(window, "partition-leader"),
		// Who has not heard of the leader for longer than a lease must be there to stand.
		"ignore-lease": leased(600*time.Millisecond, "rivals"),
		// It is handed-off reads that are stamped; index reads ask a quorum themselves.
		"stamp-unconfirmed": {nemeses: []string{"partition-leader"}, read: quorate.ReadHandoff, clients: many},
		// Quorums.
		"small-phase1":     under("partition", "partition-leader+loss"),
		"small-phase2":     under("partition-leader"),
		"count-duplicates": {nemeses: []string{"duplicate+partition-leader-company"}, nodes: 5},
		// What is on disk: a slow sync is long enough for an answer before it. The leader
		// has what it answered, so others must be elected without it.
		"vote-before-sync":    under("disk-slow+power-all+partition-leader", "disk-slow+power-all"),
		"promise-before-sync": under("rivals-power"),
		"lost-disk-votes":     under("rivals-disk-lost", "disk-lost+partition-isolate"),
		// Nothing may follow the last write: it is rare, and reads take no slot.
		"drop-last-record": {nemeses: []string{"kill-all"}, read: quorate.ReadIndex, rate: 30},
		// Elections.
		"ignore-accepted":      under("partition-leader", "kill-leader"),
		"report-chosen-only":   under("partition-leader", "kill-leader"),
		"accept-below-promise": under("rivals-suspended"),
		// Two have to stand at the same time, for which there must be several.
		"shared-ballot": {nemeses: []string{"slow-all+partition-leader"}, nodes: 5},
		// Clients and execution.
		"reply-before-quorum": under("partition-leader", "kill-leader"),
		"no-dedup":            under("partition-leader", "kill-leader", "loss"),
		"execute-gaps":        under("loss", "delay"),
		"commit-by-index":     under("loss+partition-leader"),
	}
}

func knownOfTrex() map[string]need {
	needs := knownOfLeaders()
	delete(needs, "promise-before-sync")
	delete(needs, "shared-ballot")
	delete(needs, "stamp-unconfirmed") // it has no such bug
	needs["lease-unconfirmed"] = leased(window, "rivals")
	needs["lost-disk-votes"] = under("rivals-disk-lost", "disk-lost+rivals")
	needs["execute-gaps"] = under("loss") // the members' states tell, its clients do not see it
	needs["local-noop"] = under("slow-all+loss-all+rivals-suspended")
	return needs
}

func knownOfEPaxos() map[string]need {
	return map[string]need{
		"local-reads-any":        under(""),
		"reply-at-commit":        under("", "delay"),
		"small-fast":             under("", "partition", "delay"),
		"ignore-deps":            under("", "delay"),
		"execute-gaps":           under("", "delay"),
		"arrival-order":          under("", "delay"),
		"unknown-gaps":           under("", "delay"),
		"drop-owner-deps":        under("", "delay"),
		"first-command-only":     under("", "delay"),
		"reads-do-not-interfere": under("", "delay"),
		"no-dedup":               under("loss", "kill"),
		"propose-before-sync":    under("disk-slow+power-all"),
		"vote-before-sync":       under("disk-slow+power-majority+partition-isolate"),
		"pre-accept-before-sync": under("disk-slow+power-majority+partition-isolate"),
		"no-recovery":            under("kill"),
		// The owner has to end before others hear what it decided, and told its client.
		"small-phase2":        under("slow-all+kill-one", "delay-all+kill-one"),
		"ignore-accepted":     under("slow-all+kill-one", "delay-all+kill-one"),
		"equal-to-each-other": under("delay-all+kill-one"),
		"lost-disk-votes":     under("disk-lost+partition-isolate"),
	}
}

func knownOfWPaxos() map[string]need {
	return map[string]need{
		"local-reads-any":      under(""),
		"local-reads-owner":    under("", "partition"),
		"reply-before-quorum":  under("", "partition"),
		"ignore-accepted":      under("", "delay"),
		"report-chosen-only":   under("", "delay"),
		"owner-goes-on":        under("delay"),
		"small-phase1":         under("partition", "delay"),
		"small-phase2":         under("partition", "delay"),
		"no-dedup":             under("", "loss"),
		"execute-gaps":         under("", "loss"),
		"read-before-recovery": under("", "delay"),
		"shared-ballot":        under("", "delay"),
		"vote-before-sync":     under("disk-slow+power-all+partition", "disk-slow+power-majority+partition-isolate"),
	}
}
