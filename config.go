package quorate

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Config is a cluster file: who the members are, where they listen, and what
// they run. It is read from JSON by [ParseConfig], which takes a config.json of
// Paxi's as well. A zero field means the default named at it; the addresses have
// none.
//
// All nodes of a cluster must hold equal files, or they refuse each other.
type Config struct {
	// Protocol is the name of the protocol; the command line's if empty.
	Protocol string `json:"protocol"`
	// Quorums is the quorum system, as [ParseQuorums] reads it; the protocol's
	// own default if empty.
	Quorums string `json:"quorums"`
	// Addresses says where the members listen for each other and for clients,
	// see [SplitAddress]. Its keys are the membership.
	Addresses map[ID]string `json:"address"`
	// HTTPAddresses says where members serve HTTP. A member that is not
	// listed does not.
	HTTPAddresses map[ID]string `json:"http_address"`
	// AdminAddresses says where members serve metrics, their health and the
	// faults that operators inject, by HTTP. A member that is not listed does not.
	AdminAddresses map[ID]string `json:"admin_address"`
	// Bind is the host name or IP address on which members listen instead of
	// the host in each of their addresses, such as 0.0.0.0 in a container.
	Bind string `json:"bind"`
	// Transport is how members talk: tcp, or udp for datagrams where one is
	// enough and tcp, on the same port, for clients and for what is larger. If it
	// is empty, the addresses' scheme says it, or else the protocol.
	Transport string `json:"transport"`
	// WAN lets the zones lie in the regions of a wide-area network that was
	// published, in order, such as aws5: members hold back what they send each other
	// for as long as it would travel there. No network is changed, so all may run on
	// one machine. Empty is what the network is by itself.
	WAN string `json:"wan"`
	// Jitter is how much longer a message travels over the WAN at most; none.
	Jitter time.Duration `json:"jitter"`
	// LeaderZone is the number of the zone in which a protocol with a leader elects
	// it: the members of others wait longer before they stand. 0 is any.
	LeaderZone int `json:"leader_zone"`
	// Horizon is that of [OnceConfig]; 10 s.
	Horizon time.Duration `json:"horizon"`
	// History is that of [KVConfig]; none, or [MultiVersionHistory].
	History int `json:"history"`
	// MaxKey bounds the bytes of a key; 1 KiB.
	MaxKey int `json:"max_key"`
	// MaxValue bounds the bytes of a value; 1 MiB, or with a history less: all
	// values of a key are kept, see [MaxStateBytes].
	MaxValue int `json:"max_value"`
	// Options is a JSON object of the protocol's own settings, see
	// [Config.DecodeOptions].
	Options json.RawMessage `json:"options"`

	// Policy says when an object's leader moves to another zone: null,
	// consecutive, majority or ema; consecutive.
	Policy string `json:"policy"`
	// Threshold is the policy's parameter; the protocol's default.
	Threshold Threshold `json:"threshold"`
	// Thrifty asks protocols to send to a quorum only.
	Thrifty bool `json:"thrifty"`
	// BufferSize is the number of messages that wait for a slow peer at most;
	// the transport's default.
	BufferSize int `json:"buffer_size"`
	// ChanBufferSize is the number of messages that wait for a slow node at
	// most; the transport's default.
	ChanBufferSize int `json:"chan_buffer_size"`
	// MultiVersion keeps earlier versions of each key: History, or
	// MultiVersionHistory if that is zero.
	MultiVersion bool `json:"multiversion"`

	// Benchmark is the load for a benchmark, nil if the file has none.
	Benchmark *BenchmarkConfig `json:"benchmark"`
}

// Bounds of what a file may ask for.
const (
	// MaxStateBytes bounds the values of one key, earlier versions included:
	// they are saved and sent together, in one step of the node.
	MaxStateBytes = 8 << 20
	// MaxKeyBytes bounds MaxKey.
	MaxKeyBytes = 64 << 10
)

// MultiVersionHistory is the number of earlier versions that a file keeps which
// says multiversion, as Paxi's do, but no history. (Paxi keeps all, for ever.)
const MultiVersionHistory = 100

// Threshold is the parameter of a policy.
type Threshold struct {
	// Number is, for consecutive, how many requests in a row from one zone move
	// an object there; for ema, the weight of the newest request, up to 1.
	Number float64
	// Interval is the window in which majority counts requests. In a file, a
	// bare number counts seconds, as it does for Paxi, whose comment says
	// milliseconds.
	Interval time.Duration
}

// BenchmarkConfig is the load that a file asks for, under Paxi's names.
// [DefaultBenchmark] holds the defaults.
type BenchmarkConfig struct {
	Duration     time.Duration `json:"T" unit:"1s"`              // how long; a bare number counts seconds
	Operations   int           `json:"N"`                        // how many, if the duration is zero
	Keys         int           `json:"K"`                        // number of keys
	WriteRatio   float64       `json:"W"`                        // share of writes, 0 to 1
	Throttle     int           `json:"Throttle"`                 // operations a second at most, 0 for no limit
	Concurrency  int           `json:"Concurrency"`              // closed loops
	Distribution string        `json:"Distribution"`             // of the keys: order, uniform, conflict, normal, zipfian (Paxi: zipfan), exponential
	Check        bool          `json:"LinearizabilityCheck"`     // check the history
	Conflicts    int           `json:"Conflicts"`                // percent of operations on key 0, for conflict
	Min          int           `json:"Min"`                      // the lowest private key, for conflict
	Mu           float64       `json:"Mu"`                       // mean of normal
	Sigma        float64       `json:"Sigma"`                    // deviation of normal
	Move         bool          `json:"Move"`                     // the mean moves to the next key every Speed
	Speed        time.Duration `json:"Speed" unit:"1ms"`         // a bare number counts milliseconds
	ZipfianS     float64       `json:"Zipfian_s" aka:"ZipfianS"` // exponent of zipfian
	ZipfianV     float64       `json:"Zipfian_v" aka:"ZipfianV"` // offset of zipfian
	Lambda       float64       `json:"Lambda"`                   // rate of exponential
}

// DefaultBenchmark returns Paxi's defaults, which hold for what a file's
// benchmark leaves out.
func DefaultBenchmark() BenchmarkConfig {
	return BenchmarkConfig{
		Duration:     time.Minute,
		Keys:         1000,
		WriteRatio:   0.5,
		Concurrency:  1,
		Distribution: "uniform",
		Check:        true,
		Conflicts:    100,
		Sigma:        60,
		Speed:        500 * time.Millisecond,
		ZipfianS:     2,
		ZipfianV:     1,
		Lambda:       0.01,
	}
}

// Cluster returns the membership.
func (c *Config) Cluster() (*Cluster, error) {
	return NewCluster(slices.Sorted(maps.Keys(c.Addresses))...)
}

// KV returns the configuration of the built-in state machine.
func (c *Config) KV() KVConfig {
	if c.MultiVersion && c.History == 0 {
		return KVConfig{History: MultiVersionHistory}
	}
	return KVConfig{History: c.History}
}

// Requests returns the limits of client requests.
func (c *Config) Requests() RequestsConfig {
	value := min(1<<20, MaxStateBytes/c.versions())
	return RequestsConfig{MaxKey: cmp.Or(c.MaxKey, 1<<10), MaxValue: cmp.Or(c.MaxValue, value)}
}

// versions returns how many versions of a key are kept.
func (c *Config) versions() int { return 1 + min(max(c.KV().History, 0), MaxHistory) }

// Network returns the transport, tcp or udp, that the file asks for, also by its
// addresses' scheme; empty if it leaves the choice to the protocol.
func (c *Config) Network() string {
	switch schemes := c.schemes(""); {
	case c.Transport != "":
		return c.Transport
	case slices.Contains(schemes, "udp"):
		return "udp"
	case slices.Contains(schemes, "tcp"):
		return "tcp"
	}
	return ""
}

// schemes returns those of the members' addresses, each once; otherwise for an
// address without.
func (c *Config) schemes(otherwise string) []string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(c.Addresses)) {
		scheme, _, _ := SplitAddress(c.Addresses[id])
		if scheme = cmp.Or(scheme, otherwise); !slices.Contains(list, scheme) {
			list = append(list, scheme)
		}
	}
	return list
}

// Once returns the configuration of the outcome tables.
func (c *Config) Once() OnceConfig { return OnceConfig{Horizon: c.Horizon} }
