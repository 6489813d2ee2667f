package maelstrom

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// NodeConfig says what a node is. Only Protocol is required.
type NodeConfig struct {
	// Protocol is the protocol's name, and Options are its options.
	Protocol string
	Options  protocols.Options
	// Zones is into how many zones of equal size the nodes are put, in the order of
	// their names. Zero is one.
	Zones int
	// Read is the guarantee that reads ask for. Zero is a command of the log.
	Read quorate.ReadMode
	// Timeout bounds what is asked of the node: clients of Maelstrom wait a second at
	// least, and then do not want to know. Zero is 800 ms.
	Timeout time.Duration
}

// Validate reports the first setting that makes no sense.
func (c NodeConfig) Validate() error {
	if c.Zones < 0 || c.Zones > MaxNodes {
		return fmt.Errorf("maelstrom node: %d zones: want 1 to %d", c.Zones, MaxNodes)
	}
	if c.Timeout < 0 {
		return fmt.Errorf("maelstrom node: timeout %v: want more than 0", c.Timeout)
	}
	if modes := protocols.Reads(c.Protocol); len(modes) > 0 && !slices.Contains(modes, c.Read) {
		return fmt.Errorf("maelstrom node: %s does not offer the read mode %v", c.Protocol, c.Read)
	}
	_, err := protocols.New(c.Protocol, c.Options)
	return err
}

// maxRequests bounds what clients may ask for at a time.
const maxRequests = 4096

// serving is a node that runs.
type serving struct {
	cfg  NodeConfig
	out  *output
	errs io.Writer

	name  string
	link  *link
	node  *server.Node                 // nil before init
	end   atomic.Pointer[func() error] // ends what init has started
	do    func(context.Context, client.Op) (client.Result, error)
	asker *asker         // nil where members pass on what they may not answer
	work  sync.WaitGroup // requests under way
	slots chan struct{}
}

// RunNode is a node that Maelstrom can test: a replica of a protocol, with a journal in
// memory, that reads messages from in and writes to out, and for people to errs. It
// serves read, write and cas of the workload lin-kv, with any JSON as keys and values,
// and the messages of its protocol travel in bodies of a type of their own. It returns
// nil when in ends, and when ctx does; an error says what it was told that no node should
// be told, or why it cannot go on.
func RunNode(ctx context.Context, cfg NodeConfig, in io.Reader, out, errs io.Writer) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 800 * time.Millisecond
	}
	ctx, stop := context.WithCancel(ctx)
	s := &serving{cfg: cfg, out: newOutput(out), errs: errs, slots: make(chan struct{}, maxRequests)}
	read := make(chan error, 1)
	go func() { read <- s.listen(ctx, in) }()
	var err error
	select {
	case err = <-read:
	case <-ctx.Done():
	case <-s.out.broken:
		err = fmt.Errorf("maelstrom node: write to stdout: %w", s.out.err)
	}
	if ctx.Err() == nil && err == nil {
		s.work.Wait() // nobody asks any more
	}
	stop()
	if end := s.end.Load(); end != nil {
		err = errors.Join(err, (*end)())
	}
	s.out.close()
	return err
}

// listen takes lines until there are no more.
func (s *serving) listen(ctx context.Context, in io.Reader) error {
	count := 0
	lines := &lines{take: func(line []byte) error {
		if ctx.Err() != nil {
			return io.EOF
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		count++
		m, h, err := parse(line)
		if err == nil {
			err = s.take(ctx, m, h)
		}
		if err != nil {
			err = fmt.Errorf("maelstrom node %s: line %d of stdin: %w", s.name, count, err)
		}
		return err
	}}
	if _, err := io.Copy(lines, in); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// take handles a message.
func (s *serving) take(ctx context.Context, m message, h head) error {
	if s.node == nil {
		return s.early(m, h)
	}
	switch h.Type {
	case peerType:
		if err := s.link.receive(m); err != nil {
			fmt.Fprintf(s.errs, "dropped a message of %s: %v\n", m.Src, err)
		}
	case askType, answerType:
		err := errors.New("this member takes none of its kind")
		if s.asker != nil {
			err = s.asker.take(m)
		}
		if err != nil {
			fmt.Fprintf(s.errs, "dropped a %s of %s: %v\n", h.Type, m.Src, err)
		}
	case "read", "write", "cas":
		select {
		case s.slots <- struct{}{}:
		default:
			s.reply(m, h, refusal(codeUnavailable, "too many requests at a time"))
			return nil
		}
		s.work.Go(func() {
			defer func() { <-s.slots }()
			s.reply(m, h, s.serve(ctx, m, h))
		})
	case "init":
		s.reply(m, h, refusal(codeMalformed, "this node has been initialised"))
	default:
		s.reply(m, h, refusal(codeNotSupported, fmt.Sprintf("type %q is not supported", h.Type)))
	}
	return nil
}

// early handles a message before there is a replica. Others may have theirs already: what
// they say is lost, as it may be at any time.
func (s *serving) early(m message, h head) error {
	if h.Type != "init" {
		s.name = m.Dest // as far as anybody knows
		s.reply(m, h, refusal(codeUnavailable, "this node has not been told by init who it is"))
		return nil
	}
	if err := s.init(m); err != nil {
		return err
	}
	s.reply(m, h, map[string]any{"type": "init_ok"})
	return nil
}

// reply answers a message that asks for an answer.
func (s *serving) reply(to message, h head, fields map[string]any) {
	if h.MsgID == nil {
		return
	}
	fields["in_reply_to"] = *h.MsgID
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // it is made of what was read
	}
	s.out.send(message{Src: s.name, Dest: to.Src, Body: text})
}

// init makes the replica.
func (s *serving) init(m message) error {
	var who struct {
		ID  string   `json:"node_id"`
		All []string `json:"node_ids"`
	}
	if err := json.Unmarshal(m.Body, &who); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	all := slices.Clone(who.All)
	slices.Sort(all)
	zones := max(s.cfg.Zones, 1)
	self, member := slices.BinarySearch(all, who.ID)
	switch {
	case !member || len(slices.Compact(slices.Clone(all))) != len(all):
		return fmt.Errorf("init: node_id %q and node_ids %q: want different names, and the node's among them", who.ID, who.All)
	case len(all) > MaxNodes || len(all)%zones != 0:
		return fmt.Errorf("init: %d nodes in %d zones: want at most %d, as many in each zone", len(all), zones, MaxNodes)
	}
	cluster, err := quorate.Grid(zones, len(all)/zones)
	if err != nil {
		return err
	}
	build, err := protocols.New(s.cfg.Protocol, s.cfg.Options)
	if err != nil {
		return err
	}
	var seed [8]byte
	crand.Read(seed[:]) // never fails
	s.name = who.ID
	s.node, err = server.StartNode(server.NodeConfig{
		ID: cluster.ID(self), Cluster: cluster, New: build, Seed: binary.NativeEndian.Uint64(seed[:]), Journal: journal.NewMemory().Open(),
		Join: func(n *quorate.Node) (transport.Link, error) {
			s.link, err = newLink(n, all, s.out, s.errs)
			return s.link, err
		},
	})
	if err != nil {
		return err
	}
	end := s.node.Close
	s.do = s.node.Do
	if !protocols.Forwards(s.cfg.Protocol) {
		var c *client.Client
		if s.asker, c, err = newAsker(s.node, cluster, all, s.out, s.cfg.Timeout); err != nil {
			return errors.Join(err, end())
		}
		s.do = c.Do
		end = func() error { return errors.Join(c.Close(), s.node.Close()) }
	}
	s.end.Store(&end)
	return nil
}
