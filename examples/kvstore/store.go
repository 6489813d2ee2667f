package main

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/engine"
)

// Op is what a Command does.
type Op uint8

// The operations.
const (
	Get Op = iota + 1
	Put
	PutIf
	Remove
	RemoveIf
)

// Command is what the store executes, or with Get what it is asked.
type Command struct {
	Op      Op
	Key     string
	Value   string // of Put and PutIf
	Version uint64 // of PutIf, where 0 stands for an absent key, and RemoveIf
}

// Result is what a Command returns.
type Result struct {
	OK      bool // the condition held; of a Get: the key is present
	Value   string
	Version uint64
}

// Table is the replicated object: keys with values and versions.
type Table map[string]Item

// Item is a value, and how often it was written since the key was absent.
type Item struct {
	Value   string
	Version uint64
}

// Apply executes a command. An absent key counts as version 0.
func (t Table) Apply(c Command) Result {
	current, present := t[c.Key]
	switch c.Op {
	case PutIf:
		if current.Version != c.Version {
			return Result{}
		}
		fallthrough
	case Put:
		t[c.Key] = Item{c.Value, current.Version + 1}
	case RemoveIf:
		if !present || current.Version != c.Version {
			return Result{}
		}
		fallthrough
	case Remove:
		delete(t, c.Key)
	default:
		return Result{}
	}
	return Result{OK: true}
}

// Query answers a Get.
func (t Table) Query(c Command) Result {
	current, present := t[c.Key]
	return Result{OK: present, Value: current.Value, Version: current.Version}
}

// entry is a line of a snapshot. Bytes survive JSON whatever they are, strings
// do not.
type entry struct {
	Key, Value []byte
	Version    uint64
}

// Snapshot writes the entries in the order of their keys.
func (t Table) Snapshot(w io.Writer) error {
	out := json.NewEncoder(w)
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if err := out.Encode(entry{[]byte(key), []byte(t[key].Value), t[key].Version}); err != nil {
			return err
		}
	}
	return nil
}

// Restore replaces all entries by those of a snapshot.
func (t Table) Restore(r io.Reader) error {
	clear(t)
	in := json.NewDecoder(r)
	for {
		var e entry
		switch err := in.Decode(&e); err {
		case nil:
			t[string(e.Key)] = Item{string(e.Value), e.Version}
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// New returns an empty store, for an engine.
func New() engine.App { return engine.Of(Table{}) }

// Store is the store as programs use it: on any member of its cluster.
type Store struct {
	calls engine.Calls[Command, Result]
}

// Use returns the store that an engine replicates.
func Use(e *engine.Engine) Store { return Store{engine.For[Command, Result](e)} }

// Put writes a value; the key's version becomes one more.
func (s Store) Put(ctx context.Context, key, value string) error {
	_, err := s.calls.Execute(ctx, Command{Op: Put, Key: key, Value: value})
	return err
}

// PutIf writes a value if the key has that version, 0 if it is absent.
func (s Store) PutIf(ctx context.Context, key, value string, version uint64) (bool, error) {
	r, err := s.calls.Execute(ctx, Command{Op: PutIf, Key: key, Value: value, Version: version})
	return r.OK, err
}

// Remove removes a key with its version; an absent one does not mind.
func (s Store) Remove(ctx context.Context, key string) error {
	_, err := s.calls.Execute(ctx, Command{Op: Remove, Key: key})
	return err
}

// RemoveIf removes a key if it is present with that version.
func (s Store) RemoveIf(ctx context.Context, key string, version uint64) (bool, error) {
	r, err := s.calls.Execute(ctx, Command{Op: RemoveIf, Key: key, Version: version})
	return r.OK, err
}

// Get returns what a key has, false if it is absent.
func (s Store) Get(ctx context.Context, key string) (Item, bool, error) {
	r, err := s.calls.Query(ctx, Command{Op: Get, Key: key}, quorate.ReadIndex)
	return Item{r.Value, r.Version}, r.OK, err
}
