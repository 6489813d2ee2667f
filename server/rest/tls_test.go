package rest_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"github.com/quorate/quorate/server/rest"
	"github.com/quorate/quorate/transport/certs"
)

func certificate(t *testing.T, p certs.Pair, err error) tls.Certificate {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	c, err := tls.X509KeyPair(p.Certificate, p.Key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Rule: over TLS the bounds on connections are the same, those that never greet
// count among the silent, and who brings no certificate is not served.
func TestTLS(t *testing.T) {
	authority, err := certs.NewAuthority(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority.Pair.Certificate)
	node, err := authority.Node(nodeID, "127.0.0.1")
	own := certificate(t, node, err)
	pair, err := authority.Client()
	theirs := certificate(t, pair, err)

	s, addr := serve(t, newHandler(t, rest.Config{Backend: newFake()}), rest.ServerConfig{
		MaxConns: 2,
		TLS:      &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS13},
	})
	known := web(t)
	known.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{theirs}, MinVersion: tls.VersionTLS13}
	if w, body := fetch(t, known, "PUT", "https://"+addr+"/kv/k", "v"); w.StatusCode != 201 {
		t.Errorf("status %d: %s", w.StatusCode, body)
	}
	var silent []*raw
	for range 4 {
		silent = append(silent, dial(t, addr))
	}
	for _, c := range silent[:3] { // the idle one and the youngest stay, or two of the young
		c.closed()
	}
	if n := s.Conns(); n > 2 {
		t.Errorf("%d connections", n)
	}
	if w, body := fetch(t, known, "GET", "https://"+addr+"/kv/k", ""); w.StatusCode != 200 || body != "v" {
		t.Errorf("after the silent ones: status %d: %s", w.StatusCode, body)
	}

	stranger := web(t)
	stranger.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}
	for _, url := range []string{"https://" + addr + "/kv/k", "http://" + addr + "/kv/k"} {
		w, err := stranger.Get(url)
		if err != nil {
			continue
		}
		w.Body.Close()
		if w.StatusCode != 400 {
			t.Errorf("a stranger at %s: status %d", url, w.StatusCode)
		}
	}
}
