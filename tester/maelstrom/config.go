package maelstrom

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/nemesis"
)

// Limits of a test.
const (
	MaxNodes       = 64
	MaxConcurrency = 1 << 10
	MaxRate        = 1e5
)

// Config says what to test. Only Bin is required, or Node.
type Config struct {
	// Bin is the program that is a node, and Args are its arguments.
	Bin  string   `json:"bin"`
	Args []string `json:"args,omitempty"`
	// Node, if there is one, is a node in this process, which takes the place of Bin. So
	// tests in Go can test nodes in Go, in the virtual time of testing/synctest.
	Node Behaviour `json:"-"`
	// Workload is the name of what clients do. Zero is "lin-kv".
	Workload string `json:"workload"`
	// Nodes is how many there are. Zero is 3.
	Nodes int `json:"node_count"`
	// Concurrency is the number of clients. Zero is two for each node.
	Concurrency int `json:"concurrency"`
	// Rate is how many operations all clients together begin a second, at most. Zero is 5.
	Rate float64 `json:"rate"`
	// TimeLimit is how long the clients work. Zero is 60 s.
	TimeLimit time.Duration `json:"time_limit_ns"`
	// Nemesis names what goes wrong: "partition" for partitions of any shape, or the shapes
	// of package nemesis. None is nothing.
	Nemesis []string `json:"nemesis,omitempty"`
	// Interval is about how long a partition takes, and the pause before it. Zero is 10 s.
	Interval time.Duration `json:"nemesis_interval_ns"`
	// Latency is how long a message between nodes takes on average, and LatencyDist is
	// what it is drawn from: "constant", "uniform" or "exponential". Zero is constant.
	Latency     time.Duration `json:"latency_ns"`
	LatencyDist string        `json:"latency_dist"`
	// Loss and Duplicate are the shares of messages between nodes that get lost, and that
	// arrive twice.
	Loss      float64 `json:"loss,omitempty"`
	Duplicate float64 `json:"duplicate,omitempty"`
	// Unique makes all values that are written different ones. By default there are five.
	Unique bool `json:"unique,omitempty"`
	// OpsPerKey is after how many operations a key is left for another one. Zero is 100.
	OpsPerKey int `json:"ops_per_key"`
	// Topology is what nodes of the workload broadcast are told of who is beside whom.
	// Zero is "grid".
	Topology string `json:"topology"`
	// Availability is the share of the operations that must succeed. Zero is any.
	Availability float64 `json:"availability,omitempty"`
	// Seed fixes what is drawn at random. What becomes of it is the machine's doing.
	Seed uint64 `json:"seed"`
	// Patience bounds how long a node may take to answer init. Zero is 10 s.
	Patience time.Duration `json:"patience_ns"`
	// Quiet is the time between healing and final reads, of workloads that have some.
	// Zero is 2 s.
	Quiet time.Duration `json:"quiet_ns"`
	// CheckLimit bounds the time of the check. Zero is one minute.
	CheckLimit time.Duration `json:"check_limit_ns"`

	// Store is the directory in which the test's directory is made. Empty keeps nothing.
	Store string `json:"-"`
	// Log gets what the nodes write on stderr, if LogStderr is set, and each message as it
	// is sent and as it is delivered. Nil is nobody.
	Log       io.Writer `json:"-"`
	LogStderr bool      `json:"-"`
	LogSend   bool      `json:"-"`
	LogRecv   bool      `json:"-"`

	// wait is how long clients wait; zero is as Maelstrom's do.
	wait time.Duration
	// most bounds the history, in events; zero is maxEvents.
	most int
}

// The distributions of latencies.
const (
	constant    = "constant"
	uniform     = "uniform"
	exponential = "exponential"
)

// Distributions returns the names of the distributions of latencies.
func Distributions() []string { return []string{constant, uniform, exponential} }

// anyShape stands for partitions of all shapes.
const anyShape = "partition"

// WithDefaults returns c with its defaults in place of zeros.
func (c Config) WithDefaults() Config {
	c.Workload = cmp.Or(c.Workload, linKV)
	c.Nodes = cmp.Or(c.Nodes, 3)
	c.Concurrency = cmp.Or(c.Concurrency, 2*c.Nodes)
	c.Rate = cmp.Or(c.Rate, 5)
	c.TimeLimit = cmp.Or(c.TimeLimit, time.Minute)
	c.Interval = cmp.Or(c.Interval, 10*time.Second)
	c.LatencyDist = cmp.Or(c.LatencyDist, constant)
	c.OpsPerKey = cmp.Or(c.OpsPerKey, 100)
	c.Topology = cmp.Or(c.Topology, grid)
	c.Patience = cmp.Or(c.Patience, 10*time.Second)
	c.Quiet = cmp.Or(c.Quiet, 2*time.Second)
	c.CheckLimit = cmp.Or(c.CheckLimit, time.Minute)
	return c
}

// Validate reports the first setting that makes no sense. Zeros stand for defaults.
func (c Config) Validate() error {
	c = c.WithDefaults()
	switch {
	case c.Bin == "" && c.Node == nil:
		return errors.New("maelstrom: Bin is missing: give the program that is a node")
	case !slices.Contains(Workloads(), c.Workload):
		return fmt.Errorf("maelstrom: workload %q%s; workloads are %s", c.Workload, unknownWorkload(c.Workload), strings.Join(Workloads(), ", "))
	case c.Nodes < 1 || c.Nodes > MaxNodes:
		return fmt.Errorf("maelstrom: %d nodes: want 1 to %d", c.Nodes, MaxNodes)
	case c.Concurrency < 1 || c.Concurrency > MaxConcurrency:
		return fmt.Errorf("maelstrom: concurrency %d: want 1 to %d", c.Concurrency, MaxConcurrency)
	case !(c.Rate > 0 && c.Rate <= MaxRate):
		return fmt.Errorf("maelstrom: rate %v: want more than 0, up to %v", c.Rate, MaxRate)
	case c.Latency < 0 || c.Latency > time.Minute:
		return fmt.Errorf("maelstrom: latency %v: want 0 to a minute", c.Latency)
	case !slices.Contains(Distributions(), c.LatencyDist):
		return fmt.Errorf("maelstrom: latency distribution %q: want %s", c.LatencyDist, strings.Join(Distributions(), ", "))
	case !(c.Loss >= 0 && c.Loss <= 1):
		return fmt.Errorf("maelstrom: loss %v: want a share, 0 to 1", c.Loss)
	case !(c.Duplicate >= 0 && c.Duplicate <= 1):
		return fmt.Errorf("maelstrom: duplicate %v: want a share, 0 to 1", c.Duplicate)
	case !slices.Contains(Topologies(), c.Topology):
		return fmt.Errorf("maelstrom: topology %q%s: want %s", c.Topology, spelling.Hint(c.Topology, Topologies(), ""), strings.Join(Topologies(), ", "))
	case !(c.Availability >= 0 && c.Availability <= 1):
		return fmt.Errorf("maelstrom: availability %v: want a share, 0 to 1", c.Availability)
	case c.OpsPerKey < 1:
		return fmt.Errorf("maelstrom: %d operations per key: want 1 or more", c.OpsPerKey)
	}
	for name, d := range map[string]time.Duration{"time limit": c.TimeLimit, "nemesis interval": c.Interval, "patience": c.Patience, "quiet": c.Quiet, "check limit": c.CheckLimit} {
		if d <= 0 {
			return fmt.Errorf("maelstrom: %s %v: want more than 0", name, d)
		}
	}
	_, err := c.shapes()
	return err
}

// shapes are those of the partitions, none if there are none.
func (c *Config) shapes() ([]string, error) {
	members, err := quorate.Grid(1, c.Nodes)
	if err != nil {
		return nil, err
	}
	fit := nemesis.ShapesOf(members)
	var shapes []string
	for _, name := range c.Nemesis {
		switch {
		case name == "none" && len(c.Nemesis) == 1:
		case name == anyShape && len(fit) > 0:
			shapes = append(shapes, fit...)
		case slices.Contains(fit, name):
			shapes = append(shapes, name)
		default:
			all := append([]string{anyShape}, fit...)
			return nil, fmt.Errorf("maelstrom: nemesis %q%s; of %d nodes there are %s", name, spelling.Hint(name, all, ""), c.Nodes, strings.Join(all, ", "))
		}
	}
	slices.Sort(shapes)
	return slices.Compact(shapes), nil
}

// timeout is how long clients wait for an answer.
func (c *Config) timeout() time.Duration { return cmp.Or(c.wait, max(time.Second, 10*c.Latency)) }

// names are the nodes'.
func (c *Config) names() []string {
	names := make([]string, c.Nodes)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
	}
	return names
}
