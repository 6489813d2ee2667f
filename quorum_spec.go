package quorate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ParseQuorums makes the quorum system that a flag or a cluster file asks for,
// over the members of c. It reads what [QuorumSystem.Name] holds:
//
//	majority            more than half, in both phases
//	even                the same, but half of an even number in phase 2
//	count:Q1,Q2         any Q1 and any Q2 members
//	grid                a full zone; a member of equal rank from each zone
//	zones:fz=1,fn=0     the grid of WPaxos
//	zone-majority       a majority in a majority of zones
//	weighted:q1=3,q2=2,1.1=2,1.2=0
//	                    sums of weights; members not named weigh 1
//	epaxos:f=2,e=2      EPaxos; the most that the members tolerate if bare
//	fast:Q1,Q2,QF       Fast Paxos; majorities if bare
//	all                 every member in both phases
//	write-one           every member elects, any one accepts
//
// Errors say what is allowed, or why the system is refused, see [QuorumSystem].
func ParseQuorums(c *Cluster, spec string) (QuorumSystem, error) {
	name, args, hasArgs := strings.Cut(spec, ":")
	for _, form := range quorumForms() {
		if form.name != name {
			continue
		}
		if hasArgs && (form.args == "" || args == "") {
			return QuorumSystem{}, fmt.Errorf("quorum system %q: want %s", spec, form.usage())
		}
		s, err := form.build(c, args)
		if errors.Is(err, errSpec) {
			return QuorumSystem{}, fmt.Errorf("quorum system %q: want %s", spec, form.usage())
		}
		return s, err
	}
	var usages []string
	for _, form := range quorumForms() {
		usages = append(usages, form.usage())
	}
	return QuorumSystem{}, fmt.Errorf("quorum system %q: want one of %s", spec, strings.Join(usages, "; "))
}

// quorumForm is one kind of specification.
type quorumForm struct {
	name, args string
	bare       bool // the arguments may be left out
	build      func(c *Cluster, args string) (QuorumSystem, error)
}

func (f quorumForm) usage() string {
	switch {
	case f.args == "":
		return f.name
	case f.bare:
		return f.name + "[:" + f.args + "]"
	}
	return f.name + ":" + f.args
}

func quorumForms() []quorumForm {
	plain := func(make func(*Cluster) QuorumSystem) func(*Cluster, string) (QuorumSystem, error) {
		return func(c *Cluster, _ string) (QuorumSystem, error) { return make(c), nil }
	}
	return []quorumForm{
		{name: "majority", build: plain(MajorityQuorums)},
		{name: "even", build: plain(EvenQuorums)},
		{name: "count", args: "Q1,Q2", build: parseCount},
		{name: "grid", build: func(c *Cluster, _ string) (QuorumSystem, error) { return GridQuorums(c) }},
		{name: "zones", args: "fz=N,fn=N", build: parseZones},
		{name: "zone-majority", build: plain(ZoneMajorityQuorums)},
		{name: "weighted", args: "q1=N,q2=N,ID=WEIGHT,...", build: parseWeighted},
		{name: "epaxos", args: "f=N,e=N", bare: true, build: parseEPaxos},
		{name: "fast", args: "Q1,Q2,QF", bare: true, build: parseFast},
		{name: "all", build: plain(AllQuorums)},
		{name: "write-one", build: plain(WriteOneQuorums)},
	}
}

func parseCount(c *Cluster, args string) (QuorumSystem, error) {
	n, err := parseNumbers(args, 2)
	if err != nil {
		return QuorumSystem{}, err
	}
	return CountQuorums(c, n[0], n[1])
}

func parseFast(c *Cluster, args string) (QuorumSystem, error) {
	if args == "" {
		q1, q2, fast := FastCounts(c.Size())
		return FastQuorums(c, q1, q2, fast)
	}
	n, err := parseNumbers(args, 3)
	if err != nil {
		return QuorumSystem{}, err
	}
	return FastQuorums(c, n[0], n[1], n[2])
}

func parseZones(c *Cluster, args string) (QuorumSystem, error) {
	keys, err := parseKeys(args)
	if err != nil || !hasKeys(keys, "fz", "fn") {
		return QuorumSystem{}, errSpec
	}
	return ZoneQuorums(c, keys["fz"], keys["fn"])
}

func parseEPaxos(c *Cluster, args string) (QuorumSystem, error) {
	if args == "" {
		f, e := EPaxosFaults(c.Size())
		return EPaxosQuorums(c, f, e)
	}
	keys, err := parseKeys(args)
	if err != nil || !hasKeys(keys, "f", "e") {
		return QuorumSystem{}, errSpec
	}
	return EPaxosQuorums(c, keys["f"], keys["e"])
}

func parseWeighted(c *Cluster, args string) (QuorumSystem, error) {
	keys, err := parseKeys(args)
	if err != nil {
		return QuorumSystem{}, err
	}
	q1, ok1 := keys["q1"]
	q2, ok2 := keys["q2"]
	if !ok1 || !ok2 {
		return QuorumSystem{}, errSpec
	}
	delete(keys, "q1")
	delete(keys, "q2")
	weights := map[ID]int{}
	for key, weight := range keys { // unordered: fills a map
		id, err := ParseID(key)
		if _, dup := weights[id]; err != nil || dup {
			return QuorumSystem{}, errSpec
		}
		weights[id] = weight
	}
	return WeightedQuorums(c, weights, q1, q2)
}

// errSpec stands for the usage of the form at hand.
var errSpec = errors.New("malformed arguments")

func parseNumbers(args string, want int) ([]int, error) {
	words := strings.Split(args, ",")
	if len(words) != want {
		return nil, errSpec
	}
	var numbers []int
	for _, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil {
			return nil, errSpec
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// parseKeys reads key=number pairs; a key may occur once.
func parseKeys(args string) (map[string]int, error) {
	keys := map[string]int{}
	for pair := range strings.SplitSeq(args, ",") {
		key, value, _ := strings.Cut(pair, "=")
		n, err := strconv.Atoi(value)
		if _, dup := keys[key]; err != nil || dup {
			return nil, errSpec
		}
		keys[key] = n
	}
	return keys, nil
}

// hasKeys reports whether keys has exactly the given ones.
func hasKeys(keys map[string]int, names ...string) bool {
	for _, name := range names {
		if _, ok := keys[name]; !ok {
			return false
		}
	}
	return len(keys) == len(names)
}
