package daemon

import (
	"fmt"

	"github.com/quorate/quorate/transport"
)

// What limits are raised to, at most. Beyond it a cluster file asks for more
// than one machine should hold in memory for one slow peer.
const (
	maxMessage = 16 << 20 // what package wire takes
	maxQueue   = 512 << 20
)

// Fits says why what the cluster file and the protocol ask for cannot be sent.
func (c Config) Fits() error {
	_, err := c.limits()
	return err
}

// limits returns the limits of a link that fit what the file and the protocol
// ask for: what one message holds, and what waits for one peer. The transport's
// own defaults hold where they are larger.
func (c Config) limits() (transport.TCPConfig, error) {
	requests := c.File.Requests()
	request := requests.MaxKey + requests.MaxValue + 1<<10
	message := max(c.Message+c.Message/8, request) // what encodes it, too
	if message > maxMessage {
		return transport.TCPConfig{}, fmt.Errorf("messages of %d bytes, with values of %d, do not fit the %d that may be sent at a time: lower max_value or the protocol's options about bytes",
			message, requests.MaxValue, maxMessage)
	}
	if c.Window > maxQueue {
		return transport.TCPConfig{}, fmt.Errorf("a window of %d bytes to each peer, with values of %d, is more than the %d that may wait for one: lower max_value or the protocol's window",
			c.Window, requests.MaxValue, maxQueue)
	}
	distances, err := transport.Configured(c.File)
	if err != nil {
		return transport.TCPConfig{}, err
	}
	return transport.TCPConfig{
		Distances:   distances,
		MaxFrame:    max(4<<20, message),
		MaxRequest:  max(2<<20, request),
		PeerQueue:   max(8<<20, c.Window+c.Window/8),
		ClientQueue: max(1<<20, 4*requests.MaxValue),
		Inbox: transport.InboxConfig{
			Peers:       c.File.ChanBufferSize,
			PeerBytes:   max(64<<20, c.Window+c.Window/8),
			ClientBytes: max(16<<20, 8*request),
		},
	}, nil
}
