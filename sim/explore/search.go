package explore

import (
	"context"
	"fmt"

	"github.com/quorate/quorate"
)

// Run explores a world until it has seen all its states, found a violation, or
// reached a bound. It goes breadth first: no violation has a shorter path than
// the one it returns. An error says that the exploration itself failed, or
// wraps the context's.
func Run(ctx context.Context, cfg Config) (Result, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return Result{}, err
	}
	t, err := newTables(cfg)
	if err != nil {
		return Result{}, err
	}
	x := &explorer{tables: t, layout: layout{cfg.Cluster.Size(), len(cfg.Timers)}, visited: map[digest]struct{}{}}
	if err := x.search(ctx); err != nil {
		return x.summary(), fmt.Errorf("explore %s: %w", cfg.Subject.Name, err)
	}
	return x.summary(), nil
}

func newTables(cfg Config) (*tables, error) {
	build, err := cfg.Subject.New(cfg.Cluster, cfg.Knobs)
	if err != nil {
		return nil, fmt.Errorf("explore %s: %w", cfg.Subject.Name, err)
	}
	newWitness, err := cfg.witness(&cfg)
	if err != nil {
		return nil, fmt.Errorf("explore %s: %w", cfg.Subject.Name, err)
	}
	t := &tables{
		setup:      &setup{cluster: cfg.Cluster, build: build},
		cfg:        cfg,
		newWitness: newWitness,
		locals:     make([][]*local, cfg.Cluster.Size()),
		deeds:      make([][]effect, 1),
		messageOf:  map[digest]uint32{},
		deedOf:     map[digest]uint32{},
		pastOf:     map[digest]uint32{},
	}
	for range cfg.Cluster.IDs() {
		t.localOf = append(t.localOf, map[digest]uint32{})
	}
	return t, nil
}

// explorer is a breadth-first search over the states of a world.
type explorer struct {
	*tables
	layout
	visited  map[digest]struct{}
	tree     []branch // of all states: the shortest path to each
	found    []state  // those of the next depth,
	at       []int32  // and their places in the tree
	room     []uint32 // for states
	scratch  []byte
	world    state // being built
	choices  []choice
	requests []uint32 // messages of clients
	queue    []uint32 // prompt messages, still to be delivered
	changed  bool     // something happened in the step that builds it
	result   Result
}

// branch is a state's place in the tree: the choice that led to it first.
type branch struct {
	parent int32
	choice choice
}

func (x *explorer) search(ctx context.Context) error {
	if err := x.begin(); err != nil {
		return err
	}
	if x.result.Violation != nil {
		return x.testify(nil)
	}
	for depth := 0; len(x.found) > 0; depth++ {
		x.result.Depth = depth
		if x.cfg.MaxDepth > 0 && depth == x.cfg.MaxDepth {
			return nil
		}
		found, at := x.found, x.at
		x.found, x.at, x.room = nil, nil, nil
		for i, from := range found {
			if i%4096 == 0 {
				if x.cfg.Progress != nil {
					x.cfg.Progress(x.summary())
				}
				if err := ctx.Err(); err != nil {
					return fmt.Errorf("stopped after %d states: %w", x.result.States, err)
				}
			}
			if err := x.expand(from, at[i]); err != nil || x.result.Violation != nil {
				return err
			}
			if x.result.States >= x.cfg.MaxStates {
				return nil
			}
		}
	}
	x.result.Exhausted = true
	return nil
}

// begin starts the members and puts the requests in flight.
func (x *explorer) begin() error {
	x.past(x.newWitness(), nil, deed{})
	x.world = make(state, x.atFlight())
	for i, timer := range x.cfg.Timers {
		x.world[x.atTimer(i)] = uint32(timer.Times)
	}
	x.world[x.atCrashes()] = uint32(x.cfg.Crashes)
	x.world[x.atDuplicates()] = uint32(max(x.cfg.Duplicates, 0))
	for member := range x.cfg.Cluster.IDs() {
		out, err := x.advance(newHost(x.setup, member), nil, input{kind: born})
		if err != nil {
			return err
		}
		if x.put(member, out); x.result.Violation != nil {
			return nil
		}
	}
	for i, r := range x.cfg.Requests {
		n, err := x.message(quorate.Route(uint16(i+1)), x.cfg.Cluster.Index(r.To), quorate.Request{Command: r.Command, Read: r.Read, Timeout: timeout})
		if err != nil {
			return err
		}
		x.requests = append(x.requests, n)
		if !x.cfg.Early {
			x.world = x.world.add(x.atFlight(), n)
		}
	}
	if x.cfg.Early {
		x.queue = append(x.queue, x.requests...)
	}
	if err := x.deliverPrompt(); err != nil || x.result.Violation != nil {
		return err
	}
	x.visit(-1, choice{})
	return nil
}

// visit notes the world that was built, unless it is known.
func (x *explorer) visit(parent int32, by choice) {
	var key digest
	key, x.scratch = x.world.key(x.scratch)
	if _, known := x.visited[key]; known {
		return
	}
	x.visited[key] = struct{}{}
	x.found = append(x.found, x.keep(x.world))
	x.at = append(x.at, int32(len(x.tree)))
	x.tree = append(x.tree, branch{parent, by})
	x.result.States++
}

// keep copies a state to where it may stay.
func (x *explorer) keep(s state) state {
	if cap(x.room)-len(x.room) < len(s) {
		x.room = make([]uint32, 0, max(1<<16, len(s)))
	}
	from := len(x.room)
	x.room = append(x.room, s...)
	return x.room[from:len(x.room):len(x.room)]
}

// path returns the choices that led to a place in the tree.
func (x *explorer) path(at int32) []choice {
	if at <= 0 {
		return nil
	}
	return append(x.path(x.tree[at].parent), x.tree[at].choice)
}
