package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
)

// The glossary: a flag that several commands know is declared here, so that it
// has one name, one spelling of its values and one meaning.

func (f *flags) protocols(p *[]string) {
	f.StringSliceVarP(p, "protocols", "p", *p, "`names` of protocols, separated by commas: "+strings.Join(protocols.Names(), ", "))
}

func (f *flags) nodes(p *shape) {
	f.VarP(p, "nodes", "n", "the cluster, `3|5x3`: so many nodes, or zones x nodes")
}

func (f *flags) transport(p *string) {
	f.Var(&choice{p, []string{"chan", "tcp"}}, "transport", "how messages travel: `chan|tcp`, both in this process")
}

func (f *flags) quorum(p *string) {
	f.StringVar(p, "quorum", *p, "quorum `system`: majority, even, count:Q1,Q2, grid, zones:fz=1,fn=0, zone-majority, weighted:…, write-one, all (default the protocol's own)")
}

func (f *flags) thrifty(p *bool) {
	f.BoolVar(p, "thrifty", *p, "ask no more members than a quorum needs while all is well")
}

func (f *flags) clients(p *int) {
	f.IntVar(p, "clients", *p, "`number` of closed-loop clients")
}

func (f *flags) read(p *quorate.ReadMode) {
	f.Var((*readMode)(p), "read", "how reads are served: `log|index|local`; local ones may be stale")
}

func (f *flags) seed(p *uint64) {
	f.Uint64Var(p, "seed", *p, "`number` that fixes all that is drawn at random")
}

func (f *flags) duration(p *time.Duration) {
	f.DurationVar(p, "duration", *p, "measured `time`")
}

func (f *flags) json(p *bool) {
	f.BoolVar(p, "json", *p, "print one JSON object instead of a table")
}

func (f *flags) out(p *string) {
	f.StringVar(p, "out", *p, "keep the report in a `directory`: text, JSON, pictures of violations")
}

// shape is the value of --nodes.
type shape struct{ zones, nodes int }

func (s *shape) Type() string { return "nodes" }

func (s *shape) String() string {
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
	*s = shape{z, n}
	return nil
}

// cluster returns the membership, IDs 1.1 to zones.nodes.
func (s *shape) cluster() (*quorate.Cluster, error) { return quorate.Grid(s.zones, s.nodes) }

// choice is the value of a flag that takes one of a few words.
type choice struct {
	word  *string
	words []string
}

func (c *choice) Type() string   { return "word" }
func (c *choice) String() string { return *c.word }

func (c *choice) Set(text string) error {
	if !slices.Contains(c.words, text) {
		return fmt.Errorf("want %s%s", strings.Join(c.words, " or "), didYouMean(text, c.words, ""))
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
