package maelstrom

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/wire"
)

// The types of the bodies in which a node asks another one on behalf of its clients, where
// members do not pass on what only the leader may answer.
const (
	askType    = "quorate-ask"
	answerType = "quorate-answer"
)

// askBody is such a body. Number counts those of its sender: the way of a client to a
// replica may lose requests but must not deliver one twice, since the replica may refuse
// the first and execute the second, and Maelstrom's network is not bound to that.
type askBody struct {
	Type   string `json:"type"`
	Number uint64 `json:"number,omitempty"`
	Data   []byte `json:"data"`
}

// asker is the link of a node's own client to all members, the node included.
type asker struct {
	node   *server.Node
	ids    []quorate.ID
	names  []string
	out    *output
	codec  *wire.Codec
	number chan uint64 // holds the last one that was given
	own    client.Link
	heard  func(from quorate.ID, r quorate.Reply)

	mu     sync.Mutex
	peers  []peerAsks // by index
	closed bool
}

// peerAsks is what a member has asked.
type peerAsks struct {
	link client.Link // to this node; nil before the first request
	seen window
}

// patient is into how many attempts a request's time is divided, at least.
const patient = 4

// newAsker returns a client that asks this node first, and then who leads.
func newAsker(n *server.Node, cluster *quorate.Cluster, names []string, out *output, timeout time.Duration) (*asker, *client.Client, error) {
	codec, err := wire.NewCodec(reflect.TypeFor[quorate.Request](), reflect.TypeFor[quorate.Reply]())
	if err != nil {
		return nil, nil, err
	}
	a := &asker{node: n, ids: cluster.IDs(), names: names, out: out, codec: codec, number: make(chan uint64, 1), peers: make([]peerAsks, len(names))}
	a.number <- 0
	self := slices.Index(a.ids, n.ID())
	cfg := client.Config{
		Nodes: slices.Concat(a.ids[self:], a.ids[:self]), AttemptTimeout: timeout / patient,
		Busy: func(err error) bool { return err == transport.ErrQueueFull },
	}
	c, err := client.New(cfg, func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		var err error
		a.heard = onReply
		a.own, err = n.Attach(onReply, onLost)
		return a, err
	})
	return a, c, err
}

// Send implements [client.Link].
func (a *asker) Send(to quorate.ID, r quorate.Request) error {
	if to == a.node.ID() {
		return a.own.Send(to, r)
	}
	data, err := a.codec.Append(nil, r)
	if err != nil {
		return err
	}
	number := <-a.number + 1
	a.number <- number
	if !a.tell(to, askBody{askType, number, data}) {
		return transport.ErrQueueFull
	}
	return nil
}

// tell sends a body to a member, and reports whether there was room.
func (a *asker) tell(to quorate.ID, b askBody) bool {
	text, err := json.Marshal(b)
	if err != nil {
		panic(err) // it has nothing that JSON has not
	}
	return a.out.offer(message{Src: a.name(a.node.ID()), Dest: a.name(to), Body: text})
}

func (a *asker) name(id quorate.ID) string { return a.names[slices.Index(a.ids, id)] }

// Close implements [client.Link].
func (a *asker) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	err := a.own.Close()
	for _, p := range a.peers {
		if p.link != nil {
			err = errors.Join(err, p.link.Close())
		}
	}
	return err
}

// take takes what another member asks or answers.
func (a *asker) take(m message) error {
	i := slices.Index(a.names, m.Src)
	if i < 0 || a.ids[i] == a.node.ID() {
		return fmt.Errorf("it is no other member")
	}
	var b askBody
	if err := json.Unmarshal(m.Body, &b); err != nil {
		return err
	}
	msg, err := a.codec.Decode(b.Data)
	if err != nil {
		return err
	}
	switch msg := msg.(type) {
	case quorate.Reply:
		a.heard(a.ids[i], msg)
	case quorate.Request:
		return a.pass(&a.peers[i], a.ids[i], b.Number, msg)
	}
	return nil
}

// pass hands a member's request to this node, unless it has had it before. What the node
// has no room for is lost.
func (a *asker) pass(p *peerAsks, from quorate.ID, number uint64, r quorate.Request) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || !p.seen.first(number) {
		return nil
	}
	if p.link == nil {
		var err error
		p.link, err = a.node.Attach(func(_ quorate.ID, reply quorate.Reply) {
			if data, err := a.codec.Append(nil, reply); err == nil {
				a.tell(from, askBody{answerType, 0, data})
			}
		}, nil)
		if err != nil {
			return err
		}
	}
	return p.link.Send(a.node.ID(), r)
}

// window tells numbers that come for the first time from those that come again. It knows
// the last ones; those that are far behind count as seen.
type window struct {
	top  uint64
	seen [1024]uint64 // the number that was last seen at its place
}

func (w *window) first(number uint64) bool {
	size := uint64(len(w.seen))
	at := &w.seen[number%size]
	if number == 0 || number+size <= w.top || *at == number {
		return false
	}
	*at, w.top = number, max(w.top, number)
	return true
}
