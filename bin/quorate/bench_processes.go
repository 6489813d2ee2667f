package main

import (
	"context"
	"fmt"
	"os"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/yardstick"
)

// benchProcesses is the flags of runs whose members are processes.
type benchProcesses struct {
	on          bool
	connections int
	yardsticks  bool
}

func (p *benchProcesses) declare(f *flags) {
	f.BoolVar(&p.on, "processes", false, "run each member as a process of its own on this machine; all are gone in the end")
	f.IntVar(&p.connections, "connections", 0, fmt.Sprintf("`number` of connections to each member that clients of --processes or --config share (default one for each client, up to %d)", bench.MostConnections))
	f.BoolVar(&p.yardsticks, "yardsticks", false, "measure bare TCP, HTTP, channels and, with --data-dir, the disk before and after each run, to compare it with them")
}

// check refuses flags that make no sense without a running cluster.
func (p *benchProcesses) check(b *benchmark) error {
	for _, name := range []string{"tls-ca", "tls-cert", "tls-key"} {
		if b.flags.Changed(name) {
			return usagef("bench: --%s without --config: it is for a cluster that runs", name)
		}
	}
	for _, name := range []string{"rest", "attach", "token-file", "connections"} {
		if b.flags.Changed(name) && !p.on {
			return usagef("bench: --%s without --config or --processes: it is for servers that are processes", name)
		}
	}
	switch {
	case p.yardsticks && b.virtual.on:
		return usagef("bench: --yardsticks with --virtual: a simulated world takes nothing of the machine")
	case p.on && b.virtual.on:
		return usagef("bench: --processes with --virtual: a simulated world has no processes")
	case p.on && b.flags.Changed("transport") && b.transport == "chan":
		return usagef("bench: --transport chan with --processes: it is for members of one process")
	}
	return p.checkConnections(b)
}

func (p *benchProcesses) checkConnections(b *benchmark) error {
	switch {
	case b.flags.Changed("connections") && (p.connections < 1 || p.connections > bench.MaxConnections):
		return usagef("bench: --connections %d: want 1 to %d", p.connections, bench.MaxConnections)
	case b.flags.Changed("connections") && b.rest:
		return usagef("bench: --connections with --rest: by HTTP each client has a connection of its own")
	case b.flags.Changed("attach") && !b.rest:
		return usagef("bench: --attach without --rest: clients of the binary ports find the leader by themselves")
	}
	return nil
}

// set makes a run one of processes, if it is to be one.
func (p *benchProcesses) set(b *benchmark, cfg bench.Config) (bench.Config, error) {
	binary, err := os.Executable()
	if err != nil {
		return cfg, fmt.Errorf("bench: find this program: %w", err)
	}
	if p.yardsticks {
		cfg.Yardsticks = &bench.Yardsticks{Server: []string{binary, yardstickCommandName}}
	}
	if !p.on {
		return cfg, nil
	}
	token, err := readToken("--token-file", b.token)
	if err != nil {
		return cfg, err
	}
	how := bench.Processes{
		Binary: binary, REST: b.rest, Leader: b.attach == attachLeader, Connections: p.connections, Token: token,
	}
	if b.flags.Changed("transport") {
		how.Network = b.transport
	}
	return cfg.On(how)
}

// endedOf names a member whose process did not last until its run ended.
func endedOf(r *bench.Result) string {
	for _, u := range r.Processes {
		if u.Ended != "" {
			return fmt.Sprintf("bench: %s: member %s did not last: %s", r.Protocol, u.Process, u.Ended)
		}
	}
	return ""
}

// yardstickCommandName is the word for [yardstickCommand].
const yardstickCommandName = "bench-yardstick"

// yardstickCommand is what --yardsticks measures against: a server in a process of
// its own. No help names it.
func yardstickCommand() command {
	return command{
		name: yardstickCommandName, operands: "name",
		synopsis: "serve a yardstick on a port of the loopback interface",
		setup: func(f *flags) action {
			return func(ctx context.Context, s *streams, args []string) error {
				if len(args) != 1 {
					return f.usagef("want the name of one yardstick")
				}
				return yardstick.Serve(ctx, args[0], s.out)
			}
		},
	}
}

// sweepCommand is what a run of processes starts, to remove what it would leave
// behind if it were killed. No help names it.
func sweepCommand() command {
	return command{
		name: bench.SweepCommand, operands: "directory",
		synopsis: "remove a benchmark's directory when what writes to stdin has ended",
		setup: func(f *flags) action {
			return func(_ context.Context, s *streams, args []string) error {
				if len(args) != 1 {
					return f.usagef("want one directory")
				}
				return bench.Sweep(args[0], s.in)
			}
		},
	}
}
