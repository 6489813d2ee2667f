package transport

import (
	"sync"

	"github.com/quorate/quorate"
)

// teller runs the callbacks of a client within this process, one at a time, on
// a goroutine of its own: whatever they do, they hold up no node.
type teller struct {
	onReply func(quorate.ID, quorate.Reply)
	onLost  func(quorate.ID)
	replies *Inbox // what nodes have said, of which the peers' lane counts
	quit    chan struct{}
	done    chan struct{}

	mu   sync.Mutex
	lost []quorate.ID // nodes that left, not yet told
}

func newTeller(cfg InboxConfig, onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) *teller {
	return &teller{onReply: onReply, onLost: onLost, replies: NewInbox(cfg), quit: make(chan struct{}), done: make(chan struct{})}
}

// run tells until stop is called.
func (t *teller) run() {
	defer close(t.done)
	var box []Delivery
	for {
		select {
		case <-t.quit:
			return
		case <-t.replies.Ready():
		}
		// The losses are read before the replies: all that a lost node said is
		// then in this box, and is told before its loss.
		t.mu.Lock()
		lost := t.lost
		t.lost = nil
		t.mu.Unlock()
		box = t.replies.Take(box)
		for _, d := range box {
			if t.stopped() {
				return
			}
			if t.onReply != nil {
				t.onReply(d.From, d.Msg.(quorate.Reply))
			}
		}
		for _, node := range lost {
			if t.onLost != nil && !t.stopped() {
				t.onLost(node)
			}
		}
	}
}

func (t *teller) stopped() bool {
	select {
	case <-t.quit:
		return true
	default:
		return false
	}
}

// lose has the loss of a node told, after all that the node has said.
func (t *teller) lose(node quorate.ID) {
	t.mu.Lock()
	t.lost = append(t.lost, node)
	t.mu.Unlock()
	t.replies.signal()
}

// stop ends the callbacks, without waiting for one that runs. It is called once.
func (t *teller) stop() { close(t.quit) }
