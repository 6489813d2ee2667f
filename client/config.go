package client

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// Config says which cluster a client talks to and how patient it is. All but
// Nodes may be left zero.
type Config struct {
	// Nodes are the replicas to ask, the nearest first. Hints to other
	// replicas are not followed: if there is one node, and it says that another one
	// leads, the call has failed.
	Nodes []quorate.ID
	// Zone is the zone in which the client lies, 0 for none. A session has no use
	// for it; links that know of distances hold back what goes far, see
	// transport.Distances.
	Zone int
	// Nearest makes every call start at the nearest node instead of the last
	// known leader: for protocols that have no single leader.
	Nearest bool
	// Session is the session's number. Zero draws 64 random bits. Never give
	// one number to two sessions: the second one's commands would be taken for
	// retries of the first one's.
	Session quorate.Client
	// Seed seeds the jitter. Zero derives it from the session's number.
	Seed uint64
	// Read is the guarantee that [Client.Get] asks for. Zero is ReadLog.
	Read quorate.ReadMode
	// Timeout ends a call that brings no deadline of its own. Zero is 5 s. It
	// should stay well below the horizon of the cluster's outcome tables
	// (quorate.OnceConfig): a retry beyond it is refused as expired.
	Timeout time.Duration
	// AttemptTimeout is how long the first attempt of a call waits for its
	// answer before another node is asked. It doubles with each attempt that
	// goes unanswered, up to eightfold. Zero is 500 ms.
	AttemptTimeout time.Duration
	// MaxAttempts ends a call that made so many attempts, refused ones included,
	// and is not done. Zero is no bound but the call's time.
	MaxAttempts int
	// Raw ends a call as soon as it is not known what became of an attempt: the
	// replica lost the lead, the attempt's time ran out, or the connection broke.
	// By default the call goes on under the same number, which is safe. What
	// was certainly not executed is sent elsewhere in either case.
	Raw bool
	// BackoffMin and BackoffMax bound the pause after a refusal that only time
	// can cure. It starts at BackoffMin, doubles, and is shortened at random by
	// up to a half. Zero is 5 ms and 200 ms.
	BackoffMin, BackoffMax time.Duration
	// Farewell is how much earlier than its client a replica gives a request up, so
	// that its reason still arrives; never more than a quarter of the time that is
	// left. For [New] zero is 150 ms; a [Session] has none unless it is given.
	Farewell time.Duration
	// Return is how long the session avoids its nearest node after that failed
	// it. Zero is 10 s.
	Return time.Duration
	// Busy tells which errors of [Link.Send] say that the way to a node is full
	// just now: the call then pauses instead of going elsewhere, as if the node
	// had refused it as overloaded. Nil is none. A [Session] does not use it.
	Busy func(error) bool
	// Clock returns the time since the Unix epoch; it must not run backwards.
	// Nil is the wall clock at New plus the monotonic clock since. A [Session]
	// does not use it.
	Clock func() time.Duration
}

func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, 5*time.Second)
	c.AttemptTimeout = cmp.Or(c.AttemptTimeout, 500*time.Millisecond)
	c.BackoffMin = cmp.Or(c.BackoffMin, 5*time.Millisecond)
	c.BackoffMax = cmp.Or(c.BackoffMax, max(200*time.Millisecond, c.BackoffMin))
	c.Return = cmp.Or(c.Return, 10*time.Second)
	c.Nodes = slices.Clone(c.Nodes)
	return c
}

// Validate reports what makes the configuration impossible.
func (c Config) Validate() error {
	if len(c.Nodes) == 0 {
		return fmt.Errorf("client config: Nodes is empty: name at least one replica")
	}
	for i, id := range c.Nodes {
		if id == quorate.Others || id.Zone() == 0 || id.Node() == 0 {
			return fmt.Errorf("client config: Nodes[%d] is %v, which is not a replica", i, id)
		}
		if slices.Contains(c.Nodes[:i], id) {
			return fmt.Errorf("client config: Nodes lists %v twice", id)
		}
	}
	if !c.Read.Valid() {
		return fmt.Errorf("client config: Read is %v: want one of %v", c.Read, quorate.ReadModes())
	}
	if c.Zone < 0 {
		return fmt.Errorf("client config: Zone is %d: want zero for none, or more", c.Zone)
	}
	if c.MaxAttempts < 0 {
		return fmt.Errorf("client config: MaxAttempts is %d: want zero for no bound, or more", c.MaxAttempts)
	}
	d := c.withDefaults()
	for _, v := range []struct {
		name  string
		value time.Duration
	}{
		{"Timeout", d.Timeout}, {"AttemptTimeout", d.AttemptTimeout},
		{"BackoffMin", d.BackoffMin}, {"BackoffMax", d.BackoffMax}, {"Return", d.Return}, {"Farewell", d.Farewell},
	} {
		if v.value < 0 {
			return fmt.Errorf("client config: %s is %v: want zero for the default, or more", v.name, v.value)
		}
	}
	if d.BackoffMax < d.BackoffMin {
		return fmt.Errorf("client config: BackoffMax %v lies below BackoffMin %v", d.BackoffMax, d.BackoffMin)
	}
	return nil
}
