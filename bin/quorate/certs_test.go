package main

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/transport/certs"
)

func printedFile(t *testing.T, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cluster.json")
	if err := os.WriteFile(path, []byte(invoke(t, append([]string{"config"}, args...)...).stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCertsOfACluster(t *testing.T) {
	config, dir := printedFile(t, "-n", "3", "--host", "m{}.example"), filepath.Join(t.TempDir(), "certs")
	got := invoke(t, "certs", "--config", config, "--out", dir)
	if got.code != exitGood || got.stderr != "" || strings.Count(got.stdout, "\n") != 10 {
		t.Fatalf("code %d, %s%s", got.code, got.stdout, got.stderr)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"node-1.1", "node-1.3", "client"} {
		secure, err := transport.LoadTLS(in("ca.pem"), in(name+".pem"), in(name+"-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(secure.Certificate.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		if name == "node-1.3" && (leaf.URIs[0].String() != certs.NodeURI(quorate.ID(1<<16|3)).String() || leaf.VerifyHostname("m2.example") != nil) {
			t.Errorf("the certificate of 1.3 names %v and %v", leaf.URIs, leaf.DNSNames)
		}
	}
	again := invoke(t, "certs", "--config", config, "--out", dir)
	if again.code != exitUsage || !strings.Contains(again.stderr, "ca.pem: file exists already; --overwrite") {
		t.Errorf("code %d, %s", again.code, again.stderr)
	}
	if got := invoke(t, "certs", "--config", config, "--out", dir, "--overwrite"); got.code != exitGood {
		t.Errorf("code %d, %s", got.code, got.stderr)
	}
}

func TestCertsErrors(t *testing.T) {
	config := printedFile(t)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{nil, exitUsage, "--config names no cluster file"},
		{[]string{"--config", config + "x"}, exitUsage, "quorate config"},
		{[]string{"--config", config, "--valid", "0s"}, exitUsage, "--valid"},
		{[]string{"--config", config, "--out", ""}, exitUsage, "--out"},
		{[]string{"--config", config, "--out", config}, exitTool, "not a directory"},
	} {
		if got := invoke(t, append([]string{"certs"}, test.args...)...); got.code != test.code || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%v: code %d, %s; want %d, %s", test.args, got.code, got.stderr, test.code, test.want)
		}
	}
}
