package protocols

import (
	"testing"
	"time"
)

func TestCalm(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct{ heartbeat, election, wantHeartbeat, wantElection time.Duration }{
		{0, 0, 100 * ms, 300 * ms},
		{20 * ms, 0, 20 * ms, 300 * ms},
		{time.Second, 0, time.Second, 3 * time.Second},
		{0, 90 * ms, 30 * ms, 90 * ms},
		{0, time.Second, 100 * ms, time.Second},
		{7 * ms, 8 * ms, 7 * ms, 8 * ms}, // for the protocol to refuse
		{-1, 0, -1, 300 * ms},
	} {
		if h, e := calm(tc.heartbeat, tc.election); h != tc.wantHeartbeat || e != tc.wantElection {
			t.Errorf("calm(%v, %v) = %v, %v, want %v, %v", tc.heartbeat, tc.election, h, e, tc.wantHeartbeat, tc.wantElection)
		}
	}
}
