package remote_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/remote"
)

// serveLed serves members of whom one leads, and the others pass nothing on.
// Each believes what its place in the list says.
func serveLed(t *testing.T, believed ...*atomic.Uint32) *httpCluster {
	c := serveHTTP(t, len(believed), nil)
	for i, s := range c.stores {
		s.leader = func() quorate.ID { return quorate.ID(believed[i].Load()) }
		s.instead = func(op client.Op) (error, bool) {
			refusal := &client.Error{Op: op, Outcome: client.Outcome{Status: quorate.NotExecuted, Reason: quorate.ReasonNotLeader}}
			return refusal, !op.Read.Spread() && s.leader() != s.id
		}
	}
	return c
}

func (c *httpCluster) expect(t *testing.T, what string, want ...int) {
	t.Helper()
	for i, s := range c.stores {
		s.mu.Lock()
		if s.asked != want[i] {
			t.Errorf("%s: member %v was asked %d times, want %d", what, s.id, s.asked, want[i])
		}
		s.mu.Unlock()
	}
}

func belief(i int) *atomic.Uint32 {
	b := &atomic.Uint32{}
	b.Store(uint32(1<<16 + 1 + i))
	return b
}

// A client follows to the leader with the whole request, asks it from then on, and
// reads what anybody may answer where it was.
func TestRESTFollowsToTheLeader(t *testing.T) {
	leads := belief(2)
	c := serveLed(t, leads, leads, leads)
	r := restClient(t, open(t, remote.Config{File: c.file}), remote.RESTConfig{})
	do := func(op client.Op, version uint64, value string, node int) {
		t.Helper()
		res, err := r.Do(t.Context(), op)
		if err != nil || !res.OK || res.Version != version || string(res.Value) != value || res.Node != c.stores[node].id {
			t.Errorf("%v: %+v, %v", op.Kind, res, err)
		}
	}
	put := client.Op{Kind: quorate.OpPut, Key: "a/b c", Value: []byte("value")}
	do(put, 1, "", 2)
	c.expect(t, "the first write", 1, 0, 1)
	do(put, 2, "", 2)
	do(client.Op{Kind: quorate.OpPutIf, Key: "a/b c", Version: 2, Value: []byte("three")}, 3, "", 2)
	do(client.Op{Kind: quorate.OpGet, Key: "a/b c", Read: quorate.ReadIndex}, 3, "three", 2)
	c.expect(t, "what only the leader answers", 1, 0, 4)
	do(client.Op{Kind: quorate.OpGet, Key: "a/b c", Read: quorate.ReadLocal}, 3, "three", 0)
	do(put, 4, "", 2)
	c.expect(t, "a local read, and then a write", 2, 0, 5)
	leads.Store(1<<16 + 2)
	do(put, 5, "", 1)
	do(put, 6, "", 1)
	c.expect(t, "another leader", 2, 2, 6)
}

// A leader that is gone is not followed to again: those who still name it are
// left, until somebody knows better.
func TestRESTLeavesALeaderThatIsGone(t *testing.T) {
	old, next := belief(1), belief(3)
	c := serveLed(t, old, old, old, next)
	c.servers[1].Close()
	r := restClient(t, open(t, remote.Config{File: c.file}), remote.RESTConfig{})
	for i := range 2 {
		res, err := r.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"})
		if err != nil || res.Version != uint64(1+i) || res.Node != c.stores[3].id {
			t.Errorf("%+v, %v", res, err)
		}
	}
	c.expect(t, "both writes", 2, 0, 1, 2)
}

// Members that send each other's clients in a circle are asked a few times and no
// more, and nothing is said to be in doubt.
func TestRESTFollowsNoCircle(t *testing.T) {
	c := serveLed(t, belief(1), belief(0))
	r := restClient(t, open(t, remote.Config{File: c.file}), remote.RESTConfig{})
	if _, err := r.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"}); !errors.Is(err, client.ErrNotExecuted) {
		t.Errorf("%v, want that it was not executed", err)
	}
	c.expect(t, "a write", 1, 1)
}

// A redirect to somebody who is no member is not followed, and one that does not
// say that nothing was executed leaves a write in doubt.
func TestRESTFollowsMembersOnly(t *testing.T) {
	var strange atomic.Int64
	elsewhere := newScripted(t, func(_ int, w http.ResponseWriter) { strange.Add(1) })
	for executed, want := range map[string]error{"no": client.ErrNotExecuted, "unknown": client.ErrUnknown} {
		others := int64(0)
		if executed == "no" {
			others = 1
		}
		s := newScripted(t, func(_ int, w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.url+"/kv/k")
			w.WriteHeader(http.StatusTemporaryRedirect)
			fmt.Fprintf(w, `{"error":"elsewhere","executed":%q}`, executed)
		})
		if _, err := s.client.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"}); !errors.Is(err, want) {
			t.Errorf("executed %s: %v, want %v", executed, err, want)
		}
		s.expect(t, "executed "+executed, 1, others)
	}
	if strange.Load() > 0 {
		t.Error("a stranger was asked")
	}
}

// A member that redirects to itself is asked once.
func TestRESTFollowsNobodyToItself(t *testing.T) {
	var s *scripted
	s = newScripted(t, func(_ int, w http.ResponseWriter) {
		w.Header().Set("Location", s.url+"/kv/k")
		w.WriteHeader(http.StatusTemporaryRedirect)
		fmt.Fprint(w, `{"error":"there","executed":"no"}`)
	})
	if _, err := s.client.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"}); !errors.Is(err, client.ErrNotExecuted) {
		t.Errorf("%v, want that it was not executed", err)
	}
	s.expect(t, "both name the second", 1, 1)
}
