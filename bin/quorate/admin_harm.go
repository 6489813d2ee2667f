package main

import (
	"context"
	"time"

	"github.com/quorate/quorate/server/admin"
)

func clockCommand() command {
	return faultCommand("clock", "make the clock of a member's node wrong",
		`It is the clock of the node that is wrong; the machine's is left alone. It never runs
backwards: one that was set back runs at a tenth of its rate until the time has come. A
new error takes the place of the one before.`,
		[]example{
			{"quorate admin clock --id 1.1 --bump -2s -t 10s --config cluster.json", "1.1 believes that it is 2 s earlier"},
			{"quorate admin clock --id 1.1 --bump 100ms --period 50ms -t 10s --config cluster.json", "its clock is set to and fro"},
			{"quorate admin clock --id 1.1 --rate 1.01 -t 1m --config cluster.json", "it runs 1 % too fast"},
		},
		func(f *flags) action {
			o := newFault(f, "clock")
			f.group("clock")
			f.DurationVar(&o.bump, "bump", 0, "`time` by which it is set ahead, or back, such as -2s")
			f.DurationVar(&o.period, "period", 0, "set it to and fro, each for this `time`")
			f.Float64Var(&o.rate, "rate", 0, "how `fast` it runs, such as 1.01")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) {
				if o.rate != 0 {
					return c.Drift(ctx, o.time, o.rate)
				}
				return c.Bump(ctx, o.time, o.bump, o.period)
			})
		})
}

// What admin disk can do besides what [admin.Client.Disk] does.
const (
	diskSlow = "slow"
	diskKill = "kill"
)

func diskCommand() command {
	return faultCommand("disk", "make the disk of a member's journal slow, fail or lie",
		`With slow each sync takes longer, by --delay. With fail the next sync fails, and with
full nothing more can be written: the node falls silent, and only a new start of the
process helps. With kill the process ends before the n-th sync from now on, by --sync.
With lie syncs return at once and nothing is synced, which shows when the power fails;
that takes a member that was started with --unsynced-in-memory. No protocol survives it.

All want a journal on disk.`,
		[]example{
			{"quorate admin disk --id 1.1 --fault slow --delay 300ms -t 10s --config cluster.json", "each sync of 1.1 takes 300 ms longer"},
			{"quorate admin disk --id 1.1 --fault fail -t 10s --config cluster.json", "a sync of 1.1 fails"},
			{"quorate admin disk --id 1.1 --fault kill --sync 3 -t 1m --config cluster.json", "1.1 ends before its third sync"},
		},
		func(f *flags) action {
			o := newFault(f, "disk")
			f.group("disk")
			f.Var(&choice{&o.harm, []string{diskSlow, admin.DiskFail, admin.DiskFull, admin.DiskLie, diskKill}}, "fault", "what it does: `slow|fail|full|lie|kill`")
			f.DurationVar(&o.delay, "delay", 100*time.Millisecond, "`time` that each sync takes longer, with slow")
			f.IntVar(&o.sync, "sync", 1, "`number` of the sync before which the process ends, with kill")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) {
				switch o.harm {
				case diskSlow:
					return c.SlowDisk(ctx, o.time, o.delay)
				case diskKill:
					return c.KillAtSync(ctx, o.time, o.sync)
				}
				return c.Disk(ctx, o.time, o.harm)
			})
		})
}

func powerCommand() command {
	return faultCommand("power", "cut the power of a member and its disk, for a time",
		`The node ends, what its disk had not synced is gone, and it starts again after the time.
The process stays. It takes a member that was started with --data-dir and
--unsynced-in-memory; elsewhere it is refused, since the system keeps what is not synced.`,
		[]example{{"quorate admin power --id 1.1 -t 5s --config cluster.json", "1.1 is without power for five seconds"}},
		func(f *flags) action {
			o := newFault(f, "power")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) { return c.Power(ctx, o.time) })
		})
}

// checkHarm refuses what every member would refuse, of clocks and disks.
func (o *fault) checkHarm() error {
	given := o.flags.Changed
	switch o.what {
	case "clock":
		switch {
		case given("bump") == given("rate"):
			return o.flags.usagef("want one of --bump and --rate, such as --bump -2s, or --rate 1.01")
		case given("rate") && !(o.rate >= admin.MinRate && o.rate <= admin.MaxRate):
			return o.flags.usagef("--rate %v: want how fast the clock runs, from %v to %v", o.rate, admin.MinRate, admin.MaxRate)
		case o.bump.Abs() > admin.MaxBump:
			return o.flags.usagef("--bump %v: want at most %v", o.bump, admin.MaxBump)
		case given("period") && given("rate"):
			return o.flags.usagef("--period goes with --bump only")
		case given("period") && (o.period < admin.MinPeriod || o.period > admin.MaxTime):
			return o.flags.usagef("--period %v: want %v to %v", o.period, admin.MinPeriod, admin.MaxTime)
		}
	case "disk":
		switch {
		case o.harm == "":
			return o.flags.usagef("--fault is missing: want slow, fail, full, lie or kill")
		case given("delay") && o.harm != diskSlow:
			return o.flags.usagef("--delay goes with --fault slow only")
		case given("sync") && o.harm != diskKill:
			return o.flags.usagef("--sync goes with --fault kill only")
		case o.delay <= 0 || o.delay > admin.MaxDelay:
			return o.flags.usagef("--delay %v: want more than 0, and at most %v", o.delay, admin.MaxDelay)
		case o.sync < 1 || o.sync > admin.MaxSync:
			return o.flags.usagef("--sync %d: want 1 to %d", o.sync, admin.MaxSync)
		}
	}
	return nil
}
