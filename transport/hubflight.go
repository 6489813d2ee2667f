package transport

import "github.com/quorate/quorate"

// hubFlight is something that travels through a [Hub]: from member to member, from
// a client to a member, or back.
type hubFlight struct {
	from, to *hubLink   // nil for the client
	client   *HubClient // nil between members
	d        Delivery
	lost     bool // to the client: the member has left
}

func (f hubFlight) arrive() {
	switch {
	case f.lost:
		f.client.lose(f.d.From)
	case f.to == nil:
		f.client.replies.Put(f.d)
	case f.client != nil:
		f.request()
	case f.from.closed.Load(): // with a crash goes what was under way
		f.from.count.down.Add(1)
	default:
		f.to.inbox.Put(f.d)
	}
}

// request arrives at a member. One that does not fit is refused at once, as over
// a connection.
func (f hubFlight) request() {
	if f.to.inbox.Put(f.d) || f.to.closed.Load() {
		return
	}
	r := f.d.Msg.(quorate.Request)
	f.client.take(Delivery{From: f.to.id, Msg: overloaded(r)})
}

// overloaded is the answer to a request for which there is no room.
func overloaded(r quorate.Request) quorate.Reply {
	return quorate.Reply{
		Client: r.Command.Client, Seq: r.Command.Seq, Attempt: r.Attempt, Status: quorate.NotExecuted, Reason: quorate.ReasonOverloaded,
	}
}
