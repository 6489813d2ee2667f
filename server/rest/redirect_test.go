package rest_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/rest"
)

// led is a handler whose backend does not lead and passes nothing on; leader is
// who does, as the backend says. Only the first three members have addresses, and
// the third has that of the first.
func led(t *testing.T, leader quorate.ID, status quorate.Status, reason quorate.Reason) *rest.Handler {
	b := newFake()
	b.leader = leader
	b.do = func(_ context.Context, op client.Op) (client.Result, error) {
		return client.Result{}, &client.Error{Op: op, Outcome: client.Outcome{Status: status, Reason: reason, End: client.EndAnswered}}
	}
	b.submit = func(context.Context, quorate.Request) (quorate.Reply, error) {
		return quorate.Reply{Status: status, Reason: reason, Leader: leader}, nil
	}
	return newHandler(t, rest.Config{Backend: b, Addresses: map[quorate.ID]string{
		nodeID: "http://one:8080", nodeID + 1: "http://two:8081", nodeID + 2: "http://one:8080",
	}})
}

// Rule: what only the leader answers is sent on to it as it is, and the answer
// says that nothing was executed.
func TestRedirects(t *testing.T) {
	h := led(t, nodeID+1, quorate.NotExecuted, quorate.ReasonNotLeader)
	for _, tc := range []struct {
		method, target string
		headers        []string
	}{
		{"PUT", "/kv/k", nil},
		{"PUT", "/kv/k", session(1)},
		{"DELETE", "/kv/a%2Fb%20c%00/../%2e?timeout=2s", nil},
		{"GET", "/kv/k?read=index&timeout=500ms", nil},
		{"GET", "/kv/k", []string{"Quorate-Seen", "7"}},
		{"HEAD", "/kv/k", nil},
		{"GET", "/7", nil},
		{"PUT", "/007?timeout=1s", nil},
		{"POST", "/-7", session(2)},
	} {
		w := ask(h, tc.method, tc.target, "v", tc.headers...)
		judge(t, w, 307, "not-leader", nodeID+1)
		wantHeader(t, w, "Location", "http://two:8081"+tc.target)
	}
	if got := h.Stats(); got.SentOn != 9 || got.Refused != 0 || got.Invalid != 0 {
		t.Errorf("counted as %+v", got)
	}
}

// Rule: nobody is sent to nowhere, in a circle, or on with what may have been
// executed.
func TestNoRedirect(t *testing.T) {
	const no, notLeader = quorate.NotExecuted, quorate.ReasonNotLeader
	for name, tc := range map[string]struct {
		leader quorate.ID
		status quorate.Status
		reason quorate.Reason
		code   int
		word   string
	}{
		"no leader":                 {0, no, notLeader, 503, "not-leader"},
		"it leads itself by now":    {nodeID, no, notLeader, 503, "not-leader"},
		"the leader has no address": {nodeID + 3, no, notLeader, 503, "not-leader"},
		"the leader has its own":    {nodeID + 2, no, notLeader, 503, "not-leader"},
		"another reason":            {nodeID + 1, no, quorate.ReasonNotFollower, 503, "not-follower"},
		"the lead was lost":         {nodeID + 1, no, quorate.ReasonNoLongerLeader, 503, "no-longer-leader"},
		"it may have been executed": {nodeID + 1, quorate.Unknown, notLeader, 504, "not-leader"},
	} {
		t.Run(name, func(t *testing.T) {
			h := led(t, tc.leader, tc.status, tc.reason)
			for _, headers := range [][]string{nil, session(1)} {
				w := ask(h, "PUT", "/kv/k", "v", headers...)
				judge(t, w, tc.code, tc.word, tc.leader)
				wantHeader(t, w, "Location", "")
			}
		})
	}
}

// Rule: what came by TLS is not sent on in plain text.
func TestRedirectsKeepTLS(t *testing.T) {
	b := newFake()
	b.leader = nodeID + 1
	b.do = func(_ context.Context, op client.Op) (client.Result, error) {
		return client.Result{}, &client.Error{Op: op, Outcome: client.Outcome{Status: quorate.NotExecuted, Reason: quorate.ReasonNotLeader}}
	}
	for to, code := range map[string]int{"http://two:8081": 503, "https://two:8081": 307} {
		r := httptest.NewRequest("PUT", "/kv/k", strings.NewReader("v"))
		r.TLS = &tls.ConnectionState{}
		w := httptest.NewRecorder()
		newHandler(t, rest.Config{Backend: b, Addresses: map[quorate.ID]string{nodeID + 1: to}}).ServeHTTP(w, r)
		judge(t, w, code, "not-leader", nodeID+1)
	}
}

// Rule: a client that follows has its command executed once, under the number it
// gave.
func TestFollowedRedirectKeepsTheNumber(t *testing.T) {
	leader := newFake()
	_, addr := serve(t, newHandler(t, rest.Config{Backend: leader}), rest.ServerConfig{})
	follower := newFake()
	follower.submit = func(context.Context, quorate.Request) (quorate.Reply, error) {
		return quorate.Reply{Status: quorate.NotExecuted, Reason: quorate.ReasonNotLeader, Leader: nodeID + 1}, nil
	}
	_, asked := serve(t, newHandler(t, rest.Config{Backend: follower, Addresses: map[quorate.ID]string{nodeID + 1: "http://" + addr}}), rest.ServerConfig{})
	c, number := web(t), session(1)
	for _, url := range []string{"http://" + asked, "http://" + addr, "http://" + asked} {
		w, body := fetch(t, c, http.MethodPut, url+"/kv/k", "value", number...)
		if w.StatusCode != 201 || w.Header.Get("Etag") != quoted(1) {
			t.Errorf("at %s: status %d, tag %s: %s", url, w.StatusCode, w.Header.Get("Etag"), body)
		}
	}
	if w, body := fetch(t, c, http.MethodGet, "http://"+addr+"/kv/k", ""); body != "value" || w.Header.Get("Etag") != quoted(1) {
		t.Errorf("the store has %q at %s", body, w.Header.Get("Etag"))
	}
}
