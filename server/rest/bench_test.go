package rest_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/quorate/quorate/internal/cputime"
	"github.com/quorate/quorate/server/rest"
)

// sink is an answer that nobody reads.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

// What the handler costs beside net/http and the cluster.
func BenchmarkHandler(b *testing.B) {
	for _, bc := range []struct{ name, method, target, body string }{
		{"get", "GET", "/kv/key7", ""},
		{"put", "PUT", "/kv/key7", strings.Repeat("x", 100)},
		{"paxi-put", "PUT", "/7", strings.Repeat("x", 100)},
		{"absent", "GET", "/kv/none", ""},
	} {
		b.Run(bc.name, func(b *testing.B) {
			h := newHandler(b, rest.Config{Backend: instant{newFake()}})
			r := httptest.NewRequest(bc.method, bc.target, strings.NewReader(bc.body))
			body := &struct{ io.ReadCloser }{}
			w := &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				if bc.body != "" {
					body.ReadCloser = io.NopCloser(strings.NewReader(bc.body))
					r.Body = body
				}
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
}

// wireClient speaks just enough HTTP to load a server without loading the
// processor itself.
type wireClient struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func (c *wireClient) do(method, path string, body []byte) error {
	c.out = fmt.Appendf(c.out[:0], "%s %s HTTP/1.1\r\nHost: quorate\r\n", method, path)
	if body != nil {
		c.out = fmt.Appendf(c.out, "Content-Length: %d\r\n", len(body))
	}
	c.out = append(append(c.out, "\r\n"...), body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 10 || line[9] != '2' {
		return fmt.Errorf("answer %q", line)
	}
	length := 0
	for {
		line, err = c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if n, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if _, err := fmt.Sscan(string(n), &length); err != nil {
				return err
			}
		}
	}
	_, err = c.in.Discard(length)
	return err
}

// The whole way over a cluster of three in one process: 64 connections, half
// of the requests writes.
func BenchmarkCluster(b *testing.B) {
	for _, transport := range []string{"chan", "tcp"} {
		b.Run(transport, func(b *testing.B) {
			places := startPlaces(b, transport, runPaxos)
			value := bytes.Repeat([]byte("x"), 100)
			var next atomic.Int64
			b.SetParallelism(32)
			b.ReportAllocs()
			before, _ := cputime.Used()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				me := int(next.Add(1))
				conn, err := net.Dial("tcp", places[me%len(places)].addr)
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				c := &wireClient{conn: conn, in: bufio.NewReader(conn)}
				for i := 0; pb.Next(); i++ {
					path := fmt.Sprintf("/%d", (me*7919+i*31)%1000)
					if i%2 == 0 {
						err = c.do("PUT", path, value)
					} else {
						err = c.do("GET", path, nil)
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.StopTimer()
			used, _ := cputime.Used()
			b.ReportMetric(float64((used-before).Microseconds())/float64(b.N), "cpu-us/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
			var writes, sent uint64
			for _, p := range places {
				link := p.seat.Node().Stats().Link
				writes, sent = writes+link.Writes, sent+link.Sent
			}
			b.ReportMetric(float64(writes)/float64(b.N), "peer-writes/op") // far below the messages: they travel together
			b.ReportMetric(float64(sent)/float64(b.N), "messages/op")
		})
	}
}
