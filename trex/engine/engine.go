package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/daemon"
	"github.com/quorate/quorate/transport"
)

// Engine is a member of a cluster that replicates an [App], and a client of all
// its members. It is safe for concurrent use.
type Engine struct {
	id      quorate.ID
	cluster *quorate.Cluster
	client  *client.Client
	key     string              // that commands and queries name
	limit   int                 // bytes of a command
	node    func() *server.Node // nil while it does not run
	stop    func() error
	close   func() error
}

// Open starts a member with an App in its initial state, the same on all members,
// and returns when it has recovered what its journal holds. From then on the App
// is the engine's. It need not be of one mind with the other members yet, nor
// have a leader: [Engine.Execute] waits for that.
func Open(cfg Config, app App) (*Engine, error) {
	if err := errors.Join(cfg.Validate(), check(app)); err != nil {
		return nil, err
	}
	p, err := newPlant(app, cfg)
	if err != nil {
		return nil, err
	}
	if err := p.fits(cfg); err != nil {
		return nil, err
	}
	file := cfg.file()
	s, err := protocol(file)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	d, err := daemon.Start(daemon.Config{
		File: file, ID: cfg.ID, Protocol: s.name, Network: cmp.Or(file.Network(), s.network), Message: s.message, Window: s.window,
		New: s.constructor(cfg.agreement(), p.current), Machine: p.machine,
		DataDir: cfg.DataDir, Init: cfg.Init, TLS: cfg.TLS, Token: cfg.Token, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	e := &Engine{id: cfg.ID, cluster: d.Cluster(), key: cfg.key(), limit: file.Requests().MaxValue, node: d.Node, stop: d.Close}
	here := func(id quorate.ID) (*server.Node, bool) { return d.Node(), id == cfg.ID }
	if err := e.dial(client.Config{Timeout: cfg.Timeout, Raw: cfg.Raw}, here, cfg.others(file)); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return e, nil
}

// check reports an App that is none.
func check(app App) error {
	if app == nil {
		return errors.New("engine: the App is nil: give the object that is to be replicated")
	}
	if typed, ok := app.(interface{ check() error }); ok {
		return typed.check()
	}
	return nil
}

// dial makes the engine a client of its cluster. Its own member comes first.
func (e *Engine) dial(cfg client.Config, here func(quorate.ID) (*server.Node, bool), others client.Connect) error {
	cfg.Nodes = []quorate.ID{e.id}
	for _, id := range e.cluster.IDs() {
		if id != e.id {
			cfg.Nodes = append(cfg.Nodes, id)
		}
	}
	var err error
	e.client, err = dial(cfg, here, others)
	e.close = sync.OnceValue(func() error { return errors.Join(e.client.Close(), e.stop()) })
	return err
}

// others returns how to reach the members of other processes, nil if there are
// none.
func (c Config) others(file *quorate.Config) client.Connect {
	addresses := map[quorate.ID]string{}
	for id, address := range file.Addresses { // unordered: a map is built
		if _, endpoint, err := quorate.SplitAddress(address); err == nil && id != c.ID {
			addresses[id] = endpoint
		}
	}
	if len(addresses) == 0 {
		return nil
	}
	request := file.Requests().MaxValue + 4<<10
	return func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		return transport.DialTCP(transport.TCPClientConfig{
			Addresses: addresses, TLS: c.TLS, Logger: c.Logger, MaxRequest: max(2<<20, request), Queue: max(1<<20, 4*request),
		}, onReply, onLost)
	}
}

// ID returns the member's ID.
func (e *Engine) ID() quorate.ID { return e.id }

// Cluster returns the membership.
func (e *Engine) Cluster() *quorate.Cluster { return e.cluster }

// Execute has a command executed, once and by all members, and returns what the
// App returned for it. It waits for a leader and survives its death, until ctx'
// deadline, or Config.Timeout if it has none. See the package's documentation
// for what an error says.
func (e *Engine) Execute(ctx context.Context, command []byte) ([]byte, error) {
	return e.ask(ctx, "execute", client.Op{Kind: quorate.OpPut, Key: e.key, Value: present(command)})
}

// Query asks the App a question, with the guarantee that mode names. Those that
// are linearizable, such as quorate.ReadIndex and ReadHandoff, see all that was
// executed before; ReadLocal sees what this member has heard of, ReadFollower what
// some follower has, and ReadTimeline no less than this engine has seen before.
// Answers have 1 MiB at most.
func (e *Engine) Query(ctx context.Context, query []byte, mode quorate.ReadMode) ([]byte, error) {
	return e.ask(ctx, "query", client.Op{Kind: quorate.OpGet, Key: e.key, Value: present(query), Read: mode})
}

// ask has an operation executed. Its error does not speak of keys: callers have
// none.
func (e *Engine) ask(ctx context.Context, what string, op client.Op) ([]byte, error) {
	if n := len(op.Value); n > e.limit {
		return nil, fmt.Errorf("%s: %d bytes are more than MaxCommand, %d: %w", what, n, e.limit, refused(quorate.ReasonTooLarge))
	}
	r, err := e.client.Do(ctx, op)
	if failure := (*client.Error)(nil); errors.As(err, &failure) {
		failure.Op = client.Op{}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return outcome(what, r)
}

// present returns b, never nil.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// refused is how a member would have refused what is not sent to any.
func refused(reason quorate.Reason) error {
	return &client.Error{Outcome: client.Outcome{Status: quorate.NotExecuted, End: client.EndInvalid, Reason: reason}}
}

// Report returns the member's view of itself and of who leads. A member that
// has lost its disk has the role of a learner.
func (e *Engine) Report(ctx context.Context) (quorate.Report, error) {
	n, err := e.running()
	if err != nil {
		return quorate.Report{}, err
	}
	return n.Report(ctx)
}

func (e *Engine) running() (*server.Node, error) {
	if n := e.node(); n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("node %v: %w", e.id, server.ErrStopped)
}

// Leader returns whom this member takes for the leader, zero if nobody.
func (e *Engine) Leader(ctx context.Context) (quorate.ID, error) {
	r, err := e.Report(ctx)
	return r.Leader, err
}

// glance is how often Leaders looks.
const glance = 20 * time.Millisecond

// Leaders yields the leader as this member sees it, now and whenever that has
// changed, zero for nobody. It ends with ctx or with the member. A change may be
// noticed a little late, and one that lasts only for a moment not at all.
func (e *Engine) Leaders(ctx context.Context) iter.Seq[quorate.ID] {
	return func(yield func(quorate.ID) bool) {
		tick := time.NewTicker(glance)
		defer tick.Stop()
		for last, first := quorate.ID(0), true; ; first = false {
			leader, err := e.Leader(ctx)
			if err != nil || (first || leader != last) && !yield(leader) {
				return
			}
			last = leader
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// Admit makes a member that has lost its disk a voter again, see
// [server.Node.Admit].
func (e *Engine) Admit(ctx context.Context) error {
	n, err := e.running()
	if err != nil {
		return err
	}
	return n.Admit(ctx)
}

// Done is closed when the member has ended: it failed, or Close was called. A
// member that does not run at all has ended.
func (e *Engine) Done() <-chan struct{} {
	if n := e.node(); n != nil {
		return n.Done()
	}
	ended := make(chan struct{})
	close(ended)
	return ended
}

// Err returns why the member failed, such as its disk or its App's store; nil
// while it runs, and after Close. The engine's commands then go to the others.
func (e *Engine) Err() error {
	if n := e.node(); n != nil {
		return n.Err()
	}
	return nil
}

// Close ends the member in order. Commands under way in this engine end with an
// error that wraps [client.ErrClosed]; those that others sent through it are
// finished. Close returns why the member had failed, if it had.
func (e *Engine) Close() error { return e.close() }

// plant keeps the App of a member and makes a machine of it at each of its
// starts.
type plant struct {
	app     App
	key     string
	max     int
	initial []byte

	mu  sync.Mutex
	now *machine
}

func newPlant(app App, cfg Config) (*plant, error) {
	p := &plant{app: app, key: cfg.key(), max: cmp.Or(cfg.MaxResult, DefaultMaxResult)}
	if _, ok := app.(Durable); ok {
		return p, nil
	}
	var w writer
	if err := app.Snapshot(&w); err != nil {
		return nil, fmt.Errorf("engine: take a snapshot of the App in its initial state: %w", err)
	}
	p.initial = slices.Clip(w)
	return p, nil
}

// fits reports what the store of a Durable cannot stand.
func (p *plant) fits(cfg Config) error {
	d, ok := p.app.(Durable)
	if !ok {
		return nil
	}
	have, err := d.Applied()
	switch {
	case err != nil:
		return fmt.Errorf("engine: ask the application's store for the number of its last command: %w", err)
	case cfg.DataDir == "":
		return errors.New("engine: the App has a durable store, but DataDir is empty: a journal in memory would forget what the store remembers")
	case cfg.Init && have > 0:
		return fmt.Errorf("engine: the member is to be initialised, but its application's store has %d commands of an earlier cluster: start without Init, or with an empty store", have)
	}
	return nil
}

// machine makes the machine of a start. Those after the first begin with the
// initial state again.
func (p *plant) machine() quorate.StateMachine {
	p.mu.Lock()
	defer p.mu.Unlock()
	again := p.now != nil
	p.now = newMachine(p.app, p.key, p.max, p.initial)
	if again {
		p.now.begin = p.now.reset
	}
	return p.now
}

// current returns the machine of the latest start, nil before the first.
func (p *plant) current() *machine {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}
