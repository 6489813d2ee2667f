package quorate

import (
	"errors"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	n := newFront(t, RequestsConfig{}).Node
	n.Agree("quorums", "majority")
	n.Agree("protocol", "paxos")
	n.Agree("quorums", "majority")
	if got, want := n.Settings(), "protocol: paxos\nquorums: majority\n"; got != want {
		t.Errorf("settings %q, want %q", got, want)
	}
	n.Agree("quorums", "all")
	err := n.Start(0, nil)
	if err == nil || !strings.Contains(err.Error(), "majority") || !strings.Contains(err.Error(), "all") {
		t.Errorf("two values for one setting: %v", err)
	}
}

// Handlers need not ask who speaks: a stranger does not reach them, and a
// client reaches only the handler of requests.
func TestReceiveRefusesStrangers(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	stranger, err := NewID(9, 9)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		from ID
		m    any
		ok   bool
	}{
		{Route(4), put(1), true},
		{f.Cluster().ID(1), put(2), true},
		{f.Cluster().ID(1), Reply{}, true},
		{Route(4), Reply{}, false},
		{stranger, put(3), false},
		{stranger, Reply{}, false},
		{0, Reply{}, false},
		{Others, Reply{}, false},
	} {
		if err := f.Receive(f.Now(), test.from, test.m); test.ok != (err == nil) || !test.ok && !errors.Is(err, ErrStranger) {
			t.Errorf("%T from %v: %v", test.m, test.from, err)
		}
	}
	if f.requests.Len() != 2 {
		t.Errorf("%d requests admitted", f.requests.Len())
	}
}
