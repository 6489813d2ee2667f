package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/remote"
)

func historyVerb() kvVerb {
	return kvVerb{
		name: "history", operands: "key", synopsis: "print the versions of a key that a member keeps", least: 1, most: 1,
		about: `Prints the versions that the member of --id keeps, or the first one that answers,
the oldest first. It is that member's own state, which may be old. How many earlier
versions are kept, the cluster's file says: none, unless it has a history.`,
		examples: []example{{"quorate kv history greeting --id 1.2 --config cluster.json", "what member 1.2 keeps"}},
		exits: []exitMeaning{
			{exitGood, "the versions were printed"},
			{exitBad, "the key was never written"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "no member can be reached"},
		},
		setup: func(*flags) func(context.Context, *kv, []string) error {
			return func(ctx context.Context, k *kv, args []string) error { return k.history(ctx, args[0]) }
		},
	}
}

func (k *kv) history(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	view, err := k.anyView(ctx, key)
	if err != nil {
		return err
	}
	if k.json {
		err = k.printJSON(struct {
			Key      string      `json:"key"`
			Node     string      `json:"node"`
			Versions []kvVersion `json:"versions"`
		}{key, view.ID.String(), versions(view.Versions)})
	} else {
		err = k.printHistory(key, view)
	}
	if err == nil && len(view.Versions) == 0 && !k.told {
		return &exitError{code: exitBad}
	}
	return err
}

// anyView returns what the first member that answers has on a key.
func (k *kv) anyView(ctx context.Context, key string) (remote.View, error) {
	var failed []error
	for _, id := range k.cluster.Order() {
		view := k.cluster.View(ctx, id, key)
		if view.Err == nil {
			return view, nil
		}
		failed = append(failed, fmt.Errorf("%v: %w", id, view.Err))
		if ctx.Err() != nil {
			break
		}
	}
	if err := k.cluster.Unreachable(); err != nil {
		return remote.View{}, err
	}
	return remote.View{}, fmt.Errorf("no member tells its history: %w", errors.Join(failed...))
}

func (k *kv) printHistory(key string, view remote.View) error {
	if len(view.Versions) == 0 {
		if k.told {
			return k.say("%v: %q was never written", view.ID, key)
		}
		return nil
	}
	if err := k.say("%v keeps %d version%s of %q", view.ID, len(view.Versions), plural(len(view.Versions)), key); err != nil {
		return err
	}
	w := tabwriter.NewWriter(k.out, 0, 0, 2, ' ', 0)
	for _, v := range view.Versions {
		fmt.Fprintf(w, "  %d\t%s\n", v.Version, state(v))
	}
	return w.Flush()
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func state(v quorate.Versioned) string {
	if v.Deleted {
		return "deleted"
	}
	return quoted(v.Value)
}

func consensusVerb() kvVerb {
	return kvVerb{
		name: "consensus", operands: "key", synopsis: "tell whether all members executed the same writes on a key", least: 1, most: 1,
		about: `Asks every member for its own state of a key and the versions it keeps, and compares
them: as far as two members have come, they must have executed the same writes.
Earlier versions can be compared only where the cluster's file has a history.`,
		examples: []example{{"quorate kv consensus greeting --config cluster.json", "do they agree?"}},
		exits: []exitMeaning{
			{exitGood, "all members agree, as far as each has come"},
			{exitBad, "two of them differ"},
			{exitUnknown, "some member did not tell, or has no version in common with another"},
			{exitInterrupted, "interrupted"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "no member can be reached"},
		},
		setup: func(*flags) func(context.Context, *kv, []string) error {
			return func(ctx context.Context, k *kv, args []string) error { return k.consensus(ctx, args[0]) }
		},
	}
}

func (k *kv) consensus(ctx context.Context, key string) error {
	limited, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	views, agreement := k.cluster.Consensus(limited, key)
	if err := k.cluster.Unreachable(); err != nil {
		return err
	}
	var err error
	if k.json {
		err = k.printJSON(consensusJSON(key, views, agreement))
	} else {
		err = printConsensus(k.out, views, agreement)
	}
	switch {
	case err != nil:
		return err
	case agreement.Verdict == quorate.Lost:
		return &exitError{exitBad, fmt.Errorf("the members differ on %q: %s", key, agreement.Why)}
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case agreement.Verdict == quorate.Pending:
		return &exitError{exitUnknown, fmt.Errorf("whether the members agree on %q is unknown: %s", key, agreement.Why)}
	}
	return nil
}

func printConsensus(out io.Writer, views []remote.View, a remote.Agreement) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "member\tversion\tkept\tstate")
	for i := range views {
		v := &views[i]
		switch n := len(v.Versions); {
		case v.Err != nil:
			fmt.Fprintf(w, "%v\t-\t-\t%v\n", v.ID, v.Err)
		case n == 0:
			fmt.Fprintf(w, "%v\t0\t-\tnever written\n", v.ID)
		default:
			fmt.Fprintf(w, "%v\t%d\t%s\t%s\n", v.ID, v.Version(), span(v.Versions[0].Version, v.Version()), state(v.Versions[n-1]))
		}
	}
	switch {
	case a.Verdict != quorate.Won:
	case a.To == 0:
		fmt.Fprintln(w, "agreed: nothing was written")
	default:
		fmt.Fprintf(w, "agreed on version%s %s\n", plural(int(a.To-a.From+1)), span(a.From, a.To))
	}
	return w.Flush()
}

func span(from, to uint64) string {
	if from == to {
		return fmt.Sprint(to)
	}
	return fmt.Sprintf("%d to %d", from, to)
}

// kvMember is the JSON of one member's view.
type kvMember struct {
	ID       string      `json:"id"`
	Error    string      `json:"error,omitempty"`
	Version  uint64      `json:"version"`
	Index    uint64      `json:"index"`
	Versions []kvVersion `json:"versions"`
}

// kvConsensus is the JSON of a comparison.
type kvConsensus struct {
	Key     string     `json:"key"`
	Agree   string     `json:"agree"` // yes, no or unknown
	Why     string     `json:"why,omitempty"`
	From    uint64     `json:"from"` // the versions that were compared
	To      uint64     `json:"to"`
	Members []kvMember `json:"members"`
}

func consensusJSON(key string, views []remote.View, a remote.Agreement) kvConsensus {
	words := map[quorate.Outcome]string{quorate.Won: "yes", quorate.Lost: "no", quorate.Pending: "unknown"}
	out := kvConsensus{Key: key, Agree: words[a.Verdict], Why: a.Why, From: a.From, To: a.To}
	for i := range views {
		v := &views[i]
		m := kvMember{ID: v.ID.String(), Version: v.Version(), Index: uint64(v.Index), Versions: versions(v.Versions)}
		if v.Err != nil {
			m.Error = v.Err.Error()
		}
		out.Members = append(out.Members, m)
	}
	return out
}
