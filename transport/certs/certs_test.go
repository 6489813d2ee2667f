package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport/certs"
)

func config(t *testing.T) certs.Config {
	t.Helper()
	c, err := quorate.Grid(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	return certs.Config{
		Dir: filepath.Join(t.TempDir(), "new", "certs"), Cluster: c,
		Hosts: map[quorate.ID][]string{c.ID(0): {"127.0.0.1", "one.example", "::1"}},
	}
}

func TestMakeAndLoad(t *testing.T) {
	cfg := config(t)
	paths, err := certs.Make(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 8 {
		t.Errorf("wrote %v", paths)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if secret := strings.HasSuffix(path, "-key.pem"); secret != (info.Mode().Perm() == 0o600) {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
	in := func(name string) string { return filepath.Join(cfg.Dir, name) }
	load := func(cert, key string) *x509.Certificate {
		pair, pool, err := certs.Load(in(certs.AuthorityFile), in(cert), in(key))
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
			t.Error(err)
		}
		_, err = leaf.Verify(x509.VerifyOptions{Roots: pool})
		if server := strings.HasPrefix(cert, "node"); server != (err == nil) {
			t.Errorf("%s as a server: %v", cert, err)
		}
		return leaf
	}
	for i, id := range cfg.Cluster.IDs() {
		leaf := load(certs.NodeFiles(id))
		if len(leaf.URIs) != 1 || leaf.URIs[0].String() != "quorate://"+id.String() {
			t.Errorf("the certificate of %v names %v", id, leaf.URIs)
		}
		for _, host := range []string{"127.0.0.1", "one.example", "::1"} {
			if err := leaf.VerifyHostname(host); (err == nil) != (i == 0) {
				t.Errorf("%v at %s: %v", id, host, err)
			}
		}
		if left := time.Until(leaf.NotAfter); left < 364*24*time.Hour || left > 366*24*time.Hour {
			t.Errorf("good for another %v, want a year", left)
		}
	}
	if leaf := load(certs.ClientFile, certs.ClientKeyFile); leaf.URIs[0].String() != "quorate://client" {
		t.Errorf("the certificate of clients names %v", leaf.URIs)
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	cfg := config(t)
	paths, err := certs.Make(cfg)
	if err != nil {
		t.Fatal(err)
	}
	contents := func() (all string) {
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all += string(data)
		}
		return all
	}
	before := contents()
	if _, err := certs.Make(cfg); !errors.Is(err, certs.ErrExists) || contents() != before {
		t.Errorf("made again: %v", err)
	}
	for _, path := range paths[:len(paths)-1] {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := certs.Make(cfg); !errors.Is(err, certs.ErrExists) {
		t.Errorf("made although one is left: %v", err)
	}
	if _, err := os.Stat(paths[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one was made although another is left: %v", err)
	}
	last := paths[len(paths)-1]
	if err := os.Chmod(last, 0o644); err != nil {
		t.Fatal(err)
	}
	old, err := os.Open(last)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	cfg.Overwrite = true
	if _, err := certs.Make(cfg); err != nil || contents() == before {
		t.Errorf("overwriting: %v", err)
	}
	if info, err := os.Stat(last); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a key that was open to all stays so: %v, %v", info.Mode(), err)
	}
	data := make([]byte, 1<<12)
	n, _ := old.Read(data)
	if new, err := os.ReadFile(last); err != nil || string(new) == string(data[:n]) {
		t.Error("who had the old file open can read the new key")
	}
}

func TestErrors(t *testing.T) {
	cfg := config(t)
	for _, bad := range []certs.Config{{Dir: "x"}, {Cluster: cfg.Cluster}, {Dir: "x", Cluster: cfg.Cluster, Valid: -1}} {
		if _, err := certs.Make(bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	if _, err := certs.NewAuthority(0); err == nil {
		t.Error("an authority that is never valid was made")
	}
	if _, err := certs.Make(cfg); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(cfg.Dir, name) }
	one, oneKey := certs.NodeFiles(cfg.Cluster.ID(0))
	_, twoKey := certs.NodeFiles(cfg.Cluster.ID(1))
	large := in("large")
	if err := os.WriteFile(large, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	ca := in(certs.AuthorityFile)
	for _, test := range []struct{ ca, cert, key, want string }{
		{"", in(one), in(oneKey), "name is missing"},
		{ca, "", in(oneKey), "name is missing"},
		{in("none"), in(one), in(oneKey), "no such file"},
		{in(oneKey), in(one), in(oneKey), "holds no certificate"},
		{ca, in(one), in(twoKey), "private key does not match"},
		{ca, in(oneKey), in(one), "node-1.1-key.pem"},
		{large, in(one), in(oneKey), "more than"},
	} {
		if _, _, err := certs.Load(test.ca, test.cert, test.key); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// Two nodes of a cluster understand each other through the standard library alone.
func TestHandshake(t *testing.T) {
	a, err := certs.NewAuthority(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := quorate.NewID(1, 1)
	node, err := a.Node(id, "one.example")
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.X509KeyPair(node.Certificate, node.Key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.Pair.Certificate)
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	served := make(chan error, 1)
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			_, err = conn.Write([]byte("x"))
			conn.Close()
		}
		served <- err
	}()
	conn, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: pool, ServerName: "one.example", Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
