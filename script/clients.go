package script

import (
	"fmt"

	"github.com/quorate/quorate"
)

// clients are outside the network: a request arrives at once, a reply too.
type clients struct {
	routes  map[quorate.Client]quorate.ID
	replies []Answer
	calls   []*Call
	clock   uint64 // counts the happenings in calls
}

// Answer is a reply that reached a client. Route tells apart two clients whose
// replies were mixed up.
type Answer struct {
	From  quorate.ID
	Route quorate.ID
	Reply quorate.Reply
}

// Request hands a client's request to a node, on a connection that is the same
// for all requests of that client to that node.
func (w *World) Request(to quorate.ID, r quorate.Request) error {
	m, err := w.up(to)
	if err != nil {
		return err
	}
	v, err := w.copied(r)
	if err != nil {
		return err
	}
	w.began(r)
	m.receive(w.route(r.Command.Client), quorate.Hello{}, v)
	return nil
}

// Answers returns the replies to all clients so far, in order.
func (w *World) Answers() []Answer { return w.replies }

func (w *World) route(c quorate.Client) quorate.ID {
	if _, known := w.routes[c]; !known {
		w.routes[c] = quorate.Route(uint16(len(w.routes) + 1))
	}
	return w.routes[c]
}

func (w *World) answer(from, route quorate.ID, msg any) {
	v, err := w.copied(msg)
	if err != nil {
		w.violate(fmt.Errorf("%v answers a client: %w", from, err))
		return
	}
	reply, ok := v.(quorate.Reply)
	if !ok {
		w.violate(fmt.Errorf("%v answers a client with %s", from, Text(v)))
		return
	}
	if w.routes[reply.Client] != route {
		w.violate(fmt.Errorf("%v sends a reply to another client's connection: %s", from, Text(reply)))
		return
	}
	w.replies = append(w.replies, Answer{From: from, Route: route, Reply: reply})
	w.trace(KindReply, "Reply", "  %v>%v %s", from, reply.Client, replyText(reply))
	if err := w.ended(reply); err != nil {
		w.violate(fmt.Errorf("%v answers: %w", from, err))
	}
}
