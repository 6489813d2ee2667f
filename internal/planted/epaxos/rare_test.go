package epaxos_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted"
	"github.com/quorate/quorate/internal/planted/epaxos"
	"github.com/quorate/quorate/internal/planted/epaxos/core"
	"github.com/quorate/quorate/script"
)

// TestRareBugsShowInScripts: bugs that random worlds do not show make a schedule
// among the protocol's own tests go otherwise.
func TestRareBugsShowInScripts(t *testing.T) {
	shown := map[string][2]string{ // by bug: the script, and what no longer happens in it
		"nop-forgotten":       {"validation", "1.5>1.1 PreAccept{ID:4/1 Commands:[put k=X (c:1)]"},
		"late-answer-ignored": {"waiting", "1.5 decides log 1.4 slot 0 = [] under 1@1.5"},
		"no-waiting":          {"waiting", "1.5>1.1 Waiting{ID:3/0 Same:1}"},
		"waiting-eager":       {"waiting", "1.4>1.5 RecoverReply{Ballot:1@1.5 ID:3/0 OK"},
	}
	for _, bug := range planted.EPaxos().Bugs {
		if !bug.Rare {
			continue
		}
		if bug.Name == "validate-silent" || bug.Name == "count-old-votes" {
			continue // TestDroppedSpeaksAgainst, TestOldVotes
		}
		t.Run(bug.Name, func(t *testing.T) {
			show, ok := shown[bug.Name]
			if !ok {
				t.Fatal("no script shows it")
			}
			text, err := os.ReadFile(filepath.Join("..", "..", "..", "epaxos", "testdata", show[0]+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := script.Play(show[0], string(text), build("")); err != nil || got != string(text) {
				t.Errorf("without the bug: %v, in\n%s", err, got)
			}
			got, err := script.Play(show[0], string(text), build(bug.Name))
			if err != nil || !strings.Contains(string(text), show[1]) || strings.Contains(got, show[1]) {
				t.Errorf("%v; want no %q in\n%s", err, show[1], got)
			}
		})
	}
}

// TestDroppedSpeaksAgainst: what was dropped speaks against a proposal that does not
// depend on it, but with the bug.
func TestDroppedSpeaksAgainst(t *testing.T) {
	for bug, want := range map[string]int{"": 1, "validate-silent": 0} {
		table := core.NewTable(3)
		table.Bug = bug
		write := func(seq uint64) []quorate.Command {
			return []quorate.Command{{Client: 1, Seq: seq, Op: quorate.OpPut, Key: "k"}}
		}
		done := table.Open(core.ID{})
		table.Commit(done, core.Value{Commands: write(1)})
		table.Order(done)
		table.Execute(100, func([]*core.Instance) {})
		table.Raise(core.Deps{1})
		table.Trim(core.Deps{1})
		late := table.Open(core.ID{Row: 1})
		b := quorate.NewBallot(1, 1)
		table.Promise(late, b)
		if found, verdict := table.Validate(late, b, write(2), nil); len(found) != want || verdict != core.Stored {
			t.Errorf("bug %q: %v, %v; want %d conflicts", bug, found, verdict, want)
		}
	}
}

// TestOldVotes: votes under an earlier ballot of who recovers, which come late, decide
// nothing, but with the bug.
func TestOldVotes(t *testing.T) {
	for _, bug := range []string{"", "count-old-votes"} {
		d := newDriven(t, bug)
		i := core.ID{Row: 1}
		d.hear(1, epaxos.PreAccept{ID: i, Commands: []quorate.Command{{Client: 1, Seq: 1, Op: quorate.OpPut, Key: "k"}}})
		first := d.recovers(i, 0, core.State{})
		second := d.recovers(i, first, core.State{Phase: core.Accepted, Voted: first})
		d.committed = false
		for member := 1; member < 3; member++ {
			d.hear(member, epaxos.AcceptReply{Ballot: first, ID: i, OK: true})
		}
		if second <= first || d.committed != (bug != "") {
			t.Errorf("bug %q: after votes under %v it decides under %v: %v", bug, first, second, d.committed)
		}
	}
}

// driven is the first of five members, with the others played by a test.
type driven struct {
	*quorate.Node
	t         *testing.T
	now       time.Duration
	ballot    quorate.Ballot // of the last recovery
	accepts   bool           // it has asked for votes since
	committed bool
}

func newDriven(t *testing.T, bug string) *driven {
	cluster, err := quorate.Grid(1, 5)
	if err != nil {
		t.Fatal(err)
	}
	d := &driven{t: t, now: time.Hour}
	if d.Node, err = quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster, Init: true}); err != nil {
		t.Fatal(err)
	}
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	cfg := epaxos.Config{Retransmit: 20 * time.Millisecond, Patience: 20 * time.Millisecond}
	if _, err := epaxos.New(d.Node, app, cfg, bug); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(d.now, nil); err != nil {
		t.Fatal(err)
	}
	d.run()
	return d
}

func (d *driven) run() {
	send := func(e quorate.Envelope) {
		switch m := e.Msg.(type) {
		case epaxos.Recover:
			if m.Ballot != d.ballot {
				d.ballot, d.accepts = m.Ballot, false
			}
		case epaxos.Accept:
			d.accepts = d.accepts || m.Ballot == d.ballot
		case epaxos.Commit:
			d.committed = true
		}
	}
	for range 20 {
		d.Tick(d.now)
		for b := d.Flush(send); !b.Empty(); b = d.Flush(send) {
			d.Synced(b, send)
		}
	}
}

func (d *driven) hear(member int, m any) {
	if err := d.Receive(d.now, d.Cluster().ID(member), m); err != nil {
		d.t.Fatal(err)
	}
	d.run()
}

// recovers waits for a recovery under another ballot than before, and has the owner
// and one more member promise, with their state, so that it asks for votes.
func (d *driven) recovers(i core.ID, before quorate.Ballot, state core.State) quorate.Ballot {
	for end := d.now + time.Minute; d.ballot == before || !d.accepts; d.now += 5 * time.Millisecond {
		if d.run(); d.ballot != before {
			for member := 1; member < 3; member++ {
				d.hear(member, epaxos.RecoverReply{Ballot: d.ballot, ID: i, OK: true, Promised: d.ballot, State: state})
			}
		}
		if d.now > end {
			d.t.Fatalf("no recovery after that under %v", before)
		}
	}
	return d.ballot
}

func build(bug string) script.Build {
	return func(o *script.Options) (script.Config, error) {
		cluster, err := o.Cluster()
		if err != nil {
			return script.Config{}, err
		}
		cfg := epaxos.Config{Retransmit: o.Duration("retransmit", 0), Patience: o.Duration("patience", 0)}
		return script.Config{
			Cluster: cluster,
			New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
				return epaxos.New(n, app, cfg, bug)
			},
			App: func() *quorate.Once {
				return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
			},
		}, nil
	}
}
