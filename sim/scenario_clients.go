package sim

import (
	"cmp"
	"math/rand/v2"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// Client is a client of a scenario. It makes one call at a time, in one session
// until the end.
type Client struct {
	s      *Scenario
	caller *caller
	call   *Call // under way, or the last one
}

func (c *Client) party() int { return -(c.caller.index + 1) }

// Client returns a new client, which asks the first of the given members, and
// the next one where it gets no answer. Client 0 names its commands
// c:1, c:2, and so on, client 1 d:1. Clients are beside the member that they ask,
// so nothing delays or loses their requests and replies but rules.
func (s *Scenario) Client(nodes ...Member) *Client {
	s.t.Helper()
	w := s.w
	c := &caller{w: w, index: len(w.callers), rng: rand.New(unaware), known: map[string]uint64{}, open: -1, wakeAt: never}
	cfg := client.Config{Timeout: w.spec.Clients.Timeout, AttemptTimeout: w.spec.Clients.Attempt, Nearest: true}
	for _, m := range nodes {
		cfg.Nodes = append(cfg.Nodes, w.hosts[m].id)
	}
	var err error
	if c.session, err = client.NewSession(quorate.Client(c.index+0xc), cfg, c.rng); err != nil {
		s.fatal("a client of nobody: %v", err)
	}
	c.renew()
	c.script = &Client{s: s, caller: c}
	w.callers = append(w.callers, c)
	return c.script
}

// renew gives the client a new number in the history.
func (c *caller) renew() {
	c.process = c.w.history.processes
	c.w.history.processes++
}

// Call is a call of a [Client].
type Call struct {
	c     *Client
	op    client.Op
	out   client.Outcome
	ended bool
}

// Put begins to write a value.
func (c *Client) Put(key, value string) *Call {
	c.s.t.Helper()
	return c.begin(client.Op{Kind: quorate.OpPut, Key: key, Value: []byte(value)})
}

// PutIf begins to write a value if the key is at a version, 0 for absent.
func (c *Client) PutIf(key, value string, version uint64) *Call {
	c.s.t.Helper()
	return c.begin(client.Op{Kind: quorate.OpPutIf, Key: key, Value: []byte(value), Version: version})
}

// Get begins to read through the log.
func (c *Client) Get(key string) *Call {
	c.s.t.Helper()
	return c.begin(client.Op{Kind: quorate.OpGet, Key: key})
}

// Read begins to read in another way.
func (c *Client) Read(key string, mode quorate.ReadMode) *Call {
	c.s.t.Helper()
	return c.begin(client.Op{Kind: quorate.OpGet, Key: key, Read: mode})
}

func (c *Client) begin(op client.Op) *Call {
	c.s.t.Helper()
	if c.caller.open >= 0 {
		c.s.fatal("%s calls while another call of it is under way", c.s.name(c.party()))
	}
	c.call = &Call{c: c, op: op}
	x := c.call
	c.s.do(func() { c.caller.start(op) })
	return x
}

// returned takes the outcome of the call under way.
func (c *Client) returned(out *client.Outcome) {
	c.call.ended, c.call.out = true, *out
	if out.Status == quorate.Unknown {
		c.caller.renew()
	}
}

// Ended reports whether the call has ended, one way or the other.
func (x *Call) Ended() bool { return x.ended }

// Done reports whether the client was told that the command is done.
func (x *Call) Done() bool { return x.ended && x.out.Status == quorate.Done }

// Wait lets things happen until the command is done.
func (x *Call) Wait() *Call {
	s := x.c.s
	s.t.Helper()
	if s.until(scenePatience, x.Done) {
		return x
	}
	s.do(func() { s.w.fail("liveness", -1, "%s; %s", x.c.caller.describe(), s.describe()) })
	return x
}

// Outcome returns how the call ended; the zero value if it has not.
func (x *Call) Outcome() client.Outcome { return x.out }

// Value returns what a read found, "-" for nothing.
func (x *Call) Value() string {
	if !x.Done() {
		return "?"
	}
	return cmp.Or(string(x.out.Result.Value), "-")
}

// Retry gives up waiting for the member that was asked, and asks the next one,
// as if the connection were lost.
func (x *Call) Retry() *Call {
	s, c := x.c.s, x.c.caller
	s.t.Helper()
	if x.ended {
		s.fatal("the call of %s has ended: there is nothing to retry", s.name(x.c.party()))
	}
	s.do(func() {
		c.session.Lost(epoch+s.w.now, c.call.Outcome.Node)
		c.drain()
	})
	return x
}

// Abandon makes the client wait no longer: it does not know what becomes of the
// command.
func (x *Call) Abandon() {
	s, c := x.c.s, x.c.caller
	s.t.Helper()
	s.do(func() {
		c.session.Cancel(&c.call)
		c.drain()
	})
}
