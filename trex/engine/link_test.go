package engine

import (
	"errors"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// recorder keeps what is sent.
type recorder struct{ sent []quorate.Request }

func (w *recorder) Send(_ quorate.ID, r quorate.Request) error {
	w.sent = append(w.sent, r)
	return nil
}
func (w *recorder) Close() error { return nil }

// A member gives up before its client does, so that its reason still arrives; and
// no attempt is made whose answer would come too late.
func TestLinkLeavesTimeForTheAnswer(t *testing.T) {
	for _, tc := range []struct {
		attempt    uint8
		left, want time.Duration // 0: not sent
	}{
		{1, time.Minute, patience - farewell},
		{9, time.Minute, patience - farewell},
		{1, 400 * time.Millisecond, 300 * time.Millisecond},
		{1, 40 * time.Millisecond, 30 * time.Millisecond},
		{2, 2 * farewell, 2*farewell - 2*farewell/4},
		{2, 2*farewell - 1, 0},
	} {
		w := &recorder{}
		l := &link{others: w, here: func(quorate.ID) (*server.Node, bool) { return nil, false }}
		err := l.Send(1, quorate.Request{Attempt: tc.attempt, Timeout: tc.left})
		switch {
		case tc.want == 0 && (len(w.sent) > 0 || !errors.Is(err, transport.ErrNotConnected)):
			t.Errorf("attempt %d with %v left is made: %v", tc.attempt, tc.left, err)
		case tc.want > 0 && (err != nil || len(w.sent) != 1 || w.sent[0].Timeout != tc.want):
			t.Errorf("attempt %d with %v left: %+v, %v; want %v", tc.attempt, tc.left, w.sent, err, tc.want)
		}
	}
}

func TestLinkToAMemberThatDoesNotRun(t *testing.T) {
	l := &link{here: func(quorate.ID) (*server.Node, bool) { return nil, true }}
	if err := l.Send(1, quorate.Request{Timeout: time.Minute}); !errors.Is(err, server.ErrStopped) {
		t.Errorf("send to a member here that does not run: %v", err)
	}
}
