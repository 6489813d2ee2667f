package protocols

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos"
)

// Timers fit the longest round trip, and are the usual ones where all are near.
func TestTimersFitTheTrip(t *testing.T) {
	for trip, want := range map[time.Duration]timers{
		time.Millisecond:       {50 * time.Millisecond, 200 * time.Millisecond, 100 * time.Millisecond},
		400 * time.Millisecond: {100 * time.Millisecond, 1200 * time.Millisecond, 800 * time.Millisecond},
	} {
		if got := timersOver(trip); got != want {
			t.Errorf("over %v: %+v, want %+v", trip, got, want)
		}
	}
	for trip, want := range map[time.Duration]wpaxos.Config{
		time.Millisecond:       {},
		400 * time.Millisecond: {Suspect: 1200 * time.Millisecond, Patience: 1600 * time.Millisecond, GiveUp: 4 * time.Second, Retransmit: 800 * time.Millisecond, Backoff: 200 * time.Millisecond},
	} {
		var got wpaxos.Config
		if fitWPaxos(&got, trip); got.Suspect != want.Suspect || got.Patience != want.Patience || got.GiveUp != want.GiveUp || got.Retransmit != want.Retransmit || got.Backoff != want.Backoff {
			t.Errorf("wpaxos over %v: %+v, want %+v", trip, got, want)
		}
	}
	set := wpaxos.Config{Suspect: time.Minute}
	if fitWPaxos(&set, time.Second); set.Suspect != time.Minute {
		t.Errorf("what is set became %v", set.Suspect)
	}
}

// So do those of members that are processes, unless their file sets them.
func TestFilesOverDistances(t *testing.T) {
	file := func(wan, protocol string) *quorate.Config {
		return &quorate.Config{Protocol: protocol, WAN: wan, Addresses: map[quorate.ID]string{1<<16 | 1: "a:1", 2<<16 | 1: "a:2", 3<<16 | 1: "a:3"}}
	}
	for wan, want := range map[string]time.Duration{"": 0, "metro": 2 * time.Millisecond, "aws3": 128 * time.Millisecond} {
		if got, err := fileTrip(file(wan, "paxos")); got != want || err != nil {
			t.Errorf("over %q: %v, %v, want %v", wan, got, err, want)
		}
	}
	for _, name := range Names() {
		if _, err := FromFile("", file("aws3", name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := FromFile("", file("mars", name)); err == nil || !strings.Contains(err.Error(), "want one of aws3") {
			t.Errorf("%s over mars: %v", name, err)
		}
	}
	for trip, want := range map[time.Duration][2]time.Duration{
		0: {}, 10 * time.Millisecond: {}, 128 * time.Millisecond: {384 * time.Millisecond, 256 * time.Millisecond},
	} {
		var election, retransmit time.Duration
		if fit(&election, &retransmit, trip); election != want[0] || retransmit != want[1] {
			t.Errorf("over %v: elections after %v, sent again after %v, want %v", trip, election, retransmit, want)
		}
	}
}

// Whoever is not in the zone that shall lead stands later, and with leases beats as
// often as others.
func TestStanding(t *testing.T) {
	for _, test := range []struct {
		opts Options
		want []timers
	}{
		{Options{}, []timers{{}}},
		{Options{Trip: 400 * time.Millisecond}, []timers{timersOver(400 * time.Millisecond)}},
		{Options{Lead: 2}, []timers{timersOver(0), {200 * time.Millisecond, 400 * time.Millisecond, 100 * time.Millisecond}}},
		{Options{Lead: 2, Lease: time.Second}, []timers{timersOver(0), {50 * time.Millisecond, 400 * time.Millisecond, 100 * time.Millisecond}}},
	} {
		var got []timers
		build, err := test.opts.standing(func(tm timers) (quorate.Constructor, error) {
			got = append(got, tm)
			return func(*quorate.Node, *quorate.Once) (quorate.Replica, error) { return nil, nil }, nil
		})
		if err != nil || build == nil || len(got) != len(test.want) {
			t.Errorf("%+v: %v, timers %v, want %v", test.opts, err, got, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%+v: timers %+v, want %+v", test.opts, got[i], test.want[i])
			}
		}
	}
	for _, name := range Names() {
		if _, err := New(name, Options{Trip: time.Second, Lead: 1}); err != nil {
			t.Errorf("%s over a second: %v", name, err)
		}
	}
	_, err := New("paxos", Options{Trip: time.Second, Lead: 1, Lease: 100 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "heartbeat 250ms") {
		t.Errorf("a lease that is shorter than a round trip: %v", err)
	}
}

// So do members that are processes, by their file.
func TestFileStanding(t *testing.T) {
	near := timers{100 * time.Millisecond, 300 * time.Millisecond, 0}
	for _, test := range []struct {
		zone  int
		lease time.Duration
		want  []timers
	}{
		{0, 0, []timers{near}},
		{2, 0, []timers{near, {300 * time.Millisecond, 600 * time.Millisecond, 0}}},
		{2, time.Second, []timers{near, {100 * time.Millisecond, 600 * time.Millisecond, 0}}},
	} {
		var got []timers
		asked := timers{}
		build := fileStanding(&quorate.Config{LeaderZone: test.zone}, near, test.lease, func(tm timers) quorate.Constructor {
			got = append(got, tm)
			return func(*quorate.Node, *quorate.Once) (quorate.Replica, error) { asked = tm; return nil, nil }
		})
		if !slices.Equal(got, test.want) {
			t.Errorf("zone %d, lease %v: timers %v, want %v", test.zone, test.lease, got, test.want)
		}
		for zone := 1; zone <= 2; zone++ {
			cluster, err := quorate.Grid(2, 1)
			if err != nil {
				t.Fatal(err)
			}
			n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(zone - 1), Cluster: cluster})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := build(n, nil); err != nil {
				t.Fatal(err)
			}
			if far := asked != near; far != (test.zone != 0 && zone != test.zone) {
				t.Errorf("zone %d to lead, lease %v: a member of zone %d waits like %v", test.zone, test.lease, zone, asked)
			}
		}
	}
	for _, name := range Names() {
		file := &quorate.Config{Protocol: name, WAN: "aws3", LeaderZone: 2, Addresses: map[quorate.ID]string{1<<16 | 1: "a:1", 2<<16 | 1: "a:2", 3<<16 | 1: "a:3"}}
		s, err := FromFile("", file)
		if err != nil {
			t.Fatal(err)
		}
		cluster, err := file.Cluster()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range cluster.IDs() {
			n, err := quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.New(n, quorate.NewOnce(quorate.NewKV(file.KV()), file.Once())); err != nil {
				t.Errorf("%s at %v: %v", name, id, err)
			}
		}
	}
}
