package admin

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// What [Client.Disk] does to a disk.
const (
	DiskFail = "fail" // the next sync fails, and the node falls silent
	DiskFull = "full" // nothing more can be written
	DiskLie  = "lie"  // syncs return at once, with nothing synced
)

// Bump sets the node's clock ahead by a time, or back, for d. With a period it is set
// to and fro instead, each for so long.
func (c *Client) Bump(ctx context.Context, d, by, period time.Duration) (Injected, error) {
	q := url.Values{"bump": {by.String()}}
	if period != 0 {
		q.Set("period", period.String())
	}
	return c.inject(ctx, clock, q, d)
}

// Drift has the node's clock run at another rate for d, such as 1.01.
func (c *Client) Drift(ctx context.Context, d time.Duration, rate float64) (Injected, error) {
	return c.inject(ctx, clock, url.Values{"rate": {strconv.FormatFloat(rate, 'g', -1, 64)}}, d)
}

// Disk has the disk of the node's journal fail, in one of the ways above, for d.
func (c *Client) Disk(ctx context.Context, d time.Duration, fault string) (Injected, error) {
	return c.inject(ctx, disk, url.Values{"fault": {fault}}, d)
}

// SlowDisk has each of its syncs take so much longer, for d.
func (c *Client) SlowDisk(ctx context.Context, d, delay time.Duration) (Injected, error) {
	return c.inject(ctx, disk, url.Values{"fault": {"slow"}, "delay": {delay.String()}}, d)
}

// KillAtSync ends the node's process before the n-th sync from now on, if it comes
// within d.
func (c *Client) KillAtSync(ctx context.Context, d time.Duration, n int) (Injected, error) {
	return c.inject(ctx, disk, url.Values{"fault": {"kill"}, "sync": {strconv.Itoa(n)}}, d)
}

// Power cuts the power of the node and its disk, which loses what was not synced; they
// start again after d.
func (c *Client) Power(ctx context.Context, d time.Duration) (Injected, error) {
	return c.inject(ctx, power, url.Values{}, d)
}
