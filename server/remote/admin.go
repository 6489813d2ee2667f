package remote

import (
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// ErrNoAddress says that the cluster file does not tell where to ask.
var ErrNoAddress = errors.New("the cluster file gives no address for it")

// Admin returns a client of a member's admin listener. Its requests take the
// given time at most; zero is the default.
func (c *Cluster) Admin(id quorate.ID, timeout time.Duration) (*admin.Client, error) {
	address, ok := c.file.AdminAddresses[id]
	if !ok {
		return nil, fmt.Errorf("ask the admin listener of %v: %w", id, ErrNoAddress)
	}
	return admin.NewClient(admin.ClientConfig{URL: address, Token: c.token, Timeout: timeout})
}
