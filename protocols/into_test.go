package protocols_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
)

// grid returns a cluster file of three zones.
func grid() *quorate.Config {
	return &quorate.Config{Addresses: map[quorate.ID]string{1<<16 | 1: "a:1", 2<<16 | 1: "a:2", 3<<16 | 1: "a:3"}}
}

// Every option has its place in a cluster file.
func TestOptionsIntoAFile(t *testing.T) {
	cluster, err := grid().Cluster()
	if err != nil {
		t.Fatal(err)
	}
	quorums, err := quorate.ParseQuorums(cluster, "count:3,1")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		o    protocols.Options
		want string
	}{
		{"paxos", protocols.Options{}, ``},
		{"paxos", protocols.Options{Quorums: quorums, Thrifty: true, Lead: 2}, `"quorums":"count:3,1","leader_zone":2,"thrifty":true`},
		{"paxos", protocols.Options{Window: 3, Batch: 4, Lease: time.Second, ClockError: 0.02}, `"options":{"window":3,"batch":4,"lease":"1s","clock_error":0.02}`},
		{"wpaxos", protocols.Options{Policy: "average:0.5,0.1"}, `"options":{"policy":"average:0.5,0.1"}`},
		{"epaxos", protocols.Options{Requests: quorate.RequestsConfig{MaxKey: 9, MaxValue: 10, MaxPending: 7, MaxTimeout: time.Minute, Retry: time.Second, MaxHops: 2, ClockSkew: time.Second}},
			`"max_key":9,"max_value":10,"options":{"requests":{"clock_skew":"1s","max_hops":2,"max_pending":7,"max_timeout":"1m0s","retry":"1s"}}`},
		{"trex", protocols.Options{Lease: time.Second, Lead: 1}, `"leader_zone":1,"options":{"lease":"1s"}`},
	} {
		file := grid()
		if err := tc.o.Into(file, tc.name); err != nil {
			t.Errorf("%s: %+v: %v", tc.name, tc.o, err)
			continue
		}
		text, err := file.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		rest := strings.Replace(string(text), `,"address":{"1.1":"a:1","2.1":"a:2","3.1":"a:3"}`, "", 1)
		if got := strings.Trim(strings.TrimPrefix(rest, `{"protocol":"`+tc.name+`"`), ",}"); got != strings.Trim(tc.want, ",}") {
			t.Errorf("%s: %+v: %s, want %s", tc.name, tc.o, got, tc.want)
		}
	}
	for name, o := range map[string]protocols.Options{
		"paxos": {Policy: "null"}, "wpaxos": {Lease: time.Second}, "epaxos": {Lease: time.Second}, "trex": {Thrifty: true}, "primary": {Thrifty: true}, "raft": {},
	} {
		if err := o.Into(grid(), name); err == nil {
			t.Errorf("%s takes %+v", name, o)
		}
	}
	if err := (protocols.Options{Requests: quorate.RequestsConfig{MaxValue: -1}}).Into(grid(), "paxos"); err == nil {
		t.Error("values of -1 bytes")
	}
}
