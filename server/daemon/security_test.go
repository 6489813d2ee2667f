package daemon_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/daemon"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/transport/certs"
)

// secured returns the TLS configurations of all members, and that of a client.
func secured(r *rig) (members []*transport.TLSConfig, client *transport.TLSConfig) {
	r.t.Helper()
	cluster, err := r.File.Cluster()
	if err != nil {
		r.t.Fatal(err)
	}
	dir, hosts := r.t.TempDir(), map[quorate.ID][]string{}
	for _, id := range cluster.IDs() {
		hosts[id] = []string{"127.0.0.1"}
	}
	if _, err := certs.Make(certs.Config{Dir: dir, Cluster: cluster, Hosts: hosts}); err != nil {
		r.t.Fatal(err)
	}
	load := func(cert, key string) *transport.TLSConfig {
		cfg, err := transport.LoadTLS(filepath.Join(dir, certs.AuthorityFile), filepath.Join(dir, cert), filepath.Join(dir, key))
		if err != nil {
			r.t.Fatal(err)
		}
		return cfg
	}
	for _, id := range cluster.IDs() {
		members = append(members, load(certs.NodeFiles(id)))
	}
	return members, load(certs.ClientFile, certs.ClientKeyFile)
}

// With TLS members reach each other, HTTP clients show a certificate, and who
// has none is not served.
func TestTLS(t *testing.T) {
	r := newRig(t, 3, func(f *quorate.Config) {
		for id, at := range f.HTTPAddresses { // unordered: each by itself
			f.HTTPAddresses[id] = strings.Replace(at, "http", "https", 1)
		}
	})
	members, client := secured(r)
	var first *daemon.Daemon
	for i := range 3 {
		cfg := r.config(i)
		cfg.TLS = members[i]
		if d := r.start(cfg); i == 0 {
			first = d
		}
	}
	get := func(own ...tls.Certificate) (int, error) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: client.Authorities, Certificates: own}}
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), "PUT", r.File.HTTPAddresses[r.ID(0)]+"/kv/k", strings.NewReader("1"))
		if err != nil {
			return 0, err
		}
		res, err := (&http.Client{Transport: transport}).Do(req)
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return res.StatusCode, err
	}
	if code, err := get(client.Certificate); err != nil || code/100 != 2 {
		t.Errorf("with a certificate: %d, %v", code, err)
	}
	if code, err := get(); err == nil {
		t.Errorf("without one: %d", code)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	cfg := r.config(0)
	cfg.TLS = members[1]
	if _, err := daemon.Start(cfg); err == nil || !strings.Contains(err.Error(), "1.2") {
		t.Errorf("with another one's certificate: %v", err)
	}
	cfg.File.Transport = "udp"
	if _, err := daemon.Start(cfg); err == nil || !strings.Contains(err.Error(), "which TLS does not secure") {
		t.Errorf("over datagrams: %v", err)
	}
}

// Members that talk by datagrams serve as others do.
func TestUDP(t *testing.T) {
	r := newRig(t, 3, func(f *quorate.Config) { f.Transport = "udp" })
	var all []*daemon.Daemon
	for i := range 3 {
		all = append(all, r.start(r.config(i)))
	}
	r.put(all[0], "k", "1")
	if a := r.ask(all[1], "GET", "/kv/k", ""); a != (answer{200, "1"}) {
		t.Errorf("%+v", a)
	}
	if n := all[0].Node().Stats().Link.Received; n == 0 {
		t.Error("no message came")
	}
}

// A member that listens on the loopback interface is not to be reached under
// somebody else's name.
func TestNames(t *testing.T) {
	r := newRig(t, 1, nil)
	d := r.start(r.config(0))
	r.put(d, "k", "1")
	req, err := http.NewRequestWithContext(t.Context(), "GET", r.File.HTTPAddresses[d.ID()]+"/kv/k", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host, req.Close = "evil.example", true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", res.StatusCode)
	}
}

// The operators' token is asked for.
func TestToken(t *testing.T) {
	r := newRig(t, 1, nil)
	cfg := r.config(0)
	cfg.Token = "secret"
	d := r.start(cfg)
	if a, err := request(t, "GET", r.File.AdminAddresses[d.ID()]+"/status", ""); err != nil || a.code != 401 {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := request(t, "GET", r.File.AdminAddresses[d.ID()]+"/healthz", ""); err != nil || a.code == 401 {
		t.Errorf("health: %+v, %v", a, err)
	}
}
