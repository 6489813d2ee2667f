package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

func adminCommand() command {
	status := adminStatusCommand()
	return command{
		name:     "admin",
		synopsis: "look at the members of a running cluster, and make things go wrong",
		about: `Asks members at their admin addresses, which the cluster file lists. Without a
command it is 'quorate admin status'.

Faults end by themselves. Those of the network act on what a member sends: to cut two
members off from each other, drop at both, or use a partition. Where faults overlap, a
message suffers the strongest.`,
		examples: []example{
			{"quorate admin --config cluster.json", "how the members are"},
			{"quorate admin crash --id 1.1 -t 5s --config cluster.json", "a member crashes, and is back after five seconds"},
			{"quorate admin partition 1.1,1.2 1.3 -t 10s --config cluster.json", "two against one"},
		},
		exits: status.exits,
		setup: status.setup,
		subs: []command{
			status, crashCommand(), dropCommand(), slowCommand(), flakyCommand(), duplicateCommand(), reorderCommand(),
			partitionCommand(), clockCommand(), diskCommand(), powerCommand(), healCommand(),
		},
	}
}

func faultExits() []exitMeaning {
	return []exitMeaning{
		{exitGood, "every member that was to do it did"},
		{exitBad, "a member refused, or did not answer"},
		{exitUnknown, "none answered: whether they do it is unknown"},
		{exitInterrupted, "interrupted"},
		{exitUsage, "an argument or the cluster file makes no sense"},
		{exitTool, "the tool failed"},
	}
}

// faultCommand returns a command that injects something.
func faultCommand(name, synopsis, about string, examples []example, setup func(f *flags) action) command {
	return command{name: "admin " + name, synopsis: synopsis, about: about, examples: examples, exits: faultExits(), setup: setup}
}

func crashCommand() command {
	return faultCommand("crash", "end members as a crash would, and start them again",
		`The process stays, but its node ends at once: nothing is flushed, and what was not
synced may be lost. After the time it starts again from its journal.`,
		[]example{{"quorate admin crash --id 1.1 -t 5s --config cluster.json", "1.1 is gone for five seconds"}},
		func(f *flags) action {
			o := newFault(f, "crash")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) { return c.Crash(ctx, o.time) })
		})
}

func dropCommand() command {
	return faultCommand("drop", "drop what a member sends to others",
		"The other direction works on.",
		[]example{{"quorate admin drop --id 1.1 --to 1.2 -t 5s --config cluster.json", "1.2 does not hear 1.1"}},
		func(f *flags) action {
			o := newFault(f, "drop")
			o.peers()
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) {
				return c.Drop(ctx, o.time, o.to...)
			})
		})
}

func slowCommand() command {
	return faultCommand("slow", "delay what a member sends to others",
		"Messages keep their order, unless there is jitter.",
		[]example{{"quorate admin slow --id 1.1 --delay 50ms --jitter 10ms -t 1m --config cluster.json", "all hear 1.1 late, by 50 to 60 ms"}},
		func(f *flags) action {
			o := newFault(f, "slow")
			o.peers()
			f.DurationVar(&o.delay, "delay", 50*time.Millisecond, "`time` added to every message")
			f.DurationVar(&o.jitter, "jitter", 0, "most `time` added to that at random")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) {
				return c.Slow(ctx, o.time, o.delay, o.jitter, o.to...)
			})
		})
}

func flakyCommand() command {
	return faultCommand("flaky", "drop some of what a member sends to others",
		"Each message is lost with the same probability.",
		[]example{{"quorate admin flaky --id 1.1 --loss 0.1 -t 1m --config cluster.json", "one message in ten is lost"}},
		func(f *flags) action {
			o := newFault(f, "flaky")
			o.peers()
			f.Float64Var(&o.share, "loss", 0.5, "`share` of messages dropped, above 0 and up to 1")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) {
				return c.Flaky(ctx, o.time, o.share, o.to...)
			})
		})
}

func duplicateCommand() command {
	return faultCommand("duplicate", "send some of what a member sends to others twice",
		"Each message with the same probability. Members take it as a network's doing.",
		[]example{{"quorate admin duplicate --id 1.1 --share 0.1 -t 1m --config cluster.json", "one message in ten comes twice"}},
		func(f *flags) action {
			o := newFault(f, "duplicate")
			o.peers()
			f.Float64Var(&o.share, "share", 0.5, "`share` of messages sent twice, above 0 and up to 1")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) {
				return c.Duplicate(ctx, o.time, o.share, o.to...)
			})
		})
}

func reorderCommand() command {
	return faultCommand("reorder", "hold some of what a member sends back, so that the rest overtakes it",
		"The rest is sent at once, in order.",
		[]example{{"quorate admin reorder --id 1.1 --share 0.1 --late 50ms -t 1m --config cluster.json", "one message in ten is overtaken by those of up to 50 ms"}},
		func(f *flags) action {
			o := newFault(f, "reorder")
			o.peers()
			f.Float64Var(&o.share, "share", 0.5, "`share` of messages held back, above 0 and up to 1")
			f.DurationVar(&o.delay, "late", 50*time.Millisecond, "most `time` that they are held back")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) {
				return c.Reorder(ctx, o.time, o.share, o.delay, o.to...)
			})
		})
}

func partitionCommand() command {
	c := faultCommand("partition", "cut members off from each other",
		`Members of one group reach each other and nobody else; those in no group form one
of their own. Every member is told, since each stops only what it sends itself. A
partition replaces the one before it. Clients still reach all members.`,
		[]example{
			{"quorate admin partition 1.1,1.2 1.3 -t 10s --config cluster.json", "two against one"},
			{"quorate admin partition 1.1 -t 10s --config cluster.json", "1.1 alone against all others"},
		},
		func(f *flags) action {
			o := newFault(f, "partition")
			return o.partition
		})
	c.operands = "group..."
	return c
}

func healCommand() command {
	return faultCommand("heal", "end the faults of members",
		"Of all members, or those of --id. A member that is crashed stays so for its time.",
		[]example{{"quorate admin heal --config cluster.json", "all is well again"}},
		func(f *flags) action {
			o := newFault(f, "heal")
			return o.run(func(ctx context.Context, c *admin.Client) (admin.Injected, error) { return c.Heal(ctx) })
		})
}

// fault is the flags of a command that injects something.
type fault struct {
	operators
	what string

	ids, to       idList
	time          time.Duration
	delay, jitter time.Duration
	share         float64
	name          string

	bump, period time.Duration // of clocks
	rate         float64
	harm         string // to disks
	sync         int
}

func newFault(f *flags, what string) *fault {
	o := &fault{operators: operators{flags: f}, what: what}
	f.group("fault")
	switch what {
	case "partition":
	case "heal":
		f.Var(&o.ids, "id", "the members, `zone.node,...` (default all)")
	default:
		f.Var(&o.ids, "id", "the member that suffers, `zone.node`, or several with commas")
	}
	switch what {
	case "crash", "power":
	case "heal":
		f.StringVar(&o.name, "name", "", "end the fault of this `name` alone")
	default:
		f.StringVar(&o.name, "name", "", "a `name`: another fault of the name takes its place, and heal --name ends it alone")
	}
	if what != "heal" {
		f.VarP((*faultTime)(&o.time), "time", "t", "`time` after which it ends, such as 5s; a bare number counts seconds")
	}
	o.declare()
	return o
}

func (o *fault) peers() {
	o.flags.Var(&o.to, "to", "the members that its messages go to, `zone.node,...` (default all others)")
}

// run returns the action that has each member do something.
func (o *fault) run(do func(ctx context.Context, c *admin.Client) (admin.Injected, error)) action {
	return func(ctx context.Context, s *streams, _ []string) error {
		members, err := o.reach()
		if err != nil {
			return err
		}
		defer closeAll(members)
		if members, err = o.chosen(members); err != nil {
			return err
		}
		if err := o.check(members); err != nil {
			return err
		}
		return o.tell(ctx, s, members, do)
	}
}

// chosen returns the members that --id means.
func (o *fault) chosen(members []operated) ([]operated, error) {
	if len(o.urls) > 0 || o.what == "heal" && len(o.ids) == 0 {
		if len(o.ids) > 0 {
			return nil, o.flags.usagef("--id with --admin: the address says which member it is")
		}
		return members, nil
	}
	if len(o.ids) == 0 {
		return nil, o.flags.usagef("--id is missing: which member? There are %s", names(members))
	}
	var chosen []operated
	for _, id := range o.ids {
		m, err := o.member(members, id)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, m)
	}
	return chosen, nil
}

// check refuses what every member would refuse.
func (o *fault) check(chosen []operated) error {
	switch {
	case o.what != "heal" && o.time == 0:
		return o.flags.usagef("--time is missing: after which time does it end? For example -t 5s")
	case o.time > admin.MaxTime:
		return o.flags.usagef("--time %v: want at most %v", o.time, admin.MaxTime)
	case o.what == "slow" && (o.delay <= 0 || o.delay > admin.MaxDelay):
		return o.flags.usagef("--delay %v: want more than 0, and at most %v", o.delay, admin.MaxDelay)
	case o.what == "slow" && (o.jitter < 0 || o.jitter > admin.MaxDelay):
		return o.flags.usagef("--jitter %v: want 0 or more, and at most %v", o.jitter, admin.MaxDelay)
	case o.what == "reorder" && (o.delay <= 0 || o.delay > admin.MaxDelay):
		return o.flags.usagef("--late %v: want more than 0, and at most %v", o.delay, admin.MaxDelay)
	case o.what == "flaky" && !(o.share > 0 && o.share <= 1):
		return o.flags.usagef("--loss %v: want a share above 0 and up to 1", o.share)
	case (o.what == "duplicate" || o.what == "reorder") && !(o.share > 0 && o.share <= 1):
		return o.flags.usagef("--share %v: want a share above 0 and up to 1", o.share)
	}
	for _, id := range o.to {
		if o.cluster != nil && !o.cluster.Has(id) {
			return o.flags.usagef("--to %v: not a member of %v", id, o.cluster)
		}
		for _, m := range chosen {
			if m.id == id {
				return o.flags.usagef("--to %v: that is the member itself", id)
			}
		}
	}
	return o.checkHarm()
}

// partition tells every member of the groups.
func (o *fault) partition(ctx context.Context, s *streams, args []string) error {
	members, err := o.reach()
	if err != nil {
		return err
	}
	defer closeAll(members)
	if len(args) == 0 {
		return o.flags.usagef("no group is given: want members that reach each other, such as 1.1,1.2 1.3")
	}
	var groups [][]quorate.ID
	seen := map[quorate.ID]bool{}
	for _, arg := range args {
		var g idList
		if err := g.Set(arg); err != nil {
			return o.flags.usagef("group %q: %w", arg, err)
		}
		for _, id := range g {
			if o.cluster != nil && !o.cluster.Has(id) {
				return o.flags.usagef("group %s: %v is not a member of %v", arg, id, o.cluster)
			}
			if seen[id] {
				return o.flags.usagef("group %s: %v is named twice", arg, id)
			}
			seen[id] = true
		}
		groups = append(groups, g)
	}
	if err := o.check(nil); err != nil {
		return err
	}
	return o.tell(ctx, s, members, func(ctx context.Context, c *admin.Client) (admin.Injected, error) {
		return c.Partition(ctx, o.time, groups...)
	})
}

// told is what became of one member, for --json.
type told struct {
	ID     string        `json:"id,omitempty"`
	Admin  string        `json:"admin"`
	Faults []admin.Fault `json:"faults,omitempty"`
	Error  string        `json:"error,omitempty"`
}

// tell asks all members at the same time, and says what became of it. Nobody is
// told who is not the one that is meant.
func (o *fault) tell(ctx context.Context, s *streams, members []operated, do func(ctx context.Context, c *admin.Client) (admin.Injected, error)) error {
	_, errs := survey(ctx, members)
	answers := make([]admin.Injected, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		if errs[i] == nil {
			wg.Go(func() { answers[i], errs[i] = do(ctx, m.client.Named(o.name)) })
		}
	}
	wg.Wait()
	list := make([]told, len(members))
	for i, m := range members {
		list[i] = told{Admin: m.client.URL(), Faults: answers[i].Faults}
		if m.id != 0 {
			list[i].ID = m.id.String()
		}
		if errs[i] != nil {
			list[i].Error = errs[i].Error()
		}
		if !o.json {
			fmt.Fprintf(s.out, "%s: %s\n", m.name(), o.outcome(answers[i], errs[i]))
		}
	}
	if o.json {
		if err := writeIndented(s.out, perMember[told]{list}); err != nil {
			return err
		}
	}
	return verdict(ctx, errs)
}

// outcome is what a person reads about one member.
func (o *fault) outcome(in admin.Injected, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case len(in.Faults) == 0:
		return "no faults"
	}
	return strings.Join(describeFaults(in.Faults), ", ")
}
