package transport

import "github.com/quorate/quorate"

// Drain makes the loop take no further requests: clients hear at once that the
// node is stopping. What a peer forwards is dropped without an answer, as if
// the node had ended already; the peer sends it elsewhere when it notices. All
// else goes on, so that what is under way can end.
func (l *Loop) Drain() { l.draining.Store(true) }

// drained reports whether d is a request that comes too late.
func (l *Loop) drained(d Delivery) bool {
	r, request := d.Msg.(quorate.Request)
	if !request || !l.draining.Load() {
		return false
	}
	if d.From.IsRoute() {
		l.link.Send(quorate.Envelope{From: l.node.ID(), To: d.From, Msg: quorate.Reply{
			Client: r.Command.Client, Seq: r.Command.Seq, Attempt: r.Attempt,
			Status: quorate.NotExecuted, Reason: quorate.ReasonStopping,
		}})
	}
	return true
}
