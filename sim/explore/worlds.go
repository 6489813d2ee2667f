package explore

import (
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// Worlds returns tiny worlds for a protocol of the Paxos family, each for a kind
// of mistake. They have three members, of which the first two may stand for
// election; pre-votes arrive at once, and what serves liveness only does not
// arrive at all. Each can be exhausted within seconds. With deep they are larger,
// and take minutes and a few hundred megabytes. The names of messages and timers
// in them do no harm to protocols without such.
func Worlds(s sim.Subject, deep bool) []Config {
	worlds := []Config{votes(s), gaps(s), ballots(s), learners(s), doubles(s), crashes(s), revenant(s)}
	if deep {
		for i := range worlds {
			deepen(&worlds[i])
		}
	}
	return worlds
}

// deepen makes a world larger in the way that adds most to it.
func deepen(c *Config) {
	c.MaxStates = 6_000_000
	switch c.Name {
	case "ballots":
		c.Prompt = []string{"PreVote", "PreVoteReply"}
	case "doubles":
		c.Duplicates = 1
		c.Timers = append(c.Timers, Timer{second(), "election", 1})
	case "crashes":
		c.Crashes = 2
		c.Requests = append(c.Requests, Request{To: second(), Command: Put(2, "b")})
	default:
		c.Knobs.Thrifty = false
	}
}

func first() quorate.ID  { return quorate.ID(1<<16 | 1) }
func second() quorate.ID { return quorate.ID(1<<16 | 2) }
func third() quorate.ID  { return quorate.ID(1<<16 | 3) }

// two is the world that the others are made of: two members stand once, and each
// has a command to propose. One slot at a time, and asking no more acceptors
// than needed, keeps it small.
func two(name string, s sim.Subject) Config {
	return Config{
		Name: name, Subject: s, Early: true,
		Knobs:    sim.Knobs{Window: 1, Thrifty: true},
		Requests: []Request{{To: first(), Command: Put(1, "a")}, {To: second(), Command: Put(2, "b")}},
		Timers:   []Timer{{first(), "election", 1}, {second(), "election", 1}},
		Drop:     []string{"Heartbeat", "HeartbeatReply", "Request", "CatchupRequest"},
		Prompt:   []string{"PreVote", "PreVoteReply"},
	}
}

// votes: who wins with what, while messages of both phases come late or never.
func votes(s sim.Subject) Config { return two("votes", s) }

// gaps: several slots at a time, so that later ones are chosen first.
func gaps(s sim.Subject) Config {
	c := two("gaps", s)
	c.Knobs.Window = 2
	c.Requests = c.Requests[:1]
	return c
}

// ballots: three in a row, so that a slot has seen two values before.
func ballots(s sim.Subject) Config {
	c := two("ballots", s)
	c.Timers[0].Times = 2
	c.Prompt = append(c.Prompt, "P1b", "P2b")
	return c
}

// learners: the news of commits meets what was accepted under older ballots, and
// what is missing is fetched.
func learners(s sim.Subject) Config {
	c := two("learners", s)
	c.Timers = append(c.Timers, Timer{second(), "commit", 1}, Timer{third(), "catchup", 1})
	c.Prompt = append(c.Prompt, "P1b", "P2b")
	c.Drop = slices.DeleteFunc(c.Drop, func(name string) bool { return name == "CatchupRequest" })
	return c
}

// doubles: all messages may come again and again. All members must vote.
func doubles(s sim.Subject) Config {
	c := two("doubles", s)
	c.Knobs.Quorum = "count:1,3"
	c.Requests, c.Timers = c.Requests[:1], c.Timers[:1]
	c.Duplicates = Any
	return c
}

// crashes: any member may crash, also between a record and its sync.
func crashes(s sim.Subject) Config {
	c := two("crashes", s)
	c.Requests = c.Requests[:1]
	c.Crashes = 1
	return c
}

// revenant: a leader crashes and leads again, among votes for its former self.
func revenant(s sim.Subject) Config {
	c := two("revenant", s)
	c.Requests = c.Requests[:1]
	c.Timers = []Timer{{first(), "election", 2}}
	c.Crashes, c.Steady = 1, []quorate.ID{second(), third()}
	return c
}
