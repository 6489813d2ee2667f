package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
)

// The glossary: a flag that several commands know is declared here, so that it
// has one name, one spelling of its values and one meaning.

func (f *flags) protocols(p *[]string) {
	f.StringSliceVarP(p, "protocols", "p", *p, "`names` of protocols, separated by commas: "+strings.Join(protocols.Names(), ", "))
}

func (f *flags) protocol(p *string) {
	f.single = true
	f.StringVarP(p, "protocol", "p", *p, "`name` of the protocol: "+strings.Join(protocols.Names(), ", "))
}

func (f *flags) config(p *string) {
	f.StringVar(p, "config", *p, "a cluster `file`, as 'quorate config' prints it")
}

func (f *flags) nodes(p *shape) {
	usage := "the cluster, `3|5x3`: so many nodes, or zones x nodes"
	if *p == (shape{}) {
		usage += " (default 3, 5 or 7, as the seed says)"
	}
	f.VarP(p, "nodes", "n", usage)
}

func (f *flags) transport(p *string) {
	f.Var(&choice{p, []string{"chan", "tcp", "udp"}}, "transport", "how messages travel: `chan|tcp|udp`, all in this process")
}

func (f *flags) peerTransport(p *string) {
	f.Var(&choice{p, []string{"tcp", "udp"}}, "transport", "how members talk: `tcp|udp` (default the protocol's own: udp for trex, tcp for others)")
}

// quorumUsage is what help says of --quorum.
const quorumUsage = "quorum `system`: majority, even, count:Q1,Q2, grid, zones:fz=1,fn=0, zone-majority, weighted:…, write-one, all, epaxos:f=2,e=1 (default the protocol's own)"

func (f *flags) quorum(p *string) {
	f.StringVar(p, "quorum", *p, quorumUsage)
}

func (f *flags) thrifty(p *bool) {
	f.BoolVar(p, "thrifty", *p, "ask no more members than a quorum needs while all is well")
}

// policyUsage is what help says of --policy.
const policyUsage = "when objects move between zones, a `policy` of wpaxos: null, immediate, consecutive:N, majority:N, average:ALPHA,GAP"

// leases takes the terms of leases, which are an option of protocols.
func (f *flags) leases(window *time.Duration, clockError *float64) {
	f.DurationVar(window, "lease", *window, "let a leader answer reads for this `time` after a quorum heard of it, and elect nobody else meanwhile (default no leases)")
	f.Float64Var(clockError, "clock-error", *clockError, "`share` by which the rates of clocks may be wrong, which leases allow for (default 0.01)")
}

// bug names a mistake that tests are to find.
func (f *flags) bug(p *string) {
	f.StringVar(p, "bug", *p, "plant a mistake in the protocol, by its `name` in 'quorate sim mutants --list': never in a cluster that holds anything of worth")
}

// dataDir takes what holds if there is no directory.
func (f *flags) dataDir(p *string, otherwise string) {
	f.StringVar(p, "data-dir", *p, "keep journals in a `directory` (default "+otherwise+")")
}

func (f *flags) timeout(p *time.Duration) {
	f.DurationVar(p, "timeout", *p, "give a call up after this `time`")
}

func (f *flags) tokenFile(p *string) {
	f.StringVar(p, "token-file", "", "`file` with the token that the members' admin listeners want (default $"+tokenVariable+", or none)")
}

func (f *flags) clients(p *int) {
	f.IntVar(p, "clients", *p, "`number` of closed-loop clients")
}

func (f *flags) read(p *quorate.ReadMode) {
	f.Var((*readMode)(p), "read", "`mode` of reads: log, index, lease and handoff are linearizable; timeline, follower and local may be stale")
}

func (f *flags) seed(p *uint64) {
	f.Uint64Var(p, "seed", *p, "`number` that fixes all that is drawn at random")
}

func (f *flags) seeds(p *seedRange) {
	f.Var(p, "seeds", "`first:last` seed")
}

func (f *flags) nemesis(p *[]nemesis.Group) {
	usage := "what goes wrong: `groups` of faults, separated by commas, or all, or none: " + strings.Join(words(nemesis.Groups()), ", ")
	f.Var((*faultGroups)(p), "nemesis", usage)
}

func (f *flags) wan(p *string) {
	f.StringVar(p, "wan", *p, "put the zones as far apart as in a wide-area `network`: "+strings.Join(nemesis.Regions(), ", "))
}

func (f *flags) timeLimit(p *time.Duration) {
	f.DurationVar(p, "time-limit", *p, "stop after this `time` on the clock, and report what was done (default none)")
}

func (f *flags) workers(p *int) {
	f.IntVar(p, "workers", *p, "`number` of worlds that run at a time (default one for each processor)")
}

func (f *flags) duration(p *time.Duration) {
	f.DurationVar(p, "duration", *p, "measured `time`")
}

func (f *flags) logs(level *slog.Level, json *bool) {
	f.TextVar(level, "log-level", *level, "what to log on stderr: `debug|info|warn|error`, and what is worse")
	f.BoolVar(json, "log-json", *json, "log JSON instead of text")
}

func (f *flags) json(p *bool) {
	f.BoolVar(p, "json", *p, "print one JSON object instead of a table")
}

func (f *flags) out(p *string) {
	f.StringVar(p, "out", *p, "keep the report in a `directory`: text, JSON, pictures of violations; of a benchmark a page with figures, too, CSV, and what the clients saw")
}

// costs names the file for figures of what a model predicts.
func (f *flags) costs(p *string) {
	f.StringVar(p, "model", *p, "draw what the model predicts, too, with the costs in this `file`, as 'bench model fit --json' prints them")
}

// shape is the value of --nodes.
type shape struct {
	zones, nodes int
	zoned        bool // as it was given: 1x3, not 3
}

func (s *shape) Type() string { return "nodes" }

func (s *shape) String() string {
	if *s == (shape{}) {
		return ""
	}
	if s.zones == 1 {
		return strconv.Itoa(s.nodes)
	}
	return fmt.Sprintf("%dx%d", s.zones, s.nodes)
}

func (s *shape) Set(text string) error {
	zones, nodes, zoned := strings.Cut(text, "x")
	if !zoned {
		zones, nodes = "1", text
	}
	z, errZones := strconv.Atoi(zones)
	n, errNodes := strconv.Atoi(nodes)
	if errZones != nil || errNodes != nil || z < 1 || n < 1 || z > quorate.MaxMembers || n > quorate.MaxMembers || z*n > quorate.MaxMembers {
		return fmt.Errorf("want so many nodes, or zones x nodes such as 5x3, 1 to %d in all", quorate.MaxMembers)
	}
	*s = shape{z, n, zoned}
	return nil
}

// shapes is the value of --nodes where there may be several.
type shapes []shape

func (s *shapes) Type() string { return "nodes" }

func (s *shapes) String() string {
	var all []string
	for _, one := range *s {
		all = append(all, one.String())
	}
	return strings.Join(all, ",")
}

func (s *shapes) Set(text string) error {
	var all shapes
	for part := range strings.SplitSeq(text, ",") {
		var one shape
		if err := one.Set(part); err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(o shape) bool { return o.zones == one.zones && o.nodes == one.nodes }) {
			return fmt.Errorf("%s is there twice", part)
		}
		all = append(all, one)
	}
	*s = all
	return nil
}

// cluster returns the membership, IDs 1.1 to zones.nodes.
func (s *shape) cluster() (*quorate.Cluster, error) { return quorate.Grid(s.zones, s.nodes) }

// seedRange is the value of --seeds. Both ends belong to it.
type seedRange struct{ from, to uint64 }

func (r *seedRange) Type() string   { return "seeds" }
func (r *seedRange) String() string { return fmt.Sprintf("%d:%d", r.from, r.to) }

func (r *seedRange) Set(text string) error {
	first, last, ranged := strings.Cut(text, ":")
	if !ranged {
		last = first
	}
	from, errFrom := strconv.ParseUint(first, 10, 64)
	to, errTo := strconv.ParseUint(last, 10, 64)
	if errFrom != nil || errTo != nil || from > to {
		return fmt.Errorf("want first:last such as 1:1000, numbers from 0 to 2^64-1, the smaller one first")
	}
	*r = seedRange{from, to}
	return nil
}

// faultGroups is the value of --nemesis.
type faultGroups []nemesis.Group

func (g *faultGroups) Type() string { return "groups" }

func (g *faultGroups) String() string {
	switch len(*g) {
	case 0:
		return "none"
	case len(nemesis.Groups()):
		return "all"
	}
	return strings.Join(words(*g), ",")
}

func (g *faultGroups) Set(text string) error {
	groups, err := nemesis.ParseGroups(text)
	if err == nil {
		*g = groups
	}
	return err
}

// words returns names of one kind as strings.
func words[S ~string](names []S) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = string(name)
	}
	return list
}

// choice is the value of a flag that takes one of a few words.
type choice struct {
	word  *string
	words []string
}

func (c *choice) Type() string   { return "word" }
func (c *choice) String() string { return *c.word }

func (c *choice) Set(text string) error {
	if !slices.Contains(c.words, text) {
		return fmt.Errorf("want %s%s", strings.Join(c.words, " or "), spelling.Hint(text, c.words, ""))
	}
	*c.word = text
	return nil
}

// readMode is the value of --read.
type readMode quorate.ReadMode

func (m *readMode) Type() string   { return "mode" }
func (m *readMode) String() string { return quorate.ReadMode(*m).String() }

func (m *readMode) Set(text string) error {
	mode, err := quorate.ParseReadMode(text)
	*m = readMode(mode)
	return err
}
