package model

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/cputime"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server"
)

// wholeTime is how long a whole cluster is measured, after a third of that.
const wholeTime = 300 * time.Millisecond

// wholeRows measures clusters in this process, with their clients.
func wholeRows(ctx context.Context, protocol, transport string) ([]Row, error) {
	var rows []Row
	for _, members := range []int{1, 3} {
		for _, clients := range []int{1, 8, 64} {
			for _, size := range []int{16, 1000} {
				row, err := wholeRow(ctx, protocol, transport, members, clients, size)
				if err != nil {
					return nil, fmt.Errorf("fit: %s on %s, %d members: %w", protocol, transport, members, err)
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

// reading is what a cluster has done.
type reading struct {
	work Work
	cpu  time.Duration
	ops  float64
}

// crowd is a cluster in this process and its clients.
type crowd struct {
	local   *server.Local
	members int
	size    int // of values
	done    atomic.Uint64
	stop    func()
}

// gather starts a cluster and clients that write as fast as they can.
func gather(ctx context.Context, protocol, transport string, members, clients, size int) (*crowd, error) {
	build, err := protocols.New(protocol, protocols.Options{})
	if err != nil {
		return nil, err
	}
	c := &crowd{members: members, size: size}
	if c.local, err = server.StartLocal(server.LocalConfig{New: build, Nodes: members, Transport: transport, Share: true, Seed: 1}); err != nil {
		return nil, err
	}
	load, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	c.stop = func() {
		cancel()
		wg.Wait()
		c.local.Close()
	}
	for i := range clients {
		one, err := c.local.Client(client.Config{})
		if err != nil {
			c.stop()
			return nil, err
		}
		wg.Go(func() {
			value := make([]byte, size)
			for n := 0; load.Err() == nil; n++ {
				if _, err := one.Put(load, fmt.Sprintf("key%d", (n*64+i)%1000), value); err == nil {
					c.done.Add(1)
				}
			}
		})
	}
	return c, nil
}

// read tells what all have done so far.
func (c *crowd) read() (reading, error) {
	r := reading{ops: float64(c.done.Load())}
	var ok bool
	if r.cpu, ok = cputime.Used(); !ok {
		return r, errors.New("processor time cannot be measured on this system")
	}
	sent := 0.0
	for _, id := range c.local.Cluster().IDs() {
		s, err := c.local.Stats(id)
		if err != nil {
			return r, err
		}
		sent += float64(s.Link.Sent)
		r.work.In += float64(s.Loop.Messages)
		r.work.Turns += float64(s.Loop.Batches)
		r.work.Bytes += float64(s.Link.SentBytes + s.Link.ReceivedBytes)
		r.work.Records += float64(s.Loop.Records)
	}
	// Of what members send each other, half is asked and half answers; who asks asks all
	// others at once.
	votes := max(0, sent-r.ops) / 2
	r.work.Out = r.ops + votes
	if others := float64(c.members - 1); others > 0 {
		r.work.Out += votes / others
		r.work.Copies = votes - votes/others
	}
	r.work.Commands, r.work.Clients = r.ops*float64(c.members), r.ops
	r.work.Bytes += r.work.Commands * float64(envelope+c.size)
	return r, nil
}

func wholeRow(ctx context.Context, protocol, transport string, members, clients, size int) (Row, error) {
	c, err := gather(ctx, protocol, transport, members, clients, size)
	if err != nil {
		return Row{}, err
	}
	defer c.stop()
	if !sleep.For(ctx, wholeTime/3) {
		return Row{}, ctx.Err()
	}
	from, err := c.read()
	if err != nil {
		return Row{}, err
	}
	if !sleep.For(ctx, wholeTime) {
		return Row{}, ctx.Err()
	}
	upto, err := c.read()
	ops := upto.ops - from.ops
	switch {
	case err != nil:
		return Row{}, err
	case ops == 0:
		return Row{}, errors.New("no command was executed")
	}
	return Row{
		Name: fmt.Sprintf("all of %d with %d clients, a command of %d bytes", members, clients, size),
		Work: upto.work.Plus(from.work.Times(-1)).Times(1 / ops), Micros: float64((upto.cpu - from.cpu).Nanoseconds()) / 1e3 / ops,
	}, nil
}
