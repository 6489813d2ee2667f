package quorate_test

import (
	"fmt"

	"github.com/quorate/quorate"
)

// Ping and Pong are messages: plain structs of exported fields.
type Ping struct{ Number int }

type Pong struct{ Number int }

// player answers a Ping with a Pong, and a Pong with the next Ping.
type player struct {
	env   quorate.Env
	until int
}

func newPlayer(n *quorate.Node, until int) *player {
	p := &player{env: n, until: until}
	quorate.Register(n, p.onPing)
	quorate.Register(n, p.onPong)
	return p
}

func (p *player) onPing(from quorate.ID, m Ping) { p.env.Send(from, Pong(m)) }

func (p *player) onPong(from quorate.ID, m Pong) {
	if m.Number < p.until {
		p.env.Send(from, Ping{m.Number + 1})
	}
}

// A node does nothing by itself. Whoever holds it hands it messages, and takes
// from it what it sends: here a loop over a queue, elsewhere sockets or a
// simulation.
func ExampleNode() {
	cluster, _ := quorate.Grid(1, 2)
	nodes := map[quorate.ID]*quorate.Node{}
	for _, id := range cluster.IDs() {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster})
		if err != nil {
			fmt.Println(err)
			return
		}
		p := newPlayer(n, 2)
		if id == cluster.ID(0) {
			n.OnStart(func() { p.env.Send(cluster.ID(1), Ping{1}) })
		}
		nodes[id] = n
	}

	var network []quorate.Envelope
	send := func(e quorate.Envelope) { network = append(network, e) }
	for _, id := range cluster.IDs() {
		if err := nodes[id].Start(0, nil); err != nil {
			fmt.Println(err)
			return
		}
		nodes[id].Flush(send)
	}
	for len(network) > 0 {
		e := network[0]
		network = network[1:]
		fmt.Printf("%v to %v: %T %v\n", e.From, e.To, e.Msg, e.Msg)
		if err := nodes[e.To].Receive(0, e.From, e.Msg); err != nil {
			fmt.Println(err)
		}
		nodes[e.To].Flush(send)
	}
	// Output:
	// 1.1 to 1.2: quorate_test.Ping {1}
	// 1.2 to 1.1: quorate_test.Pong {1}
	// 1.1 to 1.2: quorate_test.Ping {2}
	// 1.2 to 1.1: quorate_test.Pong {2}
}

// Vote is a record: it names itself among the records of its type.
type Vote struct {
	Term uint64
	For  string
}

// RecordKey implements [quorate.Record]: one vote for each term.
func (v Vote) RecordKey() quorate.RecordKey { return quorate.RecordKey{Number: v.Term} }

// Ballots are cast once the vote is on disk: what Send queues after Persist
// waits for the batch that Flush returns.
func ExampleNode_Flush() {
	cluster, _ := quorate.Grid(1, 2)
	n, _ := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	quorate.Recover(n, func(v Vote) { fmt.Println("voted before:", v.For) })
	quorate.Register(n, func(from quorate.ID, m Ping) {
		n.Persist(Vote{Term: 1, For: "ann"})
		n.Send(from, Pong(m))
	})
	if err := n.Start(0, nil); err != nil {
		fmt.Println(err)
		return
	}

	send := func(e quorate.Envelope) { fmt.Printf("%T to %v\n", e.Msg, e.To) }
	if err := n.Receive(0, cluster.ID(1), Ping{1}); err != nil {
		fmt.Println(err)
	}
	batch := n.Flush(send)
	fmt.Println("to sync:", len(batch.Records))
	n.Synced(batch, send)
	// Output:
	// to sync: 1
	// quorate_test.Pong to 1.2
}

// With a duration of zero a timer gathers what many messages ask for.
func ExampleTimer_Reset() {
	cluster, _ := quorate.Grid(1, 2)
	n, _ := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	sum := 0
	total := n.NewTimer("total", func() { fmt.Println("asked for", sum) })
	quorate.Register(n, func(_ quorate.ID, m Ping) {
		sum += m.Number
		total.Reset(0)
	})
	if err := n.Start(0, nil); err != nil {
		fmt.Println(err)
		return
	}
	for number := range 4 {
		if err := n.Receive(0, cluster.ID(1), Ping{number}); err != nil {
			fmt.Println(err)
		}
	}
	n.Tick(0)
	// Output: asked for 6
}
