package sim

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// loadSpec is a world of two regions that are 11 ms apart and back, in which
// nothing but the network takes time.
func loadSpec() Spec {
	return Spec{
		Seed: 1, Protocol: "toy", Zones: 2, Nodes: 2,
		Network: Network{WAN: "aws5", Base: time.Millisecond, Client: 100 * time.Microsecond},
		Clients: Clients{Count: 4, Timeout: 5 * time.Second, Attempt: time.Second},
		Safety:  2 * time.Second, Liveness: 10 * time.Second,
	}
}

func put(int, time.Duration) client.Op {
	return client.Op{Kind: quorate.OpPut, Key: "k0", Value: []byte("v")}
}

func TestLoad(t *testing.T) {
	const from = time.Second
	var took [4][]time.Duration
	last := time.Duration(0)
	load := Load{
		From: from, Next: put,
		Ended: func(i int, called, returned time.Duration, out *client.Outcome) {
			if out.Status != quorate.Done || called < from || returned < last {
				t.Errorf("client %d called at %v, returned at %v: %v", i, called, returned, out.Status)
			}
			last = returned
			took[i] = append(took[i], returned-called)
		},
	}
	out, err := Measure(context.Background(), toySubject(""), loadSpec(), load, Options{})
	if err != nil || out.Violation != nil {
		t.Fatal(err, out)
	}
	// The first member orders commands. Clients 0 and 2 are in its zone, but 2 is
	// attached to the other member there; 1 and 3 are in the other zone.
	for i, want := range []time.Duration{200 * time.Microsecond, 11200 * time.Microsecond, 2200 * time.Microsecond, 11200 * time.Microsecond} {
		if len(took[i]) == 0 || slices.Min(took[i]) != want || slices.Max(took[i]) != want {
			t.Errorf("client %d: %d calls took %v to %v, want %v", i, len(took[i]), slices.Min(took[i]), slices.Max(took[i]), want)
		}
		if loops := int(time.Second / want); len(took[i]) < loops*8/10 || len(took[i]) > loops {
			t.Errorf("client %d: %d calls in closed loops, want about %d", i, len(took[i]), loops)
		}
	}
}

func TestLoadIsDeterministic(t *testing.T) {
	var hashes [2]uint64
	for i := range hashes {
		out, err := Measure(context.Background(), toySubject(""), loadSpec(), Load{Next: put, Ended: func(int, time.Duration, time.Duration, *client.Outcome) {}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		hashes[i] = out.Hash
	}
	if hashes[0] != hashes[1] {
		t.Errorf("one seed, two worlds: %x, %x", hashes[0], hashes[1])
	}
}

func TestLoadMustBeWhole(t *testing.T) {
	ended := func(int, time.Duration, time.Duration, *client.Outcome) {}
	for _, load := range []Load{{Next: put}, {Ended: ended}, {Next: put, Ended: ended, From: -1}, {Next: put, Ended: ended, From: time.Hour}} {
		if _, err := Measure(context.Background(), toySubject(""), loadSpec(), load, Options{}); err == nil {
			t.Errorf("%+v was measured", load)
		}
	}
}
