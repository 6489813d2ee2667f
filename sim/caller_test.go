package sim

import (
	"regexp"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// calls is what the clients of a world do, by the trace.
type calls struct {
	command *regexp.Regexp          // finds the session and the number of one
	asked   map[string]map[int]bool // command -> the members that were asked
	told    map[string]int          // outcome -> how often
	sent    int                     // requests and replies
	lost    int                     // of them
	last    map[int]string          // client -> its session
	unsure  map[int]bool            // whether its last outcome is not known
	renewed int                     // sessions that began after such an outcome
	went    int                     // sessions that went on after one
}

func newCalls() *calls {
	return &calls{command: regexp.MustCompile(`\((\w+):(\d+)\)`), asked: map[string]map[int]bool{},
		told: map[string]int{}, last: map[int]string{}, unsure: map[int]bool{}}
}

func (c *calls) watch(e TraceEvent) {
	if e.Kind == TraceSend && (e.Client || e.Peer < 0) {
		c.sent++
	}
	switch {
	case e.Kind == TraceSend && e.Client:
		found := c.command.FindStringSubmatch(e.Text)
		c.ask(e.Node, e.Peer, found[0], found[1])
	case e.Kind == TraceReturn:
		c.told[e.Name]++
		c.unsure[e.Node] = e.Name == quorate.Unknown.String()
	case e.Kind == TraceDrop && (e.Client || e.Peer < 0) && e.Text == "loss":
		c.lost++
	}
}

func (c *calls) ask(client, member int, command, session string) {
	if c.asked[command] == nil {
		c.asked[command] = map[int]bool{}
	}
	c.asked[command][member] = true
	if c.unsure[client] {
		c.unsure[client] = false
		if c.last[client] == session {
			c.went++
		} else {
			c.renewed++
		}
	}
	c.last[client] = session
}

// TestClientsAskAgain: a command that nobody answers goes to another member under
// the same number, until the client gives it up, with its session.
func TestClientsAskAgain(t *testing.T) {
	spec := toySpec()
	spec.Clients.Timeout = 60 * ms
	spec.Faults = []nemesis.Fault{{Kind: nemesis.Pause, At: 100 * ms, For: 300 * ms, Nodes: []int{0}}}
	spec.Clients.Ops, spec.Clients.Think = 60, 10*ms
	c := newCalls()
	out := runToy(t, "", spec, Options{Trace: c.watch})
	if out.Violation != nil {
		t.Fatal(out.Violation)
	}
	several := 0
	for _, members := range c.asked {
		if len(members) > 1 {
			several++
		}
	}
	if several == 0 || c.renewed == 0 || c.went > 0 || c.told["done"] == 0 || out.Stats.Unsure != c.told["unknown"] {
		t.Errorf("%d commands went to several members, %d sessions were renewed and %d went on, clients were told %v", several, c.renewed, c.went, c.told)
	}
}

// TestConnectionsOfClients: to a member that is down some requests cannot be sent
// and others are lost, and some clients notice that it went down.
func TestConnectionsOfClients(t *testing.T) {
	spec := toySpec()
	spec.Clients.Count, spec.Clients.Ops, spec.Clients.Think, spec.Clients.Pinned = 24, 10_000, 5*ms, 24
	spec.Clients.Timeout = time.Minute
	spec.Faults = []nemesis.Fault{{Kind: nemesis.Crash, At: 50 * ms, Nodes: []int{1}}}
	subject := toySubject("")
	lost := 0
	w, err := newWorld(&subject, &spec, Options{Trace: func(e TraceEvent) {
		if e.Kind == TraceDrop && e.Text == "down" && e.Peer < 0 {
			lost++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range spec.Clients.Count {
		c, err := newCaller(w, i)
		if err != nil {
			t.Fatal(err)
		}
		w.callers = append(w.callers, c)
	}
	begin(w)
	pass(w, 400*ms)
	var unsent, noticed uint64
	for _, c := range w.callers {
		s := c.session.Stats()
		unsent, noticed = unsent+s.Unsent, noticed+s.Lost
		if (s.Unsent > 0 || s.Lost > 0) && c.index%3 != 1 {
			t.Errorf("client %d is pinned to member %d, and noticed that member 1 is down", c.index, c.index%3)
		}
	}
	if lost == 0 || unsent == 0 || noticed == 0 {
		t.Errorf("%d requests were lost, %d could not be sent, %d connections broke: want some of each", lost, unsent, noticed)
	}
}

// TestLostRequestsAndReplies: a share of both, until the faults are over.
func TestLostRequestsAndReplies(t *testing.T) {
	spec := toySpec()
	spec.Network.Lost, spec.Safety = 0.3, 10*time.Second
	spec.Clients.Ops = 1000
	c := newCalls()
	out := runToy(t, "", spec, Options{Trace: func(e TraceEvent) {
		if e.At < spec.Safety {
			c.watch(e)
		}
	}})
	if share := float64(c.lost) / float64(c.sent); out.Violation != nil || share < 0.25 || share > 0.35 {
		t.Errorf("%d of %d requests and replies were lost, %v", c.lost, c.sent, out.Violation)
	}
	spec.Network.Lost, spec.Safety = 1, 100*ms
	if out := runToy(t, "", spec, Options{}); out.Violation != nil || out.Stats.Ops == 0 {
		t.Errorf("what is always lost gets through when the faults are over, but %+v", out)
	}
}

// TestConnectionsEndWithTheirMember: a request does not reach a later life.
func TestConnectionsEndWithTheirMember(t *testing.T) {
	for _, old := range []bool{true, false} {
		d := newDesk(t, nil)
		h := d.hosts[1]
		life := h.life
		if old {
			h.crash(nemesis.Nothing)
			h.up()
		}
		d.request(flight{from: quorate.Route(1), to: h.id, msg: quorate.Request{}}, h, life)
		if arrived := d.violation != nil; arrived == old { // which no diary takes
			t.Errorf("restarted %v: the request arrived: %v", old, arrived)
		}
	}
}
