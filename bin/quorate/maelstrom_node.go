package main

import (
	"context"
	"time"

	"github.com/quorate/quorate/tester/maelstrom"
)

func maelstromNodeCommand() command {
	return command{
		name:     "maelstrom-node",
		synopsis: "be a node that Maelstrom can test",
		about: `Reads messages on stdin and writes messages on stdout, a line of JSON each, as
Maelstrom wants: a replica of a protocol, with its journal in memory and a linearizable
store on top, for the workload lin-kv. Keys and values may be any JSON. What members
say to each other travels in messages of a type of its own.

A compare-and-set reads the key, and writes if nobody has written since. It fails with 20
if there is no such key, and with 22 if the value is another one. Whatever was certainly
not executed fails with 11, also while no leader is known; of what may have been executed
an error has the code 0 or 13. It ends when stdin does.`,
		examples: []example{
			{"quorate maelstrom-node --protocol trex", "a node of TRex: it waits for init"},
			{"quorate maelstrom-node -p wpaxos --zones 3 --timeout 2s", "a node of WPaxos, for clients that wait longer"},
		},
		exits: []exitMeaning{
			{exitGood, "stdin has ended"},
			{exitInterrupted, "interrupted"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "what came on stdin is no message, or stdout cannot be written"},
		},
		setup: func(f *flags) action {
			cfg := maelstrom.NodeConfig{Protocol: "paxos", Zones: 1, Timeout: 800 * time.Millisecond}
			f.group("node")
			f.protocol(&cfg.Protocol)
			f.IntVar(&cfg.Zones, "zones", cfg.Zones, "`number` of zones, of as many nodes each, in the order of their names")
			f.read(&cfg.Read)
			f.leases(&cfg.Options.Lease, &cfg.Options.ClockError)
			f.DurationVar(&cfg.Timeout, "timeout", cfg.Timeout, "give a request up after this `time`: a little less than clients wait")
			return func(ctx context.Context, s *streams, _ []string) error {
				if cfg.Zones < 1 || cfg.Timeout <= 0 {
					return usagef("maelstrom-node: --zones %d, --timeout %v: want more than 0", cfg.Zones, cfg.Timeout)
				}
				if err := cfg.Validate(); err != nil {
					return usagef("maelstrom-node: %w", err)
				}
				err := maelstrom.RunNode(ctx, cfg, s.in, s.out, s.err)
				if ctx.Err() != nil && err == nil {
					return stopped(ctx)
				}
				return err
			}
		},
	}
}
