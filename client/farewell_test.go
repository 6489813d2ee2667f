package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// A replica gives up a little before its client does, so that what it knows arrives.
func TestReasonArrivesInTime(t *testing.T) {
	r := newRig(t, client.Config{Farewell: 150 * time.Millisecond, AttemptTimeout: time.Minute})
	c := r.put(2 * time.Second)
	if got := r.last().Request.Timeout; got != 1850*time.Millisecond {
		t.Errorf("a replica is given %v of 2s", got)
	}
	r.now += 1900 * time.Millisecond
	r.answer(quorate.Reply{Status: quorate.Unknown, Reason: quorate.ReasonNoQuorum, Value: []byte("nothing of 1.2")})
	for len(r.ended) == 0 {
		r.wait()
	}
	if r.now != 1000*time.Hour+2*time.Second || c.Outcome.Status != quorate.Unknown || c.Outcome.Reason != quorate.ReasonNoQuorum || c.Outcome.Words != "nothing of 1.2" {
		t.Errorf("after %v: %+v", r.now-1000*time.Hour, c.Outcome)
	}
	r.put(200 * time.Millisecond)
	if got := r.last().Request.Timeout; got != 150*time.Millisecond {
		t.Errorf("a replica is given %v of 200ms", got)
	}
	r = newRig(t, client.Config{})
	r.put(2 * time.Second)
	if got := r.last().Request.Timeout; got != 2*time.Second {
		t.Errorf("without a farewell a replica is given %v of 2s", got)
	}
}

// What is known not to be executed is not asked for again when there is no time for an
// answer: that would make it unknown. What is unknown is asked for until the end.
func TestLateAttempts(t *testing.T) {
	for _, tc := range []struct {
		status quorate.Status
		late   int
	}{
		{quorate.NotExecuted, 0},
		{quorate.Unknown, 1},
	} {
		r := newRig(t, client.Config{Farewell: 150 * time.Millisecond, AttemptTimeout: time.Minute})
		c := r.put(2 * time.Second)
		for range 2 { // the second one with 299 ms left
			r.now += 850 * time.Millisecond
			before := len(r.sends)
			r.answer(quorate.Reply{Status: tc.status, Reason: quorate.ReasonNoQuorum})
			if r.wait(); r.now < 1000*time.Hour+1700*time.Millisecond && len(r.sends) != before+1 {
				t.Fatalf("%v: no attempt with %v left", tc.status, 1000*time.Hour+2*time.Second-r.now)
			}
		}
		if late := len(r.sends) - 2; late != tc.late {
			t.Errorf("%v: %d late attempts, want %d", tc.status, late, tc.late)
		}
		for len(r.ended) == 0 {
			r.wait()
		}
		if c.Outcome.Status != tc.status || c.Outcome.End != client.EndDeadline {
			t.Errorf("%v: %+v", tc.status, c.Outcome)
		}
	}
}

// A Client has a farewell, and its error says what the replica knew.
func TestClientsHearTheReason(t *testing.T) {
	c, _ := newClient(t, client.Config{Timeout: 200 * time.Millisecond}, func(l *fakeLink, to quorate.ID, r quorate.Request) error {
		if r.Timeout > 150*time.Millisecond {
			t.Errorf("a replica is given %v of 200ms", r.Timeout)
		}
		l.answer(to, r, quorate.Reply{Status: quorate.Unknown, Reason: quorate.ReasonNoQuorum, Value: []byte("nothing of 1.2")})
		return nil
	})
	_, err := c.Put(t.Context(), "k", nil)
	if !errors.Is(err, client.ErrTimeout) || !errors.Is(err, client.ErrUnknown) || !strings.Contains(err.Error(), "no quorum: nothing of 1.2") {
		t.Errorf("%v", err)
	}
}
