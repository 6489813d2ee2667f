package server

import (
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/transport"
)

// network is what connects the nodes and clients of a [Local].
type network interface {
	join(n *quorate.Node) (transport.Link, error)
	client(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error)
	close()
}

func newNetwork(cfg LocalConfig) (network, error) {
	switch cfg.Transport {
	case "", "chan":
		return chanNetwork{transport.NewHub(transport.HubConfig{Encode: cfg.Encode, Seed: cfg.Seed, Logger: cfg.Logger})}, nil
	}
	return nil, fmt.Errorf("transport %q: want chan or tcp", cfg.Transport)
}

// chanNetwork connects by channels.
type chanNetwork struct{ hub *transport.Hub }

func (n chanNetwork) join(host *quorate.Node) (transport.Link, error) { return n.hub.Join(host) }

func (n chanNetwork) client(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
	return n.hub.Client(onReply, onLost), nil
}

func (n chanNetwork) close() { n.hub.Close() }
