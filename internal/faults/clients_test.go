package faults_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// numbered is a command that an HTTP client may send again.
type numbered struct {
	session, seq string
	issued       time.Time
	method, key  string
	body         string
}

// send asks one member, and returns the status and the version.
func (r *rig) send(id quorate.ID, n numbered) (code int, version string, err error) {
	req, err := http.NewRequestWithContext(r.t.Context(), n.method, r.File.HTTPAddresses[id]+"/kv/"+n.key, strings.NewReader(n.body))
	if err != nil {
		return 0, "", err
	}
	req.Close = true
	req.Header.Set("Quorate-Client", n.session)
	req.Header.Set("Quorate-Seq", n.seq)
	req.Header.Set("Quorate-Issued", fmt.Sprint(n.issued.UnixMilli()))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, "", err
	}
	return res.StatusCode, res.Header.Get("Etag") + res.Header.Get("Quorate-Version"), nil
}

// Rule: whoever numbers commands and sends one again gets the first outcome,
// from any member, whoever was killed in between.
func TestRetriedAcrossAKill(t *testing.T) {
	r := newRig(t, 3, seedOf(t))
	r.writes(time.Now(), r.IDs())
	leader := r.leader()
	first := numbered{"00000000000000aa", "1", time.Now(), "PUT", "k", "one"}
	code, version, err := r.send(leader, first)
	if err != nil || code/100 != 2 || version != `"1"` {
		t.Fatalf("%d %s %v", code, version, err)
	}
	r.Process(leader).Kill()
	again := func(id quorate.ID, n numbered) (version string) {
		t.Helper()
		r.await("it is answered", func() bool {
			var code int
			code, version, err = r.send(id, n)
			return err == nil && code/100 == 2
		})
		return version
	}
	second := first
	second.seq, second.body = "2", "two"
	next := r.others(leader)
	if v := again(next[0], second); v != `"2"` {
		t.Errorf("the second write made version %s", v)
	}
	for _, id := range next {
		if v := again(id, first); v != `"1"` {
			t.Errorf("%v answered the retry with version %s", id, v)
		}
	}
	r.Start(t, leader)
	if v := again(leader, first); v != `"1"` {
		t.Errorf("%v answered the retry with version %s", leader, v)
	}
	r.agree("k")
	views := r.reach.Views(t.Context(), "k")
	for i := range views {
		if n := len(views[i].Versions); n != 2 || string(views[i].Versions[1].Value) != "two" {
			t.Errorf("%v has %+v", views[i].ID, views[i].Versions)
		}
	}
}

// Rule: a read from a member's own state may be old, and says so; others are
// not. While a member stands still, what it has not heard of is not there.
func TestStaleReads(t *testing.T) {
	r := newRig(t, 3, seedOf(t))
	r.writes(time.Now(), r.IDs())
	leader := r.leader()
	follower := r.others(leader)[0]
	put := func(value string) {
		t.Helper()
		c, err := r.reach.Client(client.Config{Nodes: r.others(follower), Timeout: patience})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Put(t.Context(), "k", []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	put("old")
	r.agree("k")
	r.isolate(follower)
	put("new")
	for _, rest := range []bool{false, true} {
		l := r.load(loadConfig{}) // for its clients only
		w := &worker{l: l}
		l.cfg.first = []quorate.ID{follower}
		w = l.worker(0, rest)
		res, err := w.caller.Do(t.Context(), client.Op{Kind: quorate.OpGet, Key: "k", Read: quorate.ReadLocal})
		if err != nil || !res.Stale || string(res.Value) != "old" {
			t.Errorf("rest %v: %+v, %v", rest, res, err)
		}
		l.cfg.first = []quorate.ID{leader}
		w = l.worker(1, rest)
		for _, mode := range []quorate.ReadMode{quorate.ReadLog, quorate.ReadIndex} {
			res, err := w.caller.Do(t.Context(), client.Op{Kind: quorate.OpGet, Key: "k", Read: mode})
			if err != nil || res.Stale || string(res.Value) != "new" {
				t.Errorf("rest %v, read %v: %+v, %v", rest, mode, res, err)
			}
		}
	}
	r.heal()
	r.agree("k")
}

// isolate cuts a member off from the others, for as long as a test may take.
func (r *rig) isolate(id quorate.ID) {
	r.t.Helper()
	for _, at := range r.IDs() {
		if _, err := r.operator(at).Partition(r.t.Context(), time.Hour, []quorate.ID{id}, r.others(id)); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *rig) heal() {
	r.t.Helper()
	var all error
	for _, at := range r.IDs() {
		_, err := r.operator(at).Heal(r.t.Context())
		all = errors.Join(all, err)
	}
	if all != nil {
		r.t.Fatal(all)
	}
}
