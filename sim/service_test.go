package sim

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// busySpec is a world in one place, where messages take time at the members, too.
func busySpec(clients int, s Service) Spec {
	return Spec{
		Seed: 1, Protocol: "toy", Zones: 1, Nodes: 3,
		Network: Network{Base: ms, Client: 100 * time.Microsecond},
		Step:    Step{Batch: 64, Service: s},
		Clients: Clients{Count: clients, Timeout: 5 * time.Second, Attempt: time.Second},
		Safety:  300 * time.Millisecond, Liveness: 10 * time.Second,
	}
}

// served runs such a world and returns how long the calls of each client took, and how
// many ended in the last tenth of a second of the load.
func served(t *testing.T, spec Spec) (took [][]time.Duration, late int) {
	t.Helper()
	took = make([][]time.Duration, spec.Clients.Count)
	load := Load{Next: put, Ended: func(i int, called, returned time.Duration, out *client.Outcome) {
		if took[i] = append(took[i], returned-called); returned >= 200*ms && returned < 300*ms {
			late++
		}
		if out.Status != quorate.Done {
			t.Errorf("client %d: %v", i, out.Status)
		}
	}}
	out, err := Measure(context.Background(), toySubject(""), spec, load, Options{})
	if err != nil || out.Violation != nil {
		t.Fatal(err, out)
	}
	return took, late
}

const us = time.Microsecond

// The first member takes a request in, tells two others, executes it, and answers.
func TestServiceOfOne(t *testing.T) {
	for _, test := range []struct {
		s    Service
		want time.Duration
	}{
		{Service{}, 200 * us},
		{Service{In: 10 * us}, 210 * us},
		{Service{Out: 10 * us}, 220 * us},
		{Service{Copy: 10 * us}, 210 * us},
		{Service{Command: 10 * us}, 210 * us},
		{Service{In: 10 * us, Out: 3 * us, Copy: 2 * us, Command: 7 * us}, 225 * us},
	} {
		took, _ := served(t, busySpec(1, test.s))
		if slices.Min(took[0]) != test.want || slices.Max(took[0]) != test.want {
			t.Errorf("%+v: %v to %v, want %v", test.s, slices.Min(took[0]), slices.Max(took[0]), test.want)
		}
	}
	// Twice the time for a byte is twice what bytes take.
	one, _ := served(t, busySpec(1, Service{Byte: 100}))
	two, _ := served(t, busySpec(1, Service{Byte: 200}))
	if a, b := one[0][0]-200*us, two[0][0]-200*us; a < 10*us || (b-2*a).Abs() > 20 {
		t.Errorf("bytes take %v and %v", a, b)
	}
}

// A member that is never idle does what one after the other takes: 25 us for each
// command, whichever member its client talks to.
func TestServiceSaturates(t *testing.T) {
	s := Service{In: 10 * us, Out: 3 * us, Copy: 2 * us, Command: 7 * us}
	_, few := served(t, busySpec(30, s))
	_, many := served(t, busySpec(150, s))
	if want := 0.1 / 25e-6; math.Abs(float64(many)/want-1) > 0.02 {
		t.Errorf("%d calls, want %v", many, want)
	}
	if few > many*102/100 {
		t.Errorf("fewer clients get more done: %d and %d", few, many)
	}
	// Without it nothing holds them up.
	if _, free := served(t, busySpec(30, Service{})); free < many*14/10 {
		t.Errorf("%d calls where nothing takes time, %d where it does", free, many)
	}
}

// What a client waits beyond its own 225 us it waits for others: it comes first, or
// after all that came before.
func TestServiceIsAQueue(t *testing.T) {
	spec := busySpec(60, Service{In: 10 * us, Out: 3 * us, Copy: 2 * us, Command: 7 * us})
	took, _ := served(t, spec)
	again, _ := served(t, spec)
	for i := range took {
		if !slices.Equal(took[i], again[i]) {
			t.Fatalf("client %d: %v and %v in the same world", i, took[i], again[i])
		}
		if least := slices.Min(took[i]); i%3 == 0 && least < 225*us {
			t.Errorf("client %d: %v, less than the work takes", i, least)
		}
		if most := slices.Max(took[i]); most > 60*25*us+5*ms {
			t.Errorf("client %d: %v, more than all clients' work takes", i, most)
		}
	}
}

func TestServiceValidates(t *testing.T) {
	for _, s := range []Service{{In: -1}, {Out: time.Hour}, {Copy: -1}, {Command: -1}, {Byte: -1}, {Byte: math.NaN()}, {Byte: math.Inf(1)}} {
		spec := busySpec(1, s)
		if err := spec.Validate(); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}
