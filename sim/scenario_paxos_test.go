package sim_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// figure is a schedule of Multi-Paxos, as papers draw them. The protocol plays
// it to the end; with one of the bugs in kills planted, the named oracle notices
// before that. The functions that play figures tell in their comments what is
// going on:
//
//	A leads under 1.A: it has a phase-1 quorum for ballot 1 of its own
//	slot 1 = X@1.A     X is accepted in slot 1 under 1.A
//
// A new leader that takes nothing over begins with a no-op, so that slot 0 is "-"
// in most figures and commands follow from slot 1 on.
type figure struct {
	name  string
	scene sim.Scene
	play  func(*sim.Scenario)
	kills kills
}

// kills maps planted bugs to the oracles that notice them.
type kills map[string]string

func figures() []figure { return slices.Concat(classics(), leases(), slotlessReads(), readmissions()) }

func classics() []figure {
	three, four, five := sim.Scene{}, sim.Scene{Members: 4}, sim.Scene{Members: 5}
	trimming := sim.Scene{Knobs: sim.Knobs{LogLimit: 8}}
	return []figure{
		{"committed prefix", three, committedPrefix, kills{"shared-ballot": "leader"}},
		{"accepted prefix", three, acceptedPrefix, kills{"report-chosen-only": "report", "ignore-accepted": "safe"}},
		{"trimmed prefix", trimming, trimmedPrefix, kills{"snapshot-drops-outcomes": "once"}},
		{"gap", three, gap, kills{"local-noop": "chosen", "execute-gaps": "chosen", "ignore-accepted": "safe"}},

		{"votes of an older ballot", five, oldVotes, kills{"count-old-votes": "chosen"}},
		{"accepting promises", five, acceptingPromises, kills{"accept-below-promise": "ballot", "lowest-ballot": "safe"}},
		{"a refusal is no vote", three, refusal, kills{"accept-below-promise": "ballot"}},
		{"an older value", five, olderValue, kills{"commit-by-index": "agreement"}},
		{"duplicate vote", five, duplicateVote, kills{"count-duplicates": "chosen"}},
		{"late promise", three, latePromise, kills{"late-promise": "leader"}},
		{"half elects nobody", four, halfElects, kills{"small-phase1": "quorum"}},
		{"half chooses nothing", four, halfChooses, kills{
			"small-phase2": "chosen", "flexible-sum": "chosen", "reply-before-quorum": "reply"}},

		{"retried write", three, retriedWrite, kills{"no-dedup": "once"}},
		{"two copies", three, twoCopies, kills{"no-dedup": "once"}},
		{"reordered writes", three, reorderedWrites, nil},
		{"expired retry", sim.Scene{Knobs: sim.Knobs{Horizon: 3 * time.Second, ElectionTimeout: 200 * time.Millisecond}}, expiredRetry, nil},
		{"forwarded again", three, forwardedAgain, nil},
		{"handed over", three, handedOver, nil},

		{"vote not synced", three, voteNotSynced, kills{"vote-before-sync": "durable"}},
		{"vote synced in silence", three, voteSyncedInSilence, kills{"report-chosen-only": "report"}},
		{"promise not synced", three, promiseNotSynced, kills{"promise-before-sync": "durable"}},
		{"promise outlives restart", three, promiseOutlivesRestart, kills{"forget-promise": "ballot"}},
		{"vote outlives restart", three, voteOutlivesRestart, kills{"drop-last-record": "report"}},
		{"torn vote", three, tornVote, kills{"torn-journal": "value"}},
		{"lost disk", three, lostDisk, kills{"lost-disk-votes": "ballot"}},
		{"leader loses disk", three, leaderLosesDisk, kills{"lost-disk-votes": "ballot"}},
		{"trimmed votes", trimming, trimmedVotes, kills{"trim-drops-promise": "ballot"}},
		{"crash while trimming", trimming, crashWhileTrimming, kills{"trim-before-save": "once"}},

		{"deposed reader", three, deposedReader, kills{"local-reads-leader": "linearizable", "local-reads-any": "linearizable"}},
		{"paused reader", three, pausedReader, kills{"local-reads-leader": "linearizable"}},
		{"new leader reads", three, newLeaderReads, kills{"local-reads-leader": "linearizable"}},
		{"local reads", five, localReads, nil},

		{"lost commit", three, lostCommit, nil},
		{"lost proposal", three, lostProposal, nil},
		{"lost proposals", three, lostProposals, kills{"no-retransmit": "liveness"}},
		{"lost promises", three, lostPromises, nil},
		{"dead choice", sim.Scene{Members: 5, Knobs: sim.Knobs{Quorum: "count:4,2", Thrifty: true}}, deadChoice, kills{"no-retransmit": "liveness"}},
		{"long away", sim.Scene{Knobs: sim.Knobs{LogLimit: 50}}, longAway, nil},
		{"partial partition", three, partialPartition, nil},
	}
}

// TestFigures plays the figures, each with every bug that it is about.
func TestFigures(t *testing.T) {
	for _, f := range figures() {
		t.Run(f.name, func(t *testing.T) {
			f.scene.Subject = subject(t, "paxos", "")
			sim.Play(t, f.scene, f.play)
			for _, bug := range slices.Sorted(maps.Keys(f.kills)) {
				t.Run(bug, func(t *testing.T) {
					scene := f.scene
					scene.Expect = f.kills[bug]
					scene.Subject = subject(t, "paxos", bug)
					sim.Play(t, scene, f.play)
				})
			}
		})
	}
}

// TestFiguresKillAllBugs: there is a figure for every bug that can be planted.
func TestFiguresKillAllBugs(t *testing.T) {
	for _, bug := range protocols.Bugs("paxos") {
		killed := slices.ContainsFunc(figures(), func(f figure) bool { return f.kills[bug.Name] != "" })
		if !killed {
			t.Errorf("no figure is about the bug %s: %s", bug.Name, bug.Doc)
		}
	}
}
