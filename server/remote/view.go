package remote

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/sleep"
)

// View is what one member has executed on a key: its own state, however old.
type View struct {
	ID quorate.ID
	// Err says why the member did not tell; the rest is then empty.
	Err error
	// Index is how many slots the state includes, where the protocol has slots.
	Index quorate.Slot
	// At is the version that was current when the member told Index.
	At uint64
	// Versions are those that the member keeps, the oldest first and the current
	// one last. It is empty if the key was never written.
	Versions []quorate.Versioned
	// Partial says that there may be earlier versions than these: the member
	// serves no HTTP, which tells of them, or keeps more than one answer holds.
	Partial bool
}

// Version returns the current version, 0 if the key was never written.
func (v *View) Version() uint64 {
	if len(v.Versions) == 0 {
		return 0
	}
	return v.Versions[len(v.Versions)-1].Version
}

// Views asks every member for its own state of a key, all at the same time, in
// the order of their IDs.
func (c *Cluster) Views(ctx context.Context, key string) []View {
	views := make([]View, c.members.Size())
	var wg sync.WaitGroup
	for i, id := range c.members.IDs() {
		wg.Go(func() { views[i] = c.View(ctx, id, key) })
	}
	wg.Wait()
	return views
}

// How long one member may take to tell its own state, for which it needs nobody
// else, and how often to look whether it can be connected to.
const (
	patience = 2 * time.Second
	look     = 100 * time.Millisecond
)

// View asks one member for its own state of a key.
func (c *Cluster) View(ctx context.Context, id quorate.ID, key string) View {
	v := View{ID: id}
	session, err := c.over(c.share, client.Config{Nodes: []quorate.ID{id}, Timeout: patience})
	if err != nil {
		v.Err = err
		return v
	}
	defer session.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	go c.giveUp(ctx, id, cancel)
	res, err := session.Read(ctx, key, quorate.ReadLocal)
	if err != nil {
		v.Err = err
		if why := c.share.Problems()[id]; why != nil {
			v.Err = why
		}
		return v
	}
	v.Index, v.At = res.Index, res.Version
	if res.Version > 0 {
		v.Versions = []quorate.Versioned{{Version: res.Version, Value: res.Value, Deleted: !res.OK}}
	}
	if res.Version == 0 {
		return v
	}
	// A member without HTTP tells no more, but that is no failure.
	if kept, err := c.history(ctx, id, key); err == nil {
		v.Versions, v.Partial = kept.Versions, kept.Partial
	} else {
		v.Partial = true
	}
	return v
}

// giveUp calls cancel when a member could not be connected to since it was asked.
// What went wrong before may be over: the member may have started meanwhile.
func (c *Cluster) giveUp(ctx context.Context, id quorate.ID, cancel func()) {
	before := c.share.Problems()[id]
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if why := c.share.Problems()[id]; why != nil && why != before {
			cancel()
			return
		}
	}
}

// history asks a member's HTTP listener for the versions that it keeps.
func (c *Cluster) history(ctx context.Context, id quorate.ID, key string) (View, error) {
	r, err := c.REST(RESTConfig{Order: []quorate.ID{id}})
	if err != nil {
		return View{}, err
	}
	defer r.Close()
	return r.History(ctx, key)
}

// Agreement is what a comparison of views found.
type Agreement struct {
	// Verdict is Won if all members told and agree as far as they have executed,
	// Lost if two of them differ, and Pending if that cannot be said.
	Verdict quorate.Outcome
	// Why says what differs, or what is missing.
	Why string
	// From and To are the versions that were compared, 0 if none.
	From, To uint64
}

// Compare tells whether members executed the same writes on a key, as far as
// each has come: of two histories, one must be the beginning of the other. Of
// versions that a member no longer keeps nothing can be said.
func Compare(views []View) Agreement {
	type holder struct {
		id      quorate.ID
		version quorate.Versioned
	}
	held := map[uint64]holder{}
	shared := map[quorate.ID]bool{} // members of which some version was compared
	var a Agreement
	for i := range views {
		v := &views[i]
		for _, mine := range v.Versions {
			other, known := held[mine.Version]
			if !known {
				held[mine.Version] = holder{v.ID, mine}
				continue
			}
			if other.version.Deleted != mine.Deleted || !bytes.Equal(other.version.Value, mine.Value) {
				return Agreement{quorate.Lost, fmt.Sprintf("version %d is %s at %v and %s at %v", mine.Version,
					show(other.version), other.id, show(mine), v.ID), mine.Version, mine.Version}
			}
			shared[other.id], shared[v.ID] = true, true
			if a.From == 0 || mine.Version < a.From {
				a.From = mine.Version
			}
			a.To = max(a.To, mine.Version)
		}
	}
	a.Verdict = quorate.Won
	for i := range views {
		v := &views[i]
		switch {
		case v.Err != nil:
			a.Verdict, a.Why = quorate.Pending, fmt.Sprintf("%v did not tell", v.ID)
			return a
		case len(v.Versions) > 0 && !shared[v.ID] && len(views) > 1:
			a.Verdict, a.Why = quorate.Pending, fmt.Sprintf("no other member keeps a version that %v keeps", v.ID)
		}
	}
	return a
}

// maxShown bounds how much of a value an error shows, in bytes.
const maxShown = 40

func show(v quorate.Versioned) string {
	switch {
	case v.Deleted:
		return "deleted"
	case len(v.Value) > maxShown:
		return fmt.Sprintf("%q… (%d bytes)", v.Value[:maxShown], len(v.Value))
	}
	return fmt.Sprintf("%q", v.Value)
}

// Consensus asks every member for its own state of a key and compares them. If
// members only need to catch up to be compared, it asks again until ctx ends. Two that
// have executed equally much by then, and yet have come to other versions, do not agree.
func (c *Cluster) Consensus(ctx context.Context, key string) ([]View, Agreement) {
	views := c.Views(ctx, key)
	for {
		a, apart := Compare(views), diverged(views)
		if a.Verdict == quorate.Lost || silent(views) || a.Verdict == quorate.Won && apart.Why == "" {
			return views, a
		}
		if apart.Why != "" {
			a = apart
		}
		if !sleep.For(ctx, again) {
			return views, a
		}
		next := c.Views(ctx, key)
		if ctx.Err() != nil && silent(next) { // there was no time to tell
			return views, a
		}
		views = next
	}
}

// diverged finds two members that say to have executed equally many slots and are at
// other versions. It passes where one of them has a state from another member, or from
// before a restart, which may show more than it has executed.
func diverged(views []View) Agreement {
	for i := range views {
		for j := range i {
			a, b := &views[j], &views[i]
			if a.Err != nil || b.Err != nil || a.Index != b.Index || a.Index == 0 || a.At == b.At {
				continue
			}
			why := fmt.Sprintf("both have executed the slots below %d, and %v is at version %d, %v at version %d", a.Index, a.ID, a.At, b.ID, b.At)
			return Agreement{quorate.Lost, why, min(a.At, b.At), max(a.At, b.At)}
		}
	}
	return Agreement{}
}

// again is how long members get to catch up before they are asked once more.
const again = 50 * time.Millisecond

func silent(views []View) bool {
	return slices.ContainsFunc(views, func(v View) bool { return v.Err != nil })
}
