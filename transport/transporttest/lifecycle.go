package transporttest

import (
	"errors"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

func testClose(t *testing.T, open opener) {
	r := newRig(t, open, 3, Config{})
	if err := r.links[1].Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.links[1].Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	r.send(1, 0, Note{Number: 1}) // a closed link sends nothing
	if d := r.links[1].Stats().Dropped; d.Down == 0 {
		t.Errorf("drops of a closed link: %+v", d)
	}
	r.eventually("sends to a closed node are counted as down", func() bool {
		r.send(0, 1, Note{Number: 2})
		return r.links[0].Stats().Dropped.Down > 0
	})
	r.send(2, 0, Note{Number: 3}) // the others go on
	if got := r.notes(0, 1); got[0].Number != 3 {
		t.Errorf("after a node left, %+v arrives", got)
	}
	if r.links[1].Inbox().Put(transport.Delivery{From: r.c.ID(0), Msg: Note{}}) {
		t.Error("the inbox of a closed link takes a message")
	}
}

func testRestart(t *testing.T, open opener) {
	r := newRig(t, open, 3, Config{})
	for range 3 {
		r.links[1].Close()
		r.join(1)
		for _, other := range []int{0, 2} {
			r.probe(1, other)
			r.probe(other, 1)
		}
	}
}

// refused checks that a node which joined, if it could at all, reaches nobody.
func (r *rig) refused(n *quorate.Node, want error) {
	r.t.Helper()
	l, err := r.net.Join(n)
	if err != nil {
		if !errors.Is(err, want) {
			r.t.Errorf("refused with %q, want %q", err, want)
		}
		return
	}
	defer l.Close()
	r.eventually("the node is refused", func() bool {
		l.Send(quorate.Envelope{From: n.ID(), To: quorate.Others, Msg: Note{Number: 99}})
		return l.Stats().Refused > 0 && r.links[0].Stats().Refused > 0
	})
	for i, link := range r.links {
		for _, d := range link.Inbox().Take(nil) {
			r.t.Errorf("%v got %+v from a node that must be refused", r.c.ID(i), d)
		}
	}
}

func testTwoNodes(t *testing.T, open opener) {
	r := newRig(t, open, 3, Config{})
	r.refused(node(t, r.c, 1), transport.ErrTwoNodes)
	r.probe(0, 1) // the first one stays
	r.probe(1, 0)
}

func testOtherMembers(t *testing.T, open opener) {
	r := newRig(t, open, 3, Config{})
	r.links[2].Close()
	r.refused(node(t, grid(t, 4), 2), transport.ErrDisagree)
}

func testOtherMessages(t *testing.T, open opener) {
	r := newRig(t, open, 3, Config{})
	r.links[2].Close()
	r.refused(node(t, r.c, 2, func(n *quorate.Node) {
		quorate.Register(n, func(quorate.ID, Stray) {})
	}), transport.ErrDisagree)
}

func testOtherSettings(t *testing.T, open opener) {
	r := newRig(t, open, 3, Config{})
	r.links[2].Close()
	r.refused(node(t, r.c, 2, func(n *quorate.Node) { n.Agree("quorums", "another") }), transport.ErrDisagree)
}
