package bench

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/internal/proc"
)

// A port that somebody took between its choice and its use is replaced by another
// one; and if that happens again and again, it is said what the member said.
func TestPortsThatAreTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, text, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	taken, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	for busy, want := range map[int]int{1: 2, 9: fleet.Attempts} {
		asked := 0
		how := Processes{Binary: proc.Build(t), ports: func(n int) (*fleet.Claim, error) {
			claim, err := fleet.ClaimPorts(n)
			if asked++; err == nil && asked <= busy {
				claim.Ports[0] = taken
			}
			return claim, err
		}}
		dir := t.TempDir()
		cfg, err := Config{Nodes: 1, DataDir: dir, Clients: 1, Duration: 50 * time.Millisecond, Warmup: NoWarmup}.On(how)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(t.Context(), cfg, nil)
		if asked != want || (err == nil) != (busy < fleet.Attempts) || err != nil && !strings.Contains(err.Error(), "address already in use") {
			t.Errorf("taken %d times: asked for ports %d times, %v", busy, asked, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestClusterFile(t *testing.T) {
	cfg, err := Config{Protocol: "trex", Zones: 2, Nodes: 1, WAN: "metro", Jitter: time.Millisecond, ValueSize: MaxValueSize}.On(Processes{Binary: "quorate", REST: true})
	if err != nil {
		t.Fatal(err)
	}
	file, err := cfg.WithDefaults().clusterFile([]int{1, 2, 3, 4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	second := quorate.ID(2<<16 | 1)
	if file.Addresses[second] != "tcp://127.0.0.1:4" || file.HTTPAddresses[second] != "http://127.0.0.1:5" || file.AdminAddresses[second] != "http://127.0.0.1:6" ||
		file.Transport != "udp" || file.WAN != "metro" || file.Jitter != time.Millisecond || file.LeaderZone != 1 || file.Protocol != "trex" {
		t.Errorf("%+v", file)
	}
	if len(mustOn(t, Config{}, Processes{Binary: "q"}).HTTPAddresses) != 0 {
		t.Error("members serve HTTP that nobody asked for")
	}
	for _, p := range []Processes{{}, {Binary: "q", Connections: -1}, {Binary: "q", REST: true, Connections: 1}, {Binary: "q", Network: "chan"}, {Binary: "q", Connections: MaxConnections + 1}} {
		cfg, err := Config{}.On(p)
		if err == nil {
			err = cfg.Validate()
		}
		if err == nil {
			t.Errorf("%+v makes sense", p)
		}
	}
}

func mustOn(t *testing.T, cfg Config, p Processes) *quorate.Config {
	t.Helper()
	cfg, err := cfg.On(p)
	if err != nil {
		t.Fatal(err)
	}
	file, err := cfg.WithDefaults().clusterFile([]int{1, 2, 3, 4, 5, 6, 7, 8, 9})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Each session has a connection of its own, up to a bound, unless it is said how many.
func TestLinks(t *testing.T) {
	for _, c := range []struct{ sessions, asked, want int }{{1, 0, 1}, {64, 0, 64}, {1000, 0, MostConnections}, {64, 1, 1}, {64, 100, 64}, {1000, 500, 500}} {
		if got := (Config{Sessions: c.sessions, sockets: c.asked, Transport: viaTCP}).links(); got != c.want {
			t.Errorf("%d sessions, %d asked for: %d connections, want %d", c.sessions, c.asked, got, c.want)
		}
	}
}

// Only directories of benchmarks are swept.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	if err := Sweep(dir, strings.NewReader("")); err == nil {
		t.Errorf("swept %s", dir)
	}
	mine, err := os.MkdirTemp(dir, directoryPrefix)
	if err != nil {
		t.Fatal(err)
	}
	if err := Sweep(mine, strings.NewReader("")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(mine); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", mine, err)
	}
}
