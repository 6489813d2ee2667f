package protocols_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
)

// file returns a cluster file of three members that has some more keys.
func file(t *testing.T, more string) *quorate.Config {
	t.Helper()
	c, err := quorate.ParseConfig([]byte(`{"address":{"1.1":"a:1","1.2":"a:2","1.3":"a:3"}` + more + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// settings builds the first member's replica and returns what it must agree on
// with the others.
func settings(t *testing.T, s protocols.Setup, c *quorate.Config) (string, error) {
	t.Helper()
	cluster, err := c.Cluster()
	if err != nil {
		t.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.New(n, quorate.NewOnce(quorate.NewKV(c.KV()), c.Once())); err != nil {
		return "", err
	}
	return n.Settings(), n.Start(0, nil)
}

func TestEveryProtocolTakesAFile(t *testing.T) {
	for _, name := range protocols.Names() {
		for _, c := range []*quorate.Config{file(t, ""), file(t, `,"protocol":"`+name+`","options":{}`)} {
			s, err := protocols.FromFile(name, c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := settings(t, s, c); err != nil || s.Name != name || s.Message < 1<<20 || s.Window < s.Message || s.Network == "" {
				t.Errorf("%s: %+v, %v", name, s, err)
			}
		}
	}
	if s, err := protocols.FromFile("", file(t, `,"protocol":"paxos"`)); err != nil || s.Name != "paxos" {
		t.Errorf("the file's protocol: %s, %v", s.Name, err)
	}
}

func TestFileIsRefused(t *testing.T) {
	for _, tc := range []struct{ name, more, want string }{
		{"", ``, "neither on the command line nor in the cluster file: want one of epaxos, paxos, primary, trex, wpaxos"},
		{"primary", `,"protocol":"paxos"`, `protocol "primary" is asked for, the cluster file says "paxos"`},
		{"paxso", ``, `unknown protocol "paxso": want one of epaxos, paxos, primary, trex, wpaxos (did you mean paxos?)`},
		{"", `,"protocol":"raft"`, `unknown protocol "raft"`},
		{"paxos", `,"options":{"election_timout":"1s"}`, `options.election_timout: unknown key, the nearest known one is "election_timeout"`},
		{"paxos", `,"options":{"window":"wide"}`, "options.window: want a number"},
		{"paxos", `,"options":{"heartbeat":"1s","election_timeout":"1s"}`, "at least twice the heartbeat"},
		{"paxos", `,"options":{"requests":{"max_value":5}}`, "write max_key and max_value beside options"},
		{"trex", `,"options":{"timeout_mn":"1s"}`, `options.timeout_mn: unknown key, the nearest known one is "timeout_min"`},
		{"trex", `,"options":{"timeout_min":"1s","heartbeat":"1s"}`, "at least twice the heartbeat"},
		{"trex", `,"options":{"requests":{"max_value":5}}`, "write max_key and max_value beside options"},
		{"trex", `,"thrifty":true`, "no thrifty mode"},
		{"epaxos", `,"options":{"patiense":"1s"}`, `options.patiense: unknown key, the nearest known one is "patience"`},
		{"epaxos", `,"options":{"patience":"-1s"}`, "patience -1s: none may be negative"},
		{"epaxos", `,"options":{"f":2}`, "want 2f+1 <= 3"},
		{"epaxos", `,"options":{"f":1,"e":2}`, "want 0 <= e <= f"},
		{"epaxos", `,"quorums":"count:2,2"`, "epaxos has its own quorums"},
		{"epaxos", `,"quorums":"epaxos:f=1,e=1","options":{"f":2}`, "leave one or the other out"},
		{"wpaxos", `,"options":{"policy":"majority"}`, "want null, immediate, consecutive:N"},
		{"wpaxos", `,"options":{"heartbeat":"1s"}`, "at least twice the heartbeat"},
		{"primary", `,"options":{"window":3}`, "primary as the cluster file has it: it takes none"},
		{"primary", `,"quorums":"count:2,2"`, "primary takes no options"},
		{"primary", `,"thrifty":true`, "primary takes no options"},
		{"primary", `,"max_value":5`, "limits are fixed"},
		{"primary", `,"multiversion":true`, "limits are fixed"},
	} {
		s, err := protocols.FromFile(tc.name, file(t, tc.more))
		if err == nil || !strings.Contains(err.Error(), tc.want) || s.New != nil {
			t.Errorf("%s with %s: %v, want %q", tc.name, tc.more, err, tc.want)
		}
	}
	if _, err := protocols.FromFile("raft", file(t, "")); !errors.Is(err, protocols.ErrUnknown) {
		t.Errorf("%v is not ErrUnknown", err)
	}
}

// Each key of the file changes what its members have to agree on, or how much
// they send.
func TestFileReachesTheProtocol(t *testing.T) {
	plain := file(t, "")
	base, err := protocols.FromFile("paxos", plain)
	if err != nil {
		t.Fatal(err)
	}
	common, err := settings(t, base, plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{
		`,"quorums":"count:3,1"`, `,"horizon":"20s"`,
	} {
		c := file(t, more)
		s, err := protocols.FromFile("paxos", c)
		if err != nil {
			t.Fatal(err)
		}
		if other, err := settings(t, s, c); err != nil || other == common {
			t.Errorf("with %s members agree on %q, %v, as without", more, other, err)
		}
	}
	for _, more := range []string{`,"max_value":5`, `,"options":{"batch_bytes":1000}`, `,"options":{"batch":7}`} {
		if s, err := protocols.FromFile("paxos", file(t, more)); err != nil || s.Message >= base.Message || s.Window >= base.Window {
			t.Errorf("with %s: %d and %d bytes, %v", more, s.Message, s.Window, err)
		}
	}
	if s, err := protocols.FromFile("paxos", file(t, `,"options":{"window":1}`)); err != nil || s.Window != base.Window/32 {
		t.Errorf("a window of 1: %d bytes, %v, one of 32: %d", s.Window, err, base.Window)
	}
	// Options reach the replica: two quorums that need not meet are its to refuse.
	odd := file(t, `,"options":{"thrifty":true,"chunk_bytes":1}`)
	if s, err := protocols.FromFile("paxos", odd); err != nil || s.Message >= base.Message {
		t.Errorf("%+v, %v", s, err)
	}
}

// Rule: a member may have any bug that is a change of its protocol's code, and that of an
// operator who forgets that a disk was lost, who is told; and no other.
func TestFileWithABug(t *testing.T) {
	for _, name := range protocols.Names() {
		for _, b := range protocols.Bugs(name) {
			c := file(t, "")
			s, err := protocols.FromFileWith(name, b.Name, c)
			if err != nil {
				if !strings.Contains(err.Error(), "no member can have it") || b.Name == "no-dedup" {
					t.Errorf("%s with %s: %v", name, b.Name, err)
				}
				continue
			}
			cluster, err := c.Cluster()
			if err != nil {
				t.Fatal(err)
			}
			n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.New(n, quorate.NewOnce(quorate.NewKV(c.KV()), c.Once()))
			if err != nil {
				t.Fatal(err)
			}
			if s.Amnesia != (b.Name == "lost-disk-votes") {
				t.Errorf("%s with %s: amnesia %v", name, b.Name, s.Amnesia)
			}
			if s.Amnesia {
				continue // the protocol is as it should be
			}
			if of := reflect.TypeOf(r).Elem().PkgPath(); !strings.Contains(of, "internal/planted/"+name) {
				t.Errorf("%s with %s is built from %s", name, b.Name, of)
			}
		}
	}
	for bug, more := range map[string]string{"no-dedupe": "", "torn-journal": "", "small-phase1": `,"quorums":"count:2,2"`} {
		if _, err := protocols.FromFileWith("paxos", bug, file(t, more)); err == nil {
			t.Errorf("bug %s was planted", bug)
		}
	}
}
