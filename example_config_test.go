package quorate_test

import (
	"fmt"
	"time"

	"github.com/quorate/quorate"
)

// A cluster file names the members; a protocol takes its own settings from the
// options.
func ExampleParseConfig() {
	cfg, err := quorate.ParseConfig([]byte(`{
		"protocol": "paxos",
		"address": {"1.1": "tcp://10.0.0.1:1735", "1.2": "tcp://10.0.0.2:1735", "1.3": "tcp://10.0.0.3:1735"},
		"options": {"heartbeat": "20ms"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	cluster, err := cfg.Cluster()
	fmt.Println(cluster, err)

	settings := struct{ Heartbeat, ElectionTimeout time.Duration }{ElectionTimeout: 100 * time.Millisecond}
	fmt.Println(cfg.DecodeOptions(&settings), settings)

	_, err = quorate.ParseConfig([]byte(`{
		"adress": {"1.1": "tcp://10.0.0.1:1735"},
		"horizon": 10
	}`))
	fmt.Println(err)
	// Output:
	// {1.1, 1.2, 1.3} <nil>
	// <nil> {20ms 100ms}
	// config line 2, column 3: adress: unknown key, the nearest known one is "address"
	// config line 3, column 14: horizon: want a duration with a unit, such as "50ms", have 10
}
