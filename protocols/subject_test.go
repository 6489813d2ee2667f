package protocols_test

import (
	"cmp"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// replica builds the first member of three, without starting it.
func replica(t *testing.T, s sim.Subject, k sim.Knobs) (quorate.Replica, error) {
	t.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	build, err := s.New(cluster, k)
	if err != nil {
		return nil, err
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	return build(n, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{}))
}

func TestEveryProtocolIsASubject(t *testing.T) {
	for _, name := range protocols.Names() {
		s, err := protocols.Subject(name, "")
		if err != nil {
			t.Fatal(err)
		}
		if s.Name != name || s.Bug != "" || s.Fooled {
			t.Errorf("subject %s: %+v", name, s)
		}
		if _, err := replica(t, s, sim.Knobs{}); err != nil {
			t.Errorf("subject %s: %v", name, err)
		}
	}
	if s, err := protocols.Subject("primary", ""); err != nil || !s.Fragile || s.Claims != nil {
		t.Errorf("primary: %+v, %v: want fragile, without claims", s, err)
	}
}

func TestUnknownSubjects(t *testing.T) {
	for _, test := range []struct {
		name, bug, want string
	}{
		{"raft", "", "paxos"},
		{"raft", "small-phase1", "paxos"},
		{"paxos", "raft", "paxos"},
		{"primary", "small-phase1", "none"},
	} {
		_, err := protocols.Subject(test.name, test.bug)
		if !errors.Is(err, protocols.ErrUnknown) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Subject(%s, %s): %v, want ErrUnknown that names %s", test.name, test.bug, err, test.want)
		}
	}
	if bugs := protocols.Bugs("raft"); len(bugs) > 0 {
		t.Errorf("bugs of an unknown protocol: %v", bugs)
	}
}

// TestKnobsReachTheProtocol: each knob that a protocol has can make it refuse to
// start.
func TestKnobsReachTheProtocol(t *testing.T) {
	for name, renamed := range map[string]map[string]string{
		"paxos": nil, "trex": {"ElectionTimeout": "TimeoutMin"},
		"epaxos": {"ElectionTimeout": "Patience", "CommitDelay": "FastWait", "LogLimit": "TrimStep"},
		"wpaxos": {"ElectionTimeout": "Residence", "CommitDelay": "Tell", "ChunkBytes": "BatchBytes"},
	} {
		s, err := protocols.Subject(name, "")
		if err != nil {
			t.Fatal(err)
		}
		for field := range reflect.TypeFor[sim.Knobs]().Fields() {
			var k sim.Knobs
			evidence := inWords(cmp.Or(renamed[field.Name], field.Name)) + "( of)? -1"
			v := reflect.ValueOf(&k).Elem().FieldByIndex(field.Index)
			switch {
			case field.Name == "Horizon" || field.Name == "Thrifty":
				continue // of the outcome tables; no value is wrong
			case name == "epaxos" && field.Name == "Heartbeat": // nobody leads
				continue
			case name != "wpaxos" && field.Name == "Policy": // nothing moves
				continue
			case !s.Leases && (field.Name == "Lease" || field.Name == "ClockError"):
				continue
			case v.CanInt():
				v.SetInt(-1)
			case v.CanFloat():
				v.SetFloat(-1)
			case v.Kind() == reflect.String:
				v.SetString("count:1,1")
				evidence = "count:1,1"
			}
			if _, err := replica(t, s, k); err == nil || !regexp.MustCompile(evidence).MatchString(err.Error()) {
				t.Errorf("%s, %+v: error %v, want one that matches %s", name, k, err, evidence)
			}
		}
	}
}

// inWords writes the name of a field as errors do.
func inWords(field string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(field, "$1 $2"))
}

// How members talk is the protocol's choice, where nobody makes another.
func TestNetwork(t *testing.T) {
	for name, want := range map[string]string{"paxos": "tcp", "trex": "udp", "raft": "tcp"} {
		if have := protocols.Network(name); have != want {
			t.Errorf("%s talks by %s, want %s", name, have, want)
		}
	}
}

func TestQuorumsOfTheGhost(t *testing.T) {
	cluster, err := quorate.Grid(1, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ protocol, knob, want string }{
		{"paxos", "", "majority"}, {"paxos", "even", "even"}, {"trex", "even", "even"}, {"primary", "even", "majority"},
		{"epaxos", "", "epaxos:f=1,e=1"}, {"wpaxos", "", "zones:fz=0,fn=1"}, {"wpaxos", "even", "even"},
	} {
		s, err := protocols.Subject(test.protocol, "")
		if err != nil {
			t.Fatal(err)
		}
		if q, err := s.Quorums(cluster, sim.Knobs{Quorum: test.knob}); err != nil || q.Name != test.want {
			t.Errorf("%s with %q: %v, %v, want %s", test.protocol, test.knob, q, err, test.want)
		}
	}
	paxos, err := protocols.Subject("paxos", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := paxos.Quorums(cluster, sim.Knobs{Quorum: "epaxos"}); err == nil || !strings.Contains(err.Error(), "fast path") {
		t.Errorf("paxos with a fast path: %v", err)
	}
}
