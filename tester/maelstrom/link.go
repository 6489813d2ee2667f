package maelstrom

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/wire"
)

// peerType is the type of the bodies in which replicas speak to each other.
const peerType = "quorate"

// peerBody is such a body: a message as it is on any wire.
type peerBody struct {
	Type string `json:"type"`
	Data []byte `json:"data"`
}

// link is a node's place in Maelstrom's network. What concerns clients in this process
// goes the way it goes within a hub that has this one node.
type link struct {
	transport.Link
	hub   *transport.Hub
	node  *quorate.Node
	codec *wire.Codec
	names []string // of the members, by index
	out   *output
	errs  io.Writer
	cut   sync.Map // types of messages that could not be sent: each is named once
}

func newLink(n *quorate.Node, names []string, out *output, errs io.Writer) (*link, error) {
	codec, err := wire.NewCodec(n.Messages()...)
	if err != nil {
		return nil, err
	}
	hub := transport.NewHub(transport.HubConfig{})
	inner, err := hub.Join(n)
	if err != nil {
		return nil, err
	}
	return &link{Link: inner, hub: hub, node: n, codec: codec, names: names, out: out, errs: errs}, nil
}

// Send implements [transport.Link].
func (l *link) Send(e quorate.Envelope) {
	if e.To.IsRoute() {
		l.Link.Send(e)
		return
	}
	data, err := l.codec.Append(nil, e.Msg)
	if err == nil {
		data, err = json.Marshal(peerBody{peerType, data})
	}
	if err != nil {
		l.complain(e.Msg, err)
		return
	}
	cluster := l.node.Cluster()
	self := cluster.Index(l.node.ID())
	for i, name := range l.names {
		if e.To == quorate.Others && i != self || e.To == cluster.ID(i) {
			l.out.offer(message{Src: l.names[self], Dest: name, Body: data})
		}
	}
}

func (l *link) complain(m any, err error) {
	kind := fmt.Sprintf("%T", m)
	if _, again := l.cut.LoadOrStore(kind, true); !again {
		fmt.Fprintf(l.errs, "a %s cannot be sent: %v\n", kind, err)
	}
}

// Attach implements [transport.Attacher].
func (l *link) Attach(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) *transport.Attached {
	return l.Link.(transport.Attacher).Attach(onReply, onLost)
}

// Close implements [transport.Link].
func (l *link) Close() error { return l.hub.Close() }

// receive takes a message of another member.
func (l *link) receive(m message) error {
	i := slices.Index(l.names, m.Src)
	if i < 0 {
		return fmt.Errorf("it is no member")
	}
	var b peerBody
	if err := json.Unmarshal(m.Body, &b); err != nil {
		return err
	}
	msg, err := l.codec.Decode(b.Data)
	if err != nil {
		return err
	}
	l.Inbox().Put(transport.Delivery{From: l.node.Cluster().ID(i), Msg: msg}) // what does not fit is lost, as anywhere
	return nil
}

// Bounds of what waits to be written.
const (
	maxOutput      = 1 << 14 // messages
	maxOutputBytes = 64 << 20
)

// output writes lines in turn.
type output struct {
	w       io.Writer
	queue   chan []byte
	waiting atomic.Int64 // bytes of the queue
	once    sync.Once
	over    chan struct{} // closed when nothing more is to be written
	broken  chan struct{} // closed when nothing more can be
	err     error         // valid once broken is closed
	done    chan struct{}
}

func newOutput(w io.Writer) *output {
	o := &output{w: w, queue: make(chan []byte, maxOutput), over: make(chan struct{}), broken: make(chan struct{}), done: make(chan struct{})}
	go o.run()
	return o
}

func (o *output) run() {
	defer close(o.done)
	for {
		select {
		case line := <-o.queue:
			o.waiting.Add(-int64(len(line)))
			if _, o.err = o.w.Write(line); o.err != nil {
				close(o.broken)
				return
			}
		case <-o.over:
			for { // what waits
				select {
				case line := <-o.queue:
					if _, err := o.w.Write(line); err != nil {
						return
					}
				default:
					return
				}
			}
		}
	}
}

func (o *output) line(m message) []byte {
	line, err := json.Marshal(m)
	if err != nil {
		panic(err) // its body is JSON
	}
	return append(line, '\n')
}

// offer queues a message, or loses it if there is no room, and says so: it never waits.
func (o *output) offer(m message) bool {
	line := o.line(m)
	if o.waiting.Add(int64(len(line))) > maxOutputBytes {
		o.waiting.Add(-int64(len(line)))
		return false
	}
	select {
	case o.queue <- line:
		return true
	default:
		o.waiting.Add(-int64(len(line)))
		return false
	}
}

// send queues a message, and waits for room.
func (o *output) send(m message) {
	line := o.line(m)
	o.waiting.Add(int64(len(line)))
	select {
	case o.queue <- line:
	case <-o.broken:
	case <-o.over:
	}
}

// close writes what waits, and no more.
func (o *output) close() {
	o.once.Do(func() { close(o.over) })
	<-o.done
}
