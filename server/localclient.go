package server

import (
	"errors"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/transport"
)

// localLink is a client's link that the cluster knows, to close it.
type localLink struct {
	client.Link
	local *Local
}

// Client returns a client of the cluster. If cfg names no nodes, it asks all of
// them, in order of their IDs. It ends with the cluster, or when it is closed.
func (l *Local) Client(cfg client.Config) (*client.Client, error) {
	if len(cfg.Nodes) == 0 {
		cfg.Nodes = l.cluster.IDs()
	}
	if cfg.Busy == nil {
		cfg.Busy = func(err error) bool { return errors.Is(err, transport.ErrQueueFull) }
	}
	link := &localLink{local: l}
	c, err := client.New(cfg, func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		var err error
		link.Link, err = l.net.client(cfg.Zone, onReply, onLost)
		return link, err
	})
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	closed := l.closed
	if !closed {
		l.clients[link] = c
	}
	l.mu.Unlock()
	if closed {
		c.Close()
		return nil, errors.New("attach a client: the cluster is closed")
	}
	return c, nil
}

// Close closes the link and forgets the client.
func (k *localLink) Close() error {
	k.local.mu.Lock()
	delete(k.local.clients, k)
	k.local.mu.Unlock()
	return k.Link.Close()
}
