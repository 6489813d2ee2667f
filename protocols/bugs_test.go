package protocols_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	buggyepaxos "github.com/quorate/quorate/internal/planted/epaxos"
	buggy "github.com/quorate/quorate/internal/planted/paxos"
	buggytrex "github.com/quorate/quorate/internal/planted/trex/core"
	buggywpaxos "github.com/quorate/quorate/internal/planted/wpaxos"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
	trex "github.com/quorate/quorate/trex/core"
	"github.com/quorate/quorate/wpaxos"
)

func TestBugsAreATable(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	seen := map[string]bool{}
	for _, p := range protocols.Names() {
		for _, b := range protocols.Bugs(p) {
			if !name.MatchString(b.Name) || b.Row == "" || b.Doc == "" || strings.HasSuffix(b.Doc, ".") {
				t.Errorf("%s: %+v", p, b)
			}
			if seen[p+b.Name] || seen[p+b.Row] {
				t.Errorf("%s: row %s, %s is there twice", p, b.Row, b.Name)
			}
			seen[p+b.Name], seen[p+b.Row] = true, true
		}
	}
	for protocol, want := range map[string]string{
		"epaxos": "1 2 F1 3 4 5 6 7 8 9 10 11 14 18 19 E1 E2 20 22 23 25 D1 S2 S3 S4 S5 S6 S7 S8 S9 S10 D5 D9 E3 E4 E5 E6 E7 E11 E12 E13 E14 E15 E16 " +
			"E21 E22 E23 E24 E25 E31 E32 E33 E34 E35 E36 E41 E42 E43 E44 12 E51 E52 E53",
		"paxos": "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 S1 S2 S3 F1 T1 D1 D2 D3 D4 D5 D6 D7 D8 L1 L2 L3 L4 L5 L6 R1 R2 R3 R4 R5 R6",
		"trex":  "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 S1 S2 S3 F1 T1 D1 D2 D3 D4 D5 D6 D7 D8 R1 R2 R3 R4 L1 L2 L3 L4 L5 L6",
		"wpaxos": "1 2 W1 W2 3 4 5 6 11 W3 W18 7 8 9 W4 W5 W6 W7 W8 W9 W19 W10 10 W11 W12 T1 13 W13 W14 W16 W17 W20 W21 W22 W23 W24 W25 " +
			"W26 W27 W28 W29 W30 W31 12 14 15 18 19 20 22 23 D1 " +
			"D2 W61 W62 D3 D4 W63 W64 D5 D6 D7 D8 W65 S1 S2 S3 S7 S11 S12 S13 S14 21 W32 25 W41 W42 W43 W45 W46 W51 W52 W53 W54 W55",
	} {
		var rows []string
		for _, b := range protocols.Bugs(protocol) {
			rows = append(rows, b.Row)
		}
		if got := strings.Join(rows, " "); got != want {
			t.Errorf("%s: rows %s, want %s", protocol, got, want)
		}
	}
}

// prepare returns messages of phase 1, those of a protocol and of its copy.
func prepare(protocol string, copied bool) any {
	switch {
	case protocol == "epaxos" && copied:
		return buggyepaxos.Recover{Ballot: 1}
	case protocol == "epaxos":
		return epaxos.Recover{Ballot: 1}
	case protocol == "trex" && copied:
		return buggytrex.Prepare{Ballot: 1}
	case protocol == "trex":
		return trex.Prepare{Ballot: 1}
	case protocol == "wpaxos" && copied:
		return buggywpaxos.P1a{}
	case protocol == "wpaxos":
		return wpaxos.P1a{}
	case copied:
		return buggy.P1a{}
	}
	return paxos.P1a{}
}

// TestBugsArePlantedInACopy: the protocol itself runs only where there is no bug
// in it, and it always runs then.
func TestBugsArePlantedInACopy(t *testing.T) {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{"epaxos", "paxos", "trex", "wpaxos"} {
		for _, b := range append(protocols.Bugs(protocol), protocols.Bug{}) {
			isPlantedInACopy(t, cluster, protocol, b)
		}
	}
}

func isPlantedInACopy(t *testing.T, cluster *quorate.Cluster, protocol string, b protocols.Bug) {
	t.Helper()
	s, err := protocols.Subject(protocol, b.Name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := replica(t, s, sim.Knobs{})
	if err != nil {
		t.Fatal(err)
	}
	journal, operator, clocks := b.Name == "torn-journal", b.Name == "lost-disk-votes", b.Name == "clocks-beyond-bound"
	planted := strings.Contains(reflect.TypeOf(r).Elem().PkgPath(), "/planted/")
	if planted != (b.Name != "" && !journal && !operator && !clocks) || s.Fooled != journal || s.Amnesia != operator || s.Hasty != clocks {
		t.Errorf("%s: planted in a copy: %v, in the journal: %v, in the operator: %v, in clocks: %v", b.Name, planted, s.Fooled, s.Amnesia, s.Hasty)
	}
	if s.Claims == nil || len(s.Claims(nil, prepare(protocol, planted))) != 1 {
		t.Errorf("%s: its messages claim nothing", b.Name)
	}
	if protocol == "epaxos" || protocol == "wpaxos" { // whose worlds are judged by its own quorums, whatever the bug
		return
	}
	quorums, err := s.Quorums(cluster, sim.Knobs{Quorum: "count:3,1"})
	if err != nil {
		t.Fatal(err)
	}
	ofQuorums := strings.HasPrefix(b.Name, "small-") || b.Name == "flexible-sum"
	if (quorums.Name == "majority") != ofQuorums {
		t.Errorf("%s is judged by %s", b.Name, quorums.Name)
	}
}

// TestPlantedBugsShow: what is asked for is what runs. These three show in the
// first worlds, in New, in a handler and in the journal.
func TestPlantedBugsShow(t *testing.T) {
	for _, bug := range []string{"", "small-phase2", "promise-before-sync", "torn-journal"} {
		s, err := protocols.Subject("paxos", bug)
		if err != nil {
			t.Fatal(err)
		}
		campaign := sim.Campaign{Swarm: sim.Swarm{Subject: s, Groups: nemesis.Groups()}, From: 1, To: 60}
		found, err := campaign.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if (len(found.Failed) > 0) != (bug != "") {
			t.Errorf("bug %q: %d of %d worlds failed", bug, len(found.Failed), found.Stats.Worlds)
		}
	}
}
