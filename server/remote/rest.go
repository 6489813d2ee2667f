package remote

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// RESTConfig configures a [REST]. Its zero value means the defaults.
type RESTConfig struct {
	// Order are the members to ask, the first as long as it answers. Empty is
	// that of the cluster.
	Order []quorate.ID
	// Timeout ends a call that brings no deadline of its own. Zero is 5 s.
	Timeout time.Duration
}

// REST is a client of a cluster's HTTP listeners, as a program would be that
// knows nothing of this module. It stays with one member as long as that answers,
// over one kept-alive connection for each call under way. Every request is a
// command of its own: a write that goes unanswered is not sent again, and its
// outcome is unknown. Where that member redirects to the leader, the client follows,
// and asks the leader from then on what only the leader answers. Safe for concurrent use.
type REST struct {
	cluster *Cluster
	order   []quorate.ID
	timeout time.Duration
	session quorate.Client
	tls     *tls.Config

	seen atomic.Uint64 // the highest Result.Index

	mu     sync.Mutex
	at     int // index in order of the member that is asked
	leader int // index in order of who takes what only the leader does, or nobody
	idle   []*restConn
	closed bool
}

// restConn is a connection to one member.
type restConn struct {
	*httpConn
	id quorate.ID

	ctx  context.Context // whose end cuts the call short
	stop func() bool
}

// REST returns another client of the HTTP listeners.
func (c *Cluster) REST(cfg RESTConfig) (*REST, error) {
	if len(cfg.Order) == 0 {
		cfg.Order = c.order
	}
	r := &REST{cluster: c, leader: nobody, timeout: cmp.Or(cfg.Timeout, 5*time.Second), tls: c.httpTLS()}
	for _, id := range cfg.Order {
		if _, ok := c.file.HTTPAddresses[id]; ok {
			r.order = append(r.order, id)
		}
	}
	if len(r.order) == 0 {
		return nil, errors.New("reach the cluster by HTTP: its file gives no http_address for any member that may be asked")
	}
	var b [8]byte
	crand.Read(b[:]) // never fails
	r.session = quorate.Client(binary.NativeEndian.Uint64(b[:]) | 1)
	return r, nil
}

// httpTLS is how connections to listeners of https are secured.
func (c *Cluster) httpTLS() *tls.Config {
	if c.tls == nil {
		return &tls.Config{MinVersion: tls.VersionTLS13}
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{c.tls.Certificate}, RootCAs: c.tls.Authorities}
}

// Session returns a number that no other client has. The servers do not know it.
func (r *REST) Session() quorate.Client { return r.session }

// Close ends the client's connections.
func (r *REST) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, c := range r.idle {
		c.close()
	}
	r.idle = nil
	return nil
}

func (c *restConn) close() {
	if c.stop != nil {
		c.stop()
	}
	c.conn.Close()
}

// Do executes one operation. Its errors are those of [client.Client.Do].
func (r *REST) Do(ctx context.Context, op client.Op) (client.Result, error) {
	if op.Kind != quorate.OpGet && !op.Kind.IsWrite() || !op.Read.Valid() {
		return client.Result{}, &client.Error{Op: op, Outcome: client.Outcome{Status: quorate.NotExecuted, End: client.EndInvalid, Reason: quorate.ReasonInvalid}}
	}
	until := time.Now().Add(r.timeout)
	if at, ok := ctx.Deadline(); ok {
		until = at
	}
	call := restCall{client: r, op: op, until: until, out: client.Outcome{Status: quorate.NotExecuted}}
	for range 2 * len(r.order) { // each may lead on to another one
		res, again, err := call.attempt(ctx)
		if err == nil {
			return res, nil
		}
		call.cause = err
		if !again || len(call.failed) == len(r.order) || ctx.Err() != nil || !time.Now().Before(until) {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		call.cause = err
	}
	return client.Result{}, &client.Error{Op: op, Outcome: call.out, Cause: call.cause}
}

// restCall is a call and its attempts so far.
type restCall struct {
	client *REST
	op     client.Op
	until  time.Time
	out    client.Outcome
	cause  error
	failed []int // indices in order, of who did not do it: gone, busy, or no leader
}

// attempt asks one member. After an error it tells whether another one may be
// asked: not for a write that may have been executed.
func (c *restCall) attempt(ctx context.Context) (res client.Result, again bool, err error) {
	r := c.client
	conn, at, err := r.connect(ctx, c.until, anywhere(&c.op))
	if err != nil {
		c.leave(at)
		return res, true, err
	}
	c.out.Attempts++
	c.out.Node = conn.id
	conn.follow(ctx)
	old := conn.used
	request := restRequest(&c.op)
	request.headers += r.position(&c.op)
	a, sent, err := conn.exchange(request, c.until)
	if err != nil || a.closes {
		conn.close()
	} else {
		r.keep(conn)
	}
	if err != nil {
		if !old || !errors.Is(err, errNoAnswer) { // an idle connection may end at any time
			c.leave(at)
		}
		if sent {
			c.out.Status = quorate.Unknown
		}
		return res, !sent || c.op.Kind == quorate.OpGet, err
	}
	res, told, err := result(&c.op, &a)
	res.Node = conn.id
	if err == nil {
		res.Index, err = r.includes(&a)
	}
	if err == nil {
		return res, false, nil
	}
	if told.Executed != "no" {
		c.out.Status = quorate.Unknown
	}
	switch {
	case a.status == 307 && told.Executed == "no":
		c.goOn(at, a.leads)
		again = true
	case a.status == 503 && told.Executed == "no", c.op.Kind == quorate.OpGet && a.status >= 500:
		c.leave(at)
		again = true
	}
	return res, again, err
}

// maxDial is how long a member may take to accept a connection.
const maxDial = time.Second

func (r *REST) dial(ctx context.Context, id quorate.ID, until time.Time) (net.Conn, string, error) {
	scheme, endpoint, err := quorate.SplitAddress(r.cluster.file.HTTPAddresses[id])
	if err != nil {
		return nil, "", err
	}
	d := net.Dialer{Deadline: until, Timeout: maxDial}
	if scheme == "https" {
		conn, err := (&tls.Dialer{NetDialer: &d, Config: r.tls}).DialContext(ctx, "tcp", endpoint)
		return conn, endpoint, err
	}
	conn, err := d.DialContext(ctx, "tcp", endpoint)
	return conn, endpoint, err
}

// keep puts a connection aside for the next call.
func (r *REST) keep(c *restConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		c.close()
		return
	}
	r.idle = append(r.idle, c)
}

// follow has the end of a context cut a call short. Calls in a row with one
// context pay for it once.
func (c *restConn) follow(ctx context.Context) {
	if c.ctx == ctx || ctx.Done() == nil {
		return
	}
	if c.stop != nil {
		c.stop()
	}
	conn := c.conn
	c.ctx, c.stop = ctx, context.AfterFunc(ctx, func() { conn.Close() })
}

// restRequest puts an operation as a request.
func restRequest(op *client.Op) request {
	r := request{method: "GET", path: "/kv/" + escape(op.Key)}
	switch op.Kind {
	case quorate.OpGet:
		if op.Read != quorate.ReadLog {
			r.path += "?read=" + op.Read.String()
		}
		return r
	case quorate.OpPut, quorate.OpPutIf:
		r.method, r.body, r.hasBody = "PUT", op.Value, true
	default:
		r.method = "DELETE"
	}
	if op.Kind == quorate.OpPutIf || op.Kind == quorate.OpDeleteIf {
		r.headers = "If-None-Match: *\r\n"
		if op.Version > 0 {
			r.headers = "If-Match: \"" + strconv.FormatUint(op.Version, 10) + "\"\r\n"
		}
	}
	return r
}

// escape escapes a key for a path.
func escape(key string) string {
	for _, c := range []byte(key) {
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return url.PathEscape(key)
		}
	}
	return key // as most are
}

// restFailure is the JSON of an answer that is not what was asked for.
type restFailure struct {
	Error    string `json:"error"`
	Reason   string `json:"reason"`
	Executed string `json:"executed"` // no, yes or unknown
	Version  uint64 `json:"version"`
}

// result turns an answer into the operation's result. What a failure does not
// say about its outcome is unknown.
func result(op *client.Op, a *answer) (res client.Result, told restFailure, err error) {
	switch {
	case a.status == 200 && op.Kind == quorate.OpGet:
		res.OK, res.Value, res.Stale = true, a.body, a.stale
		res.Version, err = parseTag(a.tag)
	case a.status == 200 || a.status == 201 || a.status == 204:
		res.OK = true
		if a.version != "" {
			res.Version, err = strconv.ParseUint(a.version, 10, 64)
		} else {
			res.Version, err = parseTag(a.tag)
		}
	default:
		return failure(op, a)
	}
	if err != nil {
		err = fmt.Errorf("%w: version: %w", errAnswer, err)
	}
	return res, told, err
}

func failure(op *client.Op, a *answer) (res client.Result, told restFailure, err error) {
	if json.Unmarshal(a.body, &told) != nil {
		told = restFailure{Error: fmt.Sprintf("%.100q", a.body)}
	}
	if told.Executed == "yes" && (a.status == 404 && op.Kind == quorate.OpGet || a.status == 412) {
		res.Version, res.Stale = told.Version, a.stale
		return res, told, nil
	}
	return res, told, fmt.Errorf("status %d: %s", a.status, told.Error)
}

func parseTag(tag string) (uint64, error) {
	text, err := strconv.Unquote(tag)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(text, 10, 64)
}
