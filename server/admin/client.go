package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
)

// ClientConfig says whom a [Client] talks to. Only URL is required.
type ClientConfig struct {
	// URL is where the node's admin listener is, such as http://127.0.0.1:9090.
	URL string
	// Token is what the listener wants, if it wants one.
	Token string
	// Timeout bounds a request, an admission excepted. 0 means 5 s.
	Timeout time.Duration
}

// Client asks one node's admin listener. Safe for concurrent use.
type Client struct {
	base    string
	token   string
	timeout time.Duration
	http    *http.Client
	name    string // of the faults that it injects and heals
}

// ErrUnreachable is wrapped when a listener did not answer.
var ErrUnreachable = errors.New("no answer")

// RefusedError says that a listener answered, and did not do what was asked.
type RefusedError struct {
	Code   int    // of HTTP
	Reason string // a word for programs, see [Refusal]
	Text   string // for people
}

// Error returns the text.
func (e *RefusedError) Error() string { return e.Text }

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 4 << 20

// NewClient returns a client. It connects to nobody yet.
func NewClient(cfg ClientConfig) (*Client, error) {
	text := cfg.URL
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("admin address %.80q: want something like http://127.0.0.1:9090", cfg.URL)
	}
	if cfg.Token != "" {
		if err := CheckToken(cfg.Token); err != nil {
			return nil, err
		}
	}
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("admin client: timeout %v: must not be negative", cfg.Timeout)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Second
	}
	return &Client{
		base: u.Scheme + "://" + u.Host, token: cfg.Token, timeout: cfg.Timeout,
		http: &http.Client{
			// No proxy: it would see the token. No redirects, for the same reason.
			Transport:     &http.Transport{MaxIdleConns: 1, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// URL returns where the client asks.
func (c *Client) URL() string { return c.base }

// Named returns a client that gives a name to the faults it injects: another one of the
// name takes the place of the one before, at once, and Heal ends that one alone.
func (c *Client) Named(name string) *Client {
	named := *c
	named.name = name
	return &named
}

// Close lets go of the connection.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Status returns what the node says of itself.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	err := c.do(ctx, "GET", "/status", nil, c.timeout, &s)
	return s, err
}

// Ready tells whether the node can serve clients, and if not, why.
func (c *Client) Ready(ctx context.Context) (Health, error) { return c.health(ctx, "/readyz") }

// Live tells whether the node's process is worth keeping, and if not, why.
func (c *Client) Live(ctx context.Context) (Health, error) { return c.health(ctx, "/livez") }

func (c *Client) health(ctx context.Context, path string) (Health, error) {
	code, body, err := c.ask(ctx, "GET", path, nil, c.timeout)
	if err != nil {
		return Health{}, err
	}
	var h Health
	if code != http.StatusOK && code != http.StatusServiceUnavailable {
		return h, refused(path, code, body)
	}
	if err := json.Unmarshal(body, &h); err != nil {
		return h, fmt.Errorf("admin request %s at %s: this is no answer of a node: %w", path, c.base, err)
	}
	return h, nil
}

// Crash ends the node as a crash would; it starts again by itself after d.
func (c *Client) Crash(ctx context.Context, d time.Duration) (Injected, error) {
	return c.inject(ctx, crash, url.Values{}, d)
}

// Drop drops what the node sends to the given peers, or to all if there are none.
func (c *Client) Drop(ctx context.Context, d time.Duration, peers ...quorate.ID) (Injected, error) {
	return c.inject(ctx, drop, to(peers), d)
}

// Slow delays what the node sends to the given peers, or to all if there are none.
func (c *Client) Slow(ctx context.Context, d, delay, jitter time.Duration, peers ...quorate.ID) (Injected, error) {
	q := to(peers)
	q.Set("delay", delay.String())
	if jitter != 0 {
		q.Set("jitter", jitter.String())
	}
	return c.inject(ctx, slow, q, d)
}

// Flaky drops the share p of what the node sends to the given peers, or to all
// if there are none.
func (c *Client) Flaky(ctx context.Context, d time.Duration, p float64, peers ...quorate.ID) (Injected, error) {
	q := to(peers)
	q.Set("p", strconv.FormatFloat(p, 'g', -1, 64))
	return c.inject(ctx, flaky, q, d)
}

// Duplicate sends the share p of what the node sends to the given peers twice, or to
// all if there are none.
func (c *Client) Duplicate(ctx context.Context, d time.Duration, p float64, peers ...quorate.ID) (Injected, error) {
	q := to(peers)
	q.Set("p", strconv.FormatFloat(p, 'g', -1, 64))
	return c.inject(ctx, duplicate, q, d)
}

// Reorder holds the share p of what the node sends to the given peers, or to all if
// there are none, back for up to late, so that the rest overtakes it.
func (c *Client) Reorder(ctx context.Context, d time.Duration, p float64, late time.Duration, peers ...quorate.ID) (Injected, error) {
	q := to(peers)
	q.Set("p", strconv.FormatFloat(p, 'g', -1, 64))
	q.Set("delay", late.String())
	return c.inject(ctx, reorder, q, d)
}

// Partition drops what the node sends to members of other groups. Members in no
// group form a group of their own. It is for every member to be told: a node
// only stops what it sends itself.
func (c *Client) Partition(ctx context.Context, d time.Duration, groups ...[]quorate.ID) (Injected, error) {
	q := url.Values{}
	for _, g := range groups {
		q.Add("group", list(g))
	}
	return c.inject(ctx, partition, q, d)
}

// Heal ends all faults of the node but a crash; for a client with a name, the fault of
// the name.
func (c *Client) Heal(ctx context.Context) (Injected, error) {
	var in Injected
	err := c.do(ctx, "POST", "/heal", c.named(url.Values{}), c.timeout, &in)
	return in, err
}

// Admit has a node that lost its disk admitted as a voter, and waits until it is,
// for no longer than d.
func (c *Client) Admit(ctx context.Context, d time.Duration) (Status, error) {
	var s Status
	err := c.do(ctx, "POST", "/admit", url.Values{"t": {d.String()}}, d+c.timeout, &s)
	return s, err
}

func to(peers []quorate.ID) url.Values {
	if len(peers) == 0 {
		return url.Values{"id": {"all"}}
	}
	return url.Values{"id": {list(peers)}}
}

func list(ids []quorate.ID) string {
	var words []string
	for _, id := range ids {
		words = append(words, id.String())
	}
	return strings.Join(words, ",")
}

// named gives a request the client's name for faults.
func (c *Client) named(q url.Values) url.Values {
	if c.name != "" {
		q.Set("name", c.name)
	}
	return q
}

func (c *Client) inject(ctx context.Context, k kind, q url.Values, d time.Duration) (Injected, error) {
	c.named(q).Set("t", d.String())
	var in Injected
	err := c.do(ctx, "POST", "/"+string(k), q, c.timeout, &in)
	return in, err
}

// do asks, and decodes an answer of 200.
func (c *Client) do(ctx context.Context, method, path string, q url.Values, d time.Duration, into any) error {
	code, body, err := c.ask(ctx, method, path, q, d)
	if err != nil {
		return err
	}
	if code != http.StatusOK {
		return refused(path, code, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("admin request %s at %s: this is no answer of a node: %w", path, c.base, err)
	}
	return nil
}

// refused returns the error of an answer but 200.
func refused(path string, code int, body []byte) error {
	var r Refusal
	if err := json.Unmarshal(body, &r); err != nil || r.Error == "" {
		r.Error = fmt.Sprintf("%s: status %d, and no reason: is this a node's admin address?", path, code)
	}
	return &RefusedError{code, r.Reason, r.Error}
}

// ask returns the answer to one request.
func (c *Client) ask(ctx context.Context, method, path string, q url.Values, d time.Duration) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	address := c.base + path
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("admin request %s: %w", address, err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, nil, c.unreachable(err, d)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return 0, nil, c.unreachable(err, d)
	case len(body) > maxAnswer:
		return 0, nil, fmt.Errorf("admin request %s: the answer has more than %d bytes", address, maxAnswer)
	}
	return answer.StatusCode, body, nil
}

// unreachable says what kept the answer away, without what net/http says around it.
func (c *Client) unreachable(err error, d time.Duration) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w within %v: %w", c.base, ErrUnreachable, d, err)
	}
	return fmt.Errorf("%s: %w: %w", c.base, ErrUnreachable, err)
}
