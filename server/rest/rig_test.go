package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nodeID is of the node that a fake stands for.
const nodeID quorate.ID = 1<<16 | 1

// fake is a backend that is one store, and does what a test tells it.
type fake struct {
	mu     sync.Mutex
	app    *quorate.Once
	kv     *quorate.KV
	seq    uint64
	leader quorate.ID
	ops    []client.Op // executed or not

	do     func(ctx context.Context, op client.Op) (client.Result, error) // instead of executing
	submit func(ctx context.Context, r quorate.Request) (quorate.Reply, error)
	broken error // of History
}

func newFake() *fake {
	kv := quorate.NewKV(quorate.KVConfig{History: 10})
	return &fake{kv: kv, app: quorate.NewOnce(kv, quorate.OnceConfig{})}
}

func (b *fake) ID() quorate.ID     { return nodeID }
func (b *fake) Leader() quorate.ID { return b.leader }

func (b *fake) Do(ctx context.Context, op client.Op) (client.Result, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ops = append(b.ops, op)
	if b.do != nil {
		return b.do(ctx, op)
	}
	b.seq++
	r := b.app.Apply(quorate.Command{Client: 1, Seq: b.seq, Issued: time.Duration(time.Now().UnixNano()), Op: op.Kind, Key: op.Key, Value: op.Value, Version: op.Version})
	return client.Result{OK: r.OK, Version: r.Version, Value: r.Value, Stale: op.Read == quorate.ReadLocal, Index: 42}, nil
}

func (b *fake) Submit(ctx context.Context, r quorate.Request) (quorate.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.submit != nil {
		return b.submit(ctx, r)
	}
	res := b.app.Apply(r.Command)
	reply := quorate.Reply{Client: r.Command.Client, Seq: r.Command.Seq, Status: quorate.Done, OK: res.OK, Version: res.Version}
	if res.Expired {
		reply.Status, reply.Reason = quorate.Unknown, quorate.ReasonExpired
	}
	return reply, nil
}

func (b *fake) History(_ context.Context, key string) ([]quorate.Versioned, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kv.History(key), b.broken
}

func newHandler(t testing.TB, cfg rest.Config) *rest.Handler {
	t.Helper()
	h, err := rest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask makes one request; headers are pairs.
func ask(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// failure is a failed request's answer.
type failure struct {
	Error, Reason, Executed, Node, Leader string
	Version                               uint64
}

func failureOf(t testing.TB, w *httptest.ResponseRecorder) failure {
	t.Helper()
	var f failure
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		t.Fatalf("status %d without a JSON reason: %v", w.Code, err)
	}
	if f.Error == "" || f.Reason == "" || f.Executed == "" || f.Node != nodeID.String() {
		t.Errorf("status %d with an incomplete reason: %+v", w.Code, f)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("a reason of type %q", got)
	}
	return f
}

func wantStatus(t testing.TB, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
	}
}

func wantHeader(t testing.TB, w *httptest.ResponseRecorder, name, value string) {
	t.Helper()
	if got := w.Header().Get(name); got != value {
		t.Errorf("header %s: %q, want %q", name, got, value)
	}
}

func quoted(version uint64) string { return strconv.Quote(strconv.FormatUint(version, 10)) }
