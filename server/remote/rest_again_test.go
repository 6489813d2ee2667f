package remote_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/remote"
)

// scripted is two members' listeners that answer as a test says; it counts the
// requests, and the connections, of each.
type scripted struct {
	client       *remote.REST
	url          string // of the second
	asked, conns [2]atomic.Int64
}

func newScripted(t *testing.T, answer func(member int, w http.ResponseWriter)) *scripted {
	t.Helper()
	s := &scripted{}
	file := &quorate.Config{Addresses: map[quorate.ID]string{}, HTTPAddresses: map[quorate.ID]string{}}
	for i := range s.asked {
		h := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			s.asked[i].Add(1)
			answer(i, w)
		}))
		h.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.conns[i].Add(1)
			}
		}
		h.Start()
		t.Cleanup(h.Close)
		s.url = h.URL
		id := quorate.ID(1<<16 + 1 + i)
		file.Addresses[id], file.HTTPAddresses[id] = fmt.Sprintf("127.0.0.1:%d", 1+i), h.URL
	}
	s.client = restClient(t, open(t, remote.Config{File: file}), remote.RESTConfig{})
	return s
}

func (s *scripted) expect(t *testing.T, what string, first, second int64) {
	t.Helper()
	if a, b := s.asked[0].Load(), s.asked[1].Load(); a != first || b != second {
		t.Errorf("%s: the members were asked %d and %d times, want %d and %d", what, a, b, first, second)
	}
}

// A write that may have been executed is not sent again, whoever failed how; a
// read is, and a write that was refused for certain.
func TestRESTSendsNoWriteAgain(t *testing.T) {
	hangUp := func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }
	refuse := func(executed string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, `{"error":"no","executed":%q}`, executed)
		}
	}
	for name, c := range map[string]struct {
		kind   quorate.Op
		answer func(http.ResponseWriter)
		again  int64
		is     error
	}{
		"a write without an answer":     {quorate.OpPut, hangUp, 0, client.ErrUnknown},
		"a read without an answer":      {quorate.OpGet, hangUp, 1, client.ErrUnknown},
		"a write of unknown outcome":    {quorate.OpDelete, refuse("unknown"), 0, client.ErrUnknown},
		"a write with a silent refusal": {quorate.OpPut, refuse(""), 0, client.ErrUnknown},
		"a write that was refused":      {quorate.OpPut, refuse("no"), 1, client.ErrNotExecuted},
	} {
		s := newScripted(t, func(_ int, w http.ResponseWriter) { c.answer(w) })
		if _, err := s.client.Do(t.Context(), client.Op{Kind: c.kind, Key: "k"}); !errors.Is(err, c.is) {
			t.Errorf("%s: %v, want %v", name, err, c.is)
		}
		s.expect(t, name, 1, c.again)
	}
}

// A connection that an answer closes is not used again, nor is one to a member
// that was left.
func TestRESTDropsConnections(t *testing.T) {
	var busy, closes atomic.Bool
	s := newScripted(t, func(member int, w http.ResponseWriter) {
		if closes.Load() {
			w.Header().Set("Connection", "close")
		}
		w.Header().Set("Etag", `"1"`)
		if member == 0 && busy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"error":"busy","executed":"no"}`)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	write := func() {
		t.Helper()
		if _, err := s.client.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"}); err != nil {
			t.Fatal(err)
		}
	}
	write()
	closes.Store(true)
	write()
	closes.Store(false)
	write()
	if n := s.conns[0].Load(); n != 2 {
		t.Errorf("%d connections, want another one after the one that was closed", n)
	}
	busy.Store(true)
	write() // refused, and done by the other one
	write()
	s.expect(t, "with a busy member", 4, 2)
}
