package bench

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/remote"
)

// telling serves a member's metrics, which grow from one reading to the next.
// One that restarts is another process the second time.
func telling(t *testing.T, restarts bool) string {
	t.Helper()
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/status" {
			fmt.Fprint(w, `{"id":"1.1","protocol":"whatever","members":["1.1","1.2","1.3"]}`)
			return
		}
		if r.URL.Path != "/metrics" {
			http.NotFound(w, r)
			return
		}
		i := n.Add(1)
		start := int64(100)
		if restarts {
			start += i
		}
		fmt.Fprintf(w, "process_start_time_seconds %d\nquorate_node_starts_total 1\nprocess_cpu_seconds_total %g\nprocess_resident_memory_bytes 1000\n", start, 0.25*float64(i))
		fmt.Fprintf(w, "quorate_messages_sent_total %d\nquorate_sent_bytes_total %d\nquorate_socket_writes_total %d\n", 1000*i, 50_000*i, 500*i)
		fmt.Fprintf(w, "quorate_journal_commit_seconds_count %d\nquorate_journal_commit_seconds_sum %g\nquorate_messages_dropped_total{cause=\"queue\"} %d\n", 200*i, 0.4*float64(i), i)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// What the servers use is asked at both ends of the measured time.
func TestServersTellWhatTheyUse(t *testing.T) {
	_, file := running(t, server.LocalConfig{})
	file.AdminAddresses = map[quorate.ID]string{1<<16 + 1: telling(t, false), 1<<16 + 2: telling(t, false), 1<<16 + 3: telling(t, true)}
	file.Protocol = ""
	r := against(t, file, brief)
	if r.Protocol != "whatever" {
		t.Errorf("protocol %q, want what a member says where the file is silent", r.Protocol)
	}
	s := r.Servers
	if s == nil || s.Members != 3 || s.Told != 2 || s.Seconds != 0.5 || s.CommitMillis != 2 || s.Memory != 2000 || !strings.Contains(s.Why, "1.3: it was started again") {
		t.Fatalf("%+v", s)
	}
	for name, c := range map[string]struct{ got, want float64 }{
		"messages": {s.Microseconds / r.Network.Messages, 500_000 / 2000}, "commits": {s.Microseconds / s.Commits, 500_000 / 400},
		"bytes": {s.Microseconds / r.Network.Bytes, 500_000 / 100_000}, "bytes a write": {r.Network.BytesPerWrite, 100},
	} {
		if c.got < 0.9*c.want || c.got > 1.1*c.want { // they are rounded
			t.Errorf("%s: %v of CPU time for each, want %v", name, c.got, c.want)
		}
	}
	if r.Network.Dropped != 2 {
		t.Errorf("%d dropped", r.Network.Dropped)
	}
}

// Members serve clients whatever these clients' file says: a figure of one protocol
// must not come out under the name of another.
func TestAFileOfAnotherCluster(t *testing.T) {
	_, file := running(t, server.LocalConfig{})
	file.AdminAddresses = map[quorate.ID]string{1<<16 + 2: telling(t, false)}
	run := func() error {
		cfg, err := brief.Against(Remote{Cluster: remote.Config{File: file}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(t.Context(), cfg, nil)
		return err
	}
	if err := run(); err == nil || !strings.Contains(err.Error(), "member 1.2 runs whatever, and the cluster file says primary") {
		t.Errorf("another protocol: %v", err)
	}
	file.Protocol = ""
	delete(file.Addresses, 1<<16+3)
	if err := run(); err == nil || !strings.Contains(err.Error(), "member 1.2 belongs to a cluster of [1.1 1.2 1.3], and the cluster file has [1.1 1.2]") {
		t.Errorf("other members: %v", err)
	}
}

func TestServersInWords(t *testing.T) {
	r := Result{Remote: true, CPU: &CPU{Microseconds: 20, Scope: "clients"}, Servers: &Servers{Members: 3, Told: 3, Microseconds: 60, Cores: 1, Commits: 0.2, CommitMillis: 2}}
	show := func() string {
		var b strings.Builder
		r.writeServers(&b)
		r.writeLimit(&b)
		return b.String()
	}
	if got := show(); !strings.Contains(got, "60 us an operation, 1 cores") || !strings.Contains(got, "; 80.00 us with the clients") || !strings.Contains(got, "0.2 commits an operation, 2 ms each") {
		t.Errorf("%s", got)
	}
	r.Servers.Told, r.Servers.Why, r.LimitedBy = 2, "1.3: no answer", "clients"
	if got := show(); strings.Contains(got, "with the clients") || !strings.Contains(got, "of 2 of 3 members: 1.3: no answer") || !strings.Contains(got, "this process had no more processors") {
		t.Errorf("%s", got)
	}
	r.Servers.Told = 0
	if got := show(); !strings.Contains(got, "what they use is unknown: 1.3: no answer") {
		t.Errorf("%s", got)
	}
}

// A member that is slow to tell, or does not, costs its figures and no more.
func TestServersThatDoNotTell(t *testing.T) {
	r := run{begin: reading{done: 1, counters: Counters{servers: []serverReading{{id: 1<<16 + 1}, {id: 1<<16 + 2, err: errors.New("gone")}}}}}
	r.end = reading{at: time.Second, done: 11, counters: Counters{servers: []serverReading{{id: 1<<16 + 1, usage: admin.Usage{CPU: time.Millisecond, Messages: 7}}, {id: 1<<16 + 2}}}}
	sum, s := r.servers()
	if s.Told != 1 || s.Microseconds != 100 || s.Why != "1.2: gone" || sum.Messages != 7 {
		t.Errorf("%+v, %+v", sum, s)
	}
}
