package inject

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// errConflict is what a member answers that is in no state for what it was asked.
var errConflict = errors.New("it is down")

// fake is a cluster of processes that do not exist, which keeps what was done to them.
type fake struct {
	members *quorate.Cluster
	remote  bool
	memory  bool

	mu      sync.Mutex
	pids    map[quorate.ID]int
	stopped map[quorate.ID]bool
	calls   []string
	fails   func(call string) error
	admins  map[quorate.ID]*admin.Client
	faults  map[quorate.ID]map[string]bool // in force at members, by name
}

func newFake(nodes int) *fake { return newFakeIn(1, nodes) }

func newFakeIn(zones, nodes int) *fake {
	c, err := quorate.Grid(zones, nodes)
	if err != nil {
		panic(err)
	}
	f := &fake{members: c, pids: map[quorate.ID]int{}, stopped: map[quorate.ID]bool{}, admins: map[quorate.ID]*admin.Client{}, faults: map[quorate.ID]map[string]bool{}}
	for i, id := range f.members.IDs() {
		f.pids[id] = 100 + i
	}
	return f
}

// serve has every member answer at an address for operators: status by its index, and
// everything else with an empty answer. What was asked joins the calls.
func (f *fake) serve(t *testing.T, status func(i int) *admin.Status) {
	for i, id := range f.members.IDs() {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/status" {
				s := status(i)
				if s == nil {
					http.Error(w, "gone", http.StatusBadGateway)
					return
				}
				s.ID = id
				_ = json.NewEncoder(w).Encode(s)
				return
			}
			q := r.URL.Query()
			q.Del("t")
			if f.PID(id) == 0 || f.paused(id) {
				http.Error(w, "gone", http.StatusBadGateway)
				return
			}
			if err := f.call(strings.TrimSuffix(fmt.Sprintf("%v%s?%s", id, r.URL.Path, q.Encode()), "?")); err != nil {
				if errors.Is(err, errConflict) {
					w.WriteHeader(http.StatusConflict)
					_ = json.NewEncoder(w).Encode(admin.Refusal{Error: err.Error(), Reason: "conflict"})
					return
				}
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			f.mu.Lock()
			if f.faults[id] == nil {
				f.faults[id] = map[string]bool{}
			}
			if name := q.Get("name"); r.URL.Path == "/heal" {
				delete(f.faults[id], name)
			} else if name != "" {
				f.faults[id][name] = true
			}
			f.mu.Unlock()
			fmt.Fprint(w, `{"ok":true}`)
		}))
		t.Cleanup(server.Close)
		client, err := admin.NewClient(admin.ClientConfig{URL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		f.admins[id] = client
	}
}

func (f *fake) call(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, what)
	if f.fails != nil {
		return f.fails(what)
	}
	return nil
}

// told returns what was done so far, and forgets it.
func (f *fake) told() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := f.calls
	f.calls = nil
	slices.Sort(calls)
	return calls
}

func (f *fake) Members() *quorate.Cluster { return f.members }
func (f *fake) Local() bool               { return !f.remote }

func (f *fake) Admin(id quorate.ID) (*admin.Client, error) {
	if c := f.admins[id]; c != nil {
		return c, nil
	}
	return nil, errors.New("no address")
}

func (f *fake) DataDir(id quorate.ID) string {
	if f.memory {
		return ""
	}
	return id.String()
}

func (f *fake) PID(id quorate.ID) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pids[id]
}

func (f *fake) paused(id quorate.ID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped[id]
}

func (f *fake) end(id quorate.ID, how string) error {
	if err := f.call(how + " " + id.String()); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pids[id] == 0 {
		return errors.New("does not run")
	}
	f.pids[id], f.stopped[id], f.faults[id] = 0, false, nil
	return nil
}

func (f *fake) Kill(id quorate.ID) error { return f.end(id, "kill") }
func (f *fake) End(id quorate.ID) error  { return f.end(id, "end") }

func (f *fake) Start(id quorate.ID) error {
	if err := f.call("start " + id.String()); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pids[id] != 0 {
		return errors.New("runs already")
	}
	f.pids[id] = 200 + len(f.calls)
	return nil
}

func (f *fake) stop(id quorate.ID, how string, paused bool) error {
	if err := f.call(how + " " + id.String()); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pids[id] == 0 {
		return errors.New("does not run")
	}
	f.stopped[id] = paused
	return nil
}

func (f *fake) Pause(id quorate.ID) error  { return f.stop(id, "pause", true) }
func (f *fake) Resume(id quorate.ID) error { return f.stop(id, "resume", false) }

// well says who does not run, or is paused, or has faults.
func (f *fake) well() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range f.members.IDs() {
		if f.pids[id] == 0 || f.stopped[id] || len(f.faults[id]) > 0 {
			return fmt.Errorf("%v: pid %d, paused: %v, faults %v", id, f.pids[id], f.stopped[id], f.faults[id])
		}
	}
	return nil
}
