package tester

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/inject/netns"
)

// How members are kept from hearing each other.
const (
	Hooks   = "hooks"   // they drop what they send, by themselves, because they are told to
	Packets = "packets" // their packets are dropped on the way
)

// separate gives each member an address of its own for its peers. Its other doors stay
// where they are: nobody is cut off from clients and operators.
func separate(cluster *quorate.Cluster, file *quorate.Config) {
	for i, id := range cluster.IDs() {
		if u, err := url.Parse(file.Addresses[id]); err == nil {
			u.Host = net.JoinHostPort(netns.Address(i).String(), u.Port())
			file.Addresses[id] = u.String()
		}
	}
}

// filtered is a cluster whose members' packets can be dropped.
type filtered struct {
	target
	by *netns.Filter
}

// filtered puts a filter before the members.
func (p *processes) filtered(ctx context.Context) (target, error) {
	var addresses []netip.Addr
	for i := range p.Members().Size() {
		addresses = append(addresses, netns.Address(i))
	}
	by, err := netns.NewFilter(ctx, addresses)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return &filtered{p, by}, nil
}

// Unwrap returns the cluster behind, for [inject.As].
func (f *filtered) Unwrap() inject.Cluster { return f.target }

// Filter implements [inject.PacketFilter].
func (f *filtered) Filter(ctx context.Context, name string, grudge []quorate.Set, share float64) error {
	return f.by.Filter(ctx, name, grudge, share)
}
