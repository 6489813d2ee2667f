package daemon_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/daemon"
)

// Where the protocol passes nothing on, HTTP clients are sent to the leader's
// http_address, whatever its members listen on; those who follow may ask anybody.
func TestRedirectsToTheLeader(t *testing.T) {
	r := newRig(t, 3, func(f *quorate.Config) {
		f.Protocol, f.Bind = "trex", "127.0.0.1"
		for id, at := range f.HTTPAddresses { // unordered: each is changed on its own
			f.HTTPAddresses[id] = strings.Replace(strings.TrimPrefix(at, "http://"), "127.0.0.1", "localhost", 1)
		}
	})
	url := func(d *daemon.Daemon, path string) string { return "http://" + r.File.HTTPAddresses[d.ID()] + path }
	var all []*daemon.Daemon
	for i := range 3 {
		all = append(all, r.start(r.config(i)))
	}
	for _, d := range all {
		r.until(200, func() answer { // once there is a leader
			if a, err := request(t, "PUT", url(d, "/7"), "v"); err != nil || a.code != 200 {
				return a
			}
			a, _ := request(t, "GET", url(d, "/7?read=index"), "")
			return a
		})
	}
	leader := ""
	stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer stay.CloseIdleConnections()
	for _, d := range all {
		res, err := stay.Get(url(d, "/kv/7?timeout=2s"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		at := url(d, "/kv/7?timeout=2s")
		if res.StatusCode == http.StatusTemporaryRedirect {
			at = res.Header.Get("Location")
		} else if res.StatusCode != http.StatusOK {
			t.Errorf("member %v: status %d", d.ID(), res.StatusCode)
		}
		if leader == "" {
			leader = at
		}
		if at != leader || !strings.HasPrefix(at, "http://localhost:") {
			t.Errorf("member %v sends clients to %s, the one before to %s", d.ID(), at, leader)
		}
	}
}
