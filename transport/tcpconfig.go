package transport

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/quorate/quorate"
)

// TCPConfig tunes a node's TCP link. Only Addresses is required.
type TCPConfig struct {
	// Addresses are the host:port of every member, the node's own included: it
	// listens there.
	Addresses map[quorate.ID]string
	// Listener, if set, is used instead of listening on the node's own address.
	// The link closes it.
	Listener net.Listener
	// Inbox bounds what may wait for the node.
	Inbox InboxConfig
	// PeerQueue and ClientQueue bound the bytes that may wait for one peer or
	// one client. 0 means 8 MiB and 1 MiB.
	PeerQueue, ClientQueue int
	// ClientQueues bounds the bytes that may wait for all clients together, and
	// those that have come of their requests which are not whole yet. 0 means 256 MiB, or ClientQueue if that is more.
	ClientQueues int
	// MaxFrame and MaxRequest bound one encoded message of a peer and of a
	// client, in bytes. All members must agree on MaxFrame; a request must fit
	// it, too, since it may be forwarded. 0 means 4 MiB and 2 MiB, or less for
	// MaxRequest if MaxFrame is less.
	MaxFrame, MaxRequest int
	// MaxClients bounds the client connections. 0 means 1024. When so many are open, one
	// more closes one that never asked for anything, or that asked last ClientQuiet ago
	// or more; 0 means 10 s.
	MaxClients  int
	ClientQuiet time.Duration
	// MaxStrangers bounds the accepted connections that have not greeted yet: one
	// more closes the oldest. 0 means 256.
	MaxStrangers int
	// TLS secures all connections, of peers and of clients; nil is plain text.
	TLS *TLSConfig
	// Timing of connections.
	TCPTiming
	// Seed is of the generator that draws faults.
	Seed uint64
	// Distances say how far apart the zones are; nil is not at all. Each member
	// holds back what it sends to others.
	Distances *Distances
	// Logger gets a line for each connection refused or closed for a reason;
	// nil is silent.
	Logger *slog.Logger
}

// maxRequest is the default bound of a request, the same for those who send and
// for those who take it.
const maxRequest = 2 << 20

// maxStrangers is how many connections may not have greeted yet, unless told otherwise.
const maxStrangers = 256

// TCPTiming says how patient one end of a connection is. Zero fields mean the
// defaults.
type TCPTiming struct {
	HelloTimeout time.Duration // for dialling and for the greeting; 0 means 2 s
	WriteTimeout time.Duration // for one write, and for unacknowledged bytes; 0 means 5 s
	FrameTimeout time.Duration // for the rest of a message that has begun to arrive; 0 means 10 s
	RetryMin     time.Duration // the first wait before a peer is dialled again; 0 means 10 ms
	RetryMax     time.Duration // the longest; 0 means 1 s
}

// Validate reports negative and contradicting times.
func (t TCPTiming) Validate() error {
	if t.HelloTimeout < 0 || t.WriteTimeout < 0 || t.FrameTimeout < 0 || t.RetryMin < 0 || t.RetryMax < 0 {
		return fmt.Errorf("tcp timing %+v: none may be negative; 0 chooses the default", t)
	}
	if d := t.withDefaults(); d.RetryMin > d.RetryMax {
		return fmt.Errorf("tcp timing: first retry after %v is later than the longest wait of %v", d.RetryMin, d.RetryMax)
	}
	return nil
}

func (t TCPTiming) withDefaults() TCPTiming {
	or := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	or(&t.HelloTimeout, 2*time.Second)
	or(&t.WriteTimeout, 5*time.Second)
	or(&t.FrameTimeout, 10*time.Second)
	or(&t.RetryMin, 10*time.Millisecond)
	or(&t.RetryMax, time.Second)
	return t
}

func (t TCPTiming) backoff() backoff { return backoff{min: t.RetryMin, max: t.RetryMax} }

// Validate reports what makes no sense for any node.
func (c TCPConfig) Validate() error {
	if c.PeerQueue < 0 || c.ClientQueue < 0 || c.ClientQueues < 0 || c.MaxFrame < 0 || c.MaxRequest < 0 || c.MaxClients < 0 || c.MaxStrangers < 0 {
		return fmt.Errorf("tcp bounds: peer queue %d, client queue %d of all together %d, frame %d, request %d, clients %d, strangers %d: none may be negative; 0 chooses the default",
			c.PeerQueue, c.ClientQueue, c.ClientQueues, c.MaxFrame, c.MaxRequest, c.MaxClients, c.MaxStrangers)
	}
	if c.ClientQuiet < 0 {
		return fmt.Errorf("tcp bounds: client quiet %v: it may not be negative; 0 chooses the default", c.ClientQuiet)
	}
	if d := c.withDefaults(); d.MaxRequest > d.MaxFrame {
		return fmt.Errorf("tcp bounds: a request of %d bytes does not fit a message between members, which has %d: raise MaxFrame or lower MaxRequest", d.MaxRequest, d.MaxFrame)
	}
	return errors.Join(c.Inbox.Validate(), c.TLS.Validate(), c.TCPTiming.Validate(), c.Distances.Validate())
}

// forCluster checks that every member has an address.
func (c TCPConfig) forCluster(cluster *quorate.Cluster) error {
	for _, id := range cluster.IDs() {
		if c.Addresses[id] == "" {
			return fmt.Errorf("tcp: member %v has no address; give host:port for each of %v", id, cluster)
		}
	}
	return c.Validate()
}

func (c TCPConfig) withDefaults() TCPConfig {
	or := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	or(&c.PeerQueue, 8<<20)
	or(&c.ClientQueue, 1<<20)
	or(&c.MaxFrame, 4<<20)
	or(&c.MaxRequest, min(maxRequest, c.MaxFrame))
	or(&c.ClientQueues, max(256<<20, c.ClientQueue))
	or(&c.MaxClients, 1024)
	or(&c.MaxStrangers, maxStrangers)
	c.ClientQuiet = cmp.Or(c.ClientQuiet, 10*time.Second)
	c.TCPTiming = c.TCPTiming.withDefaults()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Loopback opens a listener on a free port of the loopback interface for each
// id, for clusters within one process, and returns them with their addresses.
func Loopback(ids ...quorate.ID) (map[quorate.ID]net.Listener, map[quorate.ID]string, error) {
	listeners, addresses := map[quorate.ID]net.Listener{}, map[quorate.ID]string{}
	for _, id := range ids {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			for _, open := range listeners { // unordered: all are closed
				open.Close()
			}
			return nil, nil, fmt.Errorf("open a loopback listener for node %v: %w", id, err)
		}
		listeners[id], addresses[id] = ln, ln.Addr().String()
	}
	return listeners, addresses, nil
}
