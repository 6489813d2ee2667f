package wpaxos_test

import (
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted"
	"github.com/quorate/quorate/internal/planted/wpaxos"
	"github.com/quorate/quorate/internal/planted/wpaxos/steal"
	"github.com/quorate/quorate/script"
)

// show is a schedule in which a bug shows: by a line that is in the trace with the
// bug and without it is not, or the other way round.
type show struct {
	options string
	steps   string // after 1.1 has taken o
	line    string
	without bool // the line is there without the bug
}

// TestRareBugsShowInScripts: bugs that random worlds do not show, above all those that
// break no promise to a client.
func TestRareBugsShowInScripts(t *testing.T) {
	shown := shows()
	for _, bug := range planted.WPaxos().Bugs {
		if !bug.Rare {
			continue
		}
		t.Run(bug.Name, func(t *testing.T) {
			s, ok := shown[bug.Name]
			if !ok {
				t.Fatal("no schedule shows it")
			}
			for _, name := range []string{"", bug.Name} {
				got, err := script.Play(bug.Name, s.text(), build(name))
				if err != nil || strings.Contains(got, s.line) != (s.without == (name == "")) {
					t.Errorf("bug %q: %v; is %q to be in\n%s", name, err, s.line, got)
				}
			}
		})
	}
}

// shows returns a schedule for each of them.
func shows() map[string]show {
	return map[string]show{
		"hint-obeyed": {"policy=consecutive:2", "hold 1.1>3.1 HandOver; get d 3.1 o; settle; get d 3.1 o; settle; isolate 1.1; run 600ms; put c 2.1 o Y; settle; heal; release; settle",
			"3.1 stands under", false},
		"majority-tie": {"policy=majority:3", "get d 2.1 o; settle; get e 1.1 o; settle; get f 3.1 o; settle",
			"HandOver{", false},
		"average-numbers": {"policy=average:0.5,0.1", "get d 3.1 o; settle",
			"1.1>2.1 HandOver{", false},
		"consecutive-nodes": {"policy=consecutive:3", "get d 3.1 o; settle; get e 3.2 o; settle; get f 3.3 o; settle",
			"HandOver{", true},
		"no-residence": {"policy=consecutive:1", "get d 3.1 o; settle; advance 10ms; get d 3.1 o; settle; get e 2.1 o; settle",
			">2.1 HandOver{", false},
		"forwarded-for-ever": {"policy=null", "cut 3.1>1.1; get d 3.1 o; run 5s",
			"3.1 stands under", true},
		"steal-unanswered": {"policy=null", "run 10s; isolate 1.1; run 600ms; cut 3.1>2.1; cut 3.1>2.2; get d 3.1 o; settle; heal; run 500ms",
			"3.1 is elected", true},
		"slot-left-open": {"policy=null", "hold *>1.1 P2b; put c 1.1 o Y; settle; isolate 1.1; run 10s",
			"executes log o slot 1 = ", true},
		"silent-owner": {"policy=null", "isolate 1.1; run 600ms; get d 3.1 o; settle",
			"3.1 stands under", true},
		"near-only": {"policy=null", "cut 1.1>1.2; cut 1.1>1.3; put c 1.1 o Y; run 400ms",
			"1.1>c reply 2: done", true},
		"overtaken-unheard": {"policy=null", "isolate 1.1; run 600ms; cut 2.1>3.1; put c 2.1 o Y; settle; heal; run 3s; get d 3.1 o; settle",
			"3.1>2.1 Request{", true},
		"refusal-ignored": {"policy=null", "isolate 1.1; run 600ms; put c 2.1 o Y; settle; heal; cut 2.1>1.1; cut 3.1>1.1; cut 3.2>1.1; put d 1.1 o Z; settle",
			"1.1 steps down", true},
		"learner-goes-on": {"policy=null", "isolate 1.1; run 600ms; put c 2.1 o Y; settle; heal 1.1 3.1; run 3s",
			"1.1 steps down", true},
		"hole-left": {"policy=null", "hold 1.1>* P2a*Slot:1*; put c 1.1 o Y; settle; put c 1.1 o Z; settle; isolate 1.1; run 600ms; get d 3.1 o; run 1s",
			"3.1 executes log o slot 1 = [nop]", true},
		"thief-forgotten": {"policy=null", "run 10s; isolate 1.1; run 600ms; cut 3.1>2.1; cut 3.1>2.2; get d 3.1 o; settle; heal; run 500ms",
			"3.1 is elected", true},
		"beat-ignored": {"policy=null", "run 2s; cut 1.1>2.1; put c 1.1 o Y; run 20ms; heal; run 2s",
			"2.1 executes log o slot 1 = ", true},
		"recent-only": {"policy=null rest=20s", "run 2s; cut 1.1>2.1; put c 1.1 o Y; run 3s; heal; run 5s",
			"2.1 executes log o slot 1 = ", true},
		"mixed-state": {"policy=null rest=100ms chunk=100", "isolate 2.1; put c 1.1 o " + strings.Repeat("Y", 150) + "; run 2s; heal; hold 2.1>* CatchupRequest*Offset:100*; hold 1.1>2.1 P3; run 300ms; put c 1.1 o " + strings.Repeat("Z", 150) + "; settle; release; settle",
			"State:ZZ", false},
		"disown-nothing": {"policy=null identities=true", "isolate 1.1; run 600ms; hold 3.1>* P1a; get d 3.1 o; settle; deliver 3.1>1.2 P1a; settle; heal; " + lost + "release; run 1s",
			"3.1 is elected under 2@3.1", false},
		"foreign-votes": {"policy=null identities=true", "hold *>1.1 P2b; put c 1.1 o Y; settle; " + lost + "deliver 1.2>1.1 P2b 1; settle",
			"1.1>c reply 2: done", false},
		"admit-forgets-chosen": {"policy=null identities=true", "hold 1.1>1.3 P2a; hold 1.1>* P2a*Slot:1*; put c 1.1 o Y; settle; put c 1.1 o Z; settle; " + lost + "crash 1.2; restart 1.2; isolate 1.1; run 600ms; get d 3.1 o; run 1s",
			"value Z", true},
		"admit-reads-few": {"policy=null identities=true", "crash 1.2; crash 1.3; restart 1.2 empty; restart 1.3 empty; admit 1.2; run 300ms",
			"1.2 is a voter", false},
		"cursor-kept": {"policy=null identities=true chunk=1", "hold 1.1>1.3 P2a; hold 1.1>* P3; put c 1.1 a Y; settle; crash 1.2; restart 1.2 empty; hold 1.2>* Recall; admit 1.2; run 20ms; deliver 1.2>1.1 Recall 1; settle; crash 1.1; restart 1.1; drop *; release; run 300ms; isolate 1.1; run 600ms; hold *>3.1 P1b; get d 3.1 a; settle; deliver 1.2>3.1 P1b",
			"Entries:[{Slot:0 Ballot:1@1.1 Commands:[put a=Y (c:2)]}]}}", true},
		"given-up-put-off": {"policy=null backoff=200ms", "hold *>1.1 P2b; put c 1.1 o Y; run 500ms; isolate 1.1 2.1 2.2 2.3; run 600ms" + strings.Repeat("; get d 3.1 o; run 100ms", 200),
			"3.1 stands under 5@3.1", true},
		"commit-unsought": {"policy=null", "run 2s; cut 1.1>1.2; put c 1.1 o Y; settle; heal; put c 1.1 o Z; settle",
			"1.2>1.1 CatchupRequest{", true},
	}
}

// lost is how 1.2 loses its disk and comes back.
const lost = "crash 1.2; restart 1.2 empty; admit 1.2; run 300ms; "

// text is the schedule after 1.1 has taken the object.
func (s show) text() string {
	first := "cluster n=3x3 residence=100ms " + s.options + "\n----\n\n"
	return first + strings.ReplaceAll("put c 1.1 o X; settle; advance 200ms; "+s.steps, "; ", "\n") + "\n----\n"
}

func build(bug string) script.Build {
	return func(o *script.Options) (script.Config, error) {
		cluster, err := o.Cluster()
		if err != nil {
			return script.Config{}, err
		}
		cfg := wpaxos.Config{Backoff: o.Duration("backoff", 0), Residence: o.Duration("residence", 0), Rest: o.Duration("rest", 0), ChunkBytes: o.Int("chunk", 0)}
		if cfg.Policy, err = steal.Parse(o.Text("policy", "null")); err != nil {
			return script.Config{}, err
		}
		return script.Config{
			Cluster:    cluster,
			Identities: o.Bool("identities", false),
			New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
				return wpaxos.New(n, app, cfg, bug)
			},
			App: func() *quorate.Once {
				return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
			},
		}, nil
	}
}
