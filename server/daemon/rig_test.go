package daemon_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server/daemon"
)

// rig is a cluster of daemons in this process.
type rig struct {
	*proc.Cluster
	t   *testing.T
	all map[quorate.ID]*daemon.Daemon
}

func newRig(t *testing.T, n int, edit func(*quorate.Config)) *rig {
	return &rig{proc.NewCluster(t, n, edit), t, map[quorate.ID]*daemon.Daemon{}}
}

// config returns a member's configuration, with its journal in memory.
func (r *rig) config(i int) daemon.Config {
	r.t.Helper()
	setup, err := protocols.FromFile("", r.File)
	if err != nil {
		r.t.Fatal(err)
	}
	return daemon.Config{
		File: r.File, ID: r.ID(i), Protocol: setup.Name, New: setup.New, Message: setup.Message, Window: setup.Window, Network: setup.Network, Init: true,
	}
}

// start starts a member and closes it when the test ends.
func (r *rig) start(cfg daemon.Config) *daemon.Daemon {
	r.t.Helper()
	d, err := daemon.Start(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { d.Close() })
	return d
}

// answer is what an HTTP request got.
type answer struct {
	code int
	body string
}

// ask sends a request to a member's HTTP address.
func (r *rig) ask(d *daemon.Daemon, method, path, body string) answer {
	r.t.Helper()
	a, err := request(r.t, method, r.File.HTTPAddresses[d.ID()]+path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func request(t *testing.T, method, url, body string) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Quorate-Timeout", "60s")
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(text)}, err
}

// until asks until the answer has a code, for as long as anything may take.
func (r *rig) until(code int, ask func() answer) answer {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; <-pause() {
		a := ask()
		if a.code == code {
			return a
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the answer is %d %s, want %d", a.code, a.body, code)
		}
	}
}

// reason returns the word with which a client was refused.
func (a answer) reason() string {
	var refusal struct{ Reason string }
	_ = json.Unmarshal([]byte(a.body), &refusal) // empty, then
	return refusal.Reason
}

func (r *rig) put(d *daemon.Daemon, key, value string) {
	r.t.Helper()
	if a := r.ask(d, "PUT", "/kv/"+key, value); a.code/100 != 2 {
		r.t.Fatalf("put %s: %d %s", key, a.code, a.body)
	}
}

// pause is how long to wait before looking again.
func pause() <-chan time.Time { return time.After(5 * time.Millisecond) }
