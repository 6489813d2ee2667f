package sim

import (
	"math"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

const ms = time.Millisecond

func testNetwork(t *testing.T, model Network, zones, nodes int) *network {
	t.Helper()
	net, err := newNetwork(model, testCluster(t, zones, nodes), 42)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func testCluster(t *testing.T, zones, nodes int) *quorate.Cluster {
	t.Helper()
	c, err := quorate.Grid(zones, nodes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLatencyIsWithinBounds(t *testing.T) {
	net := testNetwork(t, Network{Base: 5 * ms, Jitter: 2 * ms}, 1, 3)
	least, most := time.Hour, time.Duration(0)
	draw := func() {
		least, most = time.Hour, 0
		for range 20000 {
			first, second := net.route(0, 1)
			if second >= 0 {
				t.Fatal("a message was duplicated")
			}
			least, most = min(least, first), max(most, first)
		}
	}
	near := func(got, want time.Duration) bool { return got >= want-ms/10 && got <= want+ms/10 }
	if draw(); !near(least, 5*ms) || !near(most, 7*ms) || most >= 7*ms {
		t.Errorf("messages take %v to %v, want 5ms to 7ms", least, most)
	}
	net.delay[1] = 10 * ms
	if draw(); least < 5*ms || !near(most, 17*ms) {
		t.Errorf("with a delay at the receiver they take %v to %v, want 5ms to 17ms", least, most)
	}
	net.delay[1] = 0
	net.model.Tail = 0.1
	if draw(); least < 5*ms || most < 20*ms || most >= 27*ms {
		t.Errorf("with a tail they take %v to %v, want 5ms to 27ms", least, most)
	}
}

// rates returns the shares of messages that are lost and that come twice.
func rates(net *network, from, to int) (lost, twice float64) {
	const n = 20000
	for range n {
		switch first, second := net.route(from, to); {
		case first < 0:
			lost++
		case second >= 0:
			twice++
		}
	}
	return lost / n, twice / n
}

func TestLossAndDuplication(t *testing.T) {
	net := testNetwork(t, Network{Base: ms, Jitter: ms, Loss: 0.1, Duplicate: 0.2}, 1, 3)
	near := func(got, want float64) bool { return math.Abs(got-want) < 0.01 }
	if lost, twice := rates(net, 0, 1); !near(lost, 0.1) || !near(twice, 0.9*0.2) {
		t.Errorf("%v are lost and %v come twice, want 0.1 and 0.18", lost, twice)
	}
	net.loss[0], net.loss[1], net.duplicate[2] = 0.2, 0.3, 0.3
	for _, test := range []struct {
		from, to    int
		lost, twice float64
	}{{0, 1, 0.6, 0.4 * 0.2}, {1, 0, 0.6, 0.4 * 0.2}, {0, 2, 0.3, 0.7 * 0.5}, {2, 1, 0.4, 0.6 * 0.5}} {
		if lost, twice := rates(net, test.from, test.to); !near(lost, test.lost) || !near(twice, test.twice) {
			t.Errorf("from %d to %d %v are lost and %v come twice, want %v and %v", test.from, test.to, lost, twice, test.lost, test.twice)
		}
	}
}

// TestCopiesComeLate: some soon after, some when everybody has forgotten.
func TestCopiesComeLate(t *testing.T) {
	net := testNetwork(t, Network{Base: ms, Duplicate: 1}, 1, 2)
	late := 0
	for range 1000 {
		first, second := net.route(0, 1)
		if second < first {
			t.Fatalf("a copy comes after %v, the message after %v", second, first)
		}
		if second > 11*ms {
			late++
		}
	}
	if late < 50 || late > 150 {
		t.Errorf("%d of 1000 copies come much later, want a tenth", late)
	}
}

// TestLuckOfLinks: what happens to the messages of one link does not depend on
// what the others carry.
func TestLuckOfLinks(t *testing.T) {
	model := Network{Base: ms, Jitter: ms, Tail: 0.1, Loss: 0.1, Duplicate: 0.1}
	quiet, busy := testNetwork(t, model, 1, 3), testNetwork(t, model, 1, 3)
	differ := false
	for range 1000 {
		busy.route(1, 0)
		other, _ := busy.route(0, 2)
		a1, a2 := quiet.route(0, 1)
		b1, b2 := busy.route(0, 1)
		if a1 != b1 || a2 != b2 {
			t.Fatalf("a message takes %v, %v, or %v, %v if others are sent", a1, a2, b1, b2)
		}
		differ = differ || other != a1
	}
	if !differ {
		t.Error("all links share their luck")
	}
}

func TestWideArea(t *testing.T) {
	net := testNetwork(t, Network{WAN: "paxi", Base: ms}, 3, 2)
	if d, _ := net.route(0, 1); d != ms {
		t.Errorf("within a zone messages take %v, want 1ms", d)
	}
	if d, _ := net.route(0, 2); d < 5*ms {
		t.Errorf("between zones messages take %v", d)
	}
	if _, err := newNetwork(Network{WAN: "nowhere"}, testCluster(t, 3, 2), 1); err == nil {
		t.Error("there is a wide-area network called nowhere")
	}
}

func TestFlightsUsePlacesAgain(t *testing.T) {
	var f flights
	first, second := f.add(flight{msg: "a"}), f.add(flight{msg: "b"})
	if a, b := f.all[first].id, f.all[second].id; a == b || a == 0 {
		t.Errorf("messages %d and %d", a, b)
	}
	if got := f.take(first); got.msg != "a" || f.all[first].msg != nil {
		t.Errorf("took %v, left %v", got.msg, f.all[first].msg)
	}
	if third := f.add(flight{msg: "c"}); third != first || f.all[third].id != 3 || f.nextID() != 4 {
		t.Errorf("the third message has place %d and number %d", third, f.all[third].id)
	}
}
