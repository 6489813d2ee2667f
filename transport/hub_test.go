package transport_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

func TestPrimaryCopyOnHub(t *testing.T) {
	for _, encode := range []bool{false, true} {
		hub := transport.NewHub(transport.HubConfig{Encode: encode})
		c := grid(t, 3)
		journals := map[quorate.ID]*memory{}
		for i := range 3 {
			n := newNode(t, c, i)
			newPrimaryCopy(n)
			l, err := hub.Join(n)
			if err != nil {
				t.Fatal(err)
			}
			journals[n.ID()] = &memory{immediate: i == 1}
			start(t, n, l, journals[n.ID()])
		}
		replies := make(chan quorate.Reply, 100)
		client := hub.Client(func(_ quorate.ID, r quorate.Reply) { replies <- r }, nil)
		for seq := range uint64(100) {
			req := quorate.Request{Command: quorate.Command{Client: 7, Seq: seq, Op: quorate.OpPut, Key: "k", Value: []byte("v")}}
			if err := client.Send(c.ID(0), req); err != nil {
				t.Fatal(err)
			}
		}
		for seq := range uint64(100) {
			select {
			case r := <-replies:
				if r.Seq != seq || r.Status != quorate.Done || r.Version != seq+1 {
					t.Fatalf("reply %d: %+v", seq, r)
				}
			case <-time.After(patience):
				t.Fatalf("no reply to %d", seq)
			}
		}
		for id, j := range journals {
			if j.size() != 100 {
				t.Errorf("journal of %v holds %d records, want 100", id, j.size())
			}
		}
		client.Close()
	}
}

func TestHubRefusals(t *testing.T) {
	hub := transport.NewHub(transport.HubConfig{})
	c := grid(t, 3)
	n := newNode(t, c, 0)
	newPrimaryCopy(n)
	l, err := hub.Join(n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Join(n); !errors.Is(err, transport.ErrTwoNodes) {
		t.Errorf("second node with one id: %v", err)
	}
	if _, err := hub.Join(newNode(t, c, 1)); !errors.Is(err, transport.ErrDisagree) {
		t.Errorf("other messages: %v", err)
	}
	other := newNode(t, grid(t, 5), 1)
	newPrimaryCopy(other)
	if _, err := hub.Join(other); !errors.Is(err, transport.ErrDisagree) {
		t.Errorf("other members: %v", err)
	}
	l.Close()
	again := newNode(t, c, 0)
	newPrimaryCopy(again)
	if _, err := hub.Join(again); err != nil {
		t.Errorf("join after the first left: %v", err)
	}
}

// A message that the protocol forgot to register would not arrive on sockets;
// on a hub that encodes it does not either, and the log says why, once.
func TestHubNamesUnsendableMessages(t *testing.T) {
	var log bytes.Buffer
	hub := transport.NewHub(transport.HubConfig{Encode: true, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	defer hub.Close()
	c := grid(t, 2)
	var links []transport.Link
	for i := range 2 {
		n := newNode(t, c, i)
		quorate.Register(n, func(quorate.ID, told) {})
		l, err := hub.Join(n)
		if err != nil {
			t.Fatal(err)
		}
		links = append(links, l)
	}
	for range 3 {
		links[0].Send(quorate.Envelope{To: c.ID(1), Msg: ask{}})
	}
	if s := links[0].Stats(); s.Dropped.Encode != 3 || links[1].Stats().Received != 0 {
		t.Errorf("stats %+v", s)
	}
	if n := strings.Count(log.String(), "type=transport_test.ask"); n != 1 {
		t.Errorf("named %d times: %s", n, &log)
	}
}
