package faults_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/transport/certs"
)

// used is what a member's process has used.
func (r *rig) used(id quorate.ID) (u admin.Usage) {
	r.t.Helper()
	r.await("it tells what it used", func() bool {
		a, err := r.reach.Admin(id, 20*time.Second)
		if err != nil {
			r.t.Fatal(err)
		}
		defer a.Close()
		s, err := a.Metrics(context.Background())
		u = s.Usage()
		return err == nil && u.Memory > 0
	})
	return u
}

// resident is the memory of a process, in bytes; 0 where there is nobody to ask.
func resident(pid int) uint64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
		pages, _ := strconv.ParseUint(fields[1], 10, 64)
		return pages * uint64(os.Getpagesize())
	}
	return 0
}

// strange makes a certificate of somebody that nobody signed for, with so many names.
func strange(t *testing.T, names int) tls.Certificate {
	t.Helper()
	authority, err := certs.NewAuthority(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Client()
	if err != nil {
		t.Fatal(err)
	}
	c, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	if names == 0 {
		return c
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	for range names {
		of.URIs = append(of.URIs, &url.URL{Scheme: "a", Opaque: "b"})
	}
	key := c.PrivateKey.(crypto.Signer)
	der, err := x509.CreateCertificate(nil, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c.Certificate = [][]byte{der}
	return c
}

// Rule: the same with TLS, of those who have no certificate that counts.
func TestSecureAttacks(t *testing.T) {
	if !*soak {
		t.Skip("the figures of a flood of handshakes; with -soak it runs")
	}
	r := newSecureRig(t, 3, seedOf(t), calm)
	leader := r.leader()
	shakes := func(own ...tls.Certificate) func(context.Context, net.Conn) {
		return func(ctx context.Context, conn net.Conn) {
			c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, Certificates: own})
			if c.HandshakeContext(ctx) == nil {
				_, _ = greet(c, greeting{"version": 1, "kind": "client", "to": leader.String()})
			}
		}
	}
	r.attacked(leader, []attack{
		{"plain text", 16, func(_ context.Context, conn net.Conn) {
			_, _ = greet(conn, greeting{"version": 1, "kind": "client", "to": leader.String()})
		}, members},
		{"handshakes without a certificate", 16, shakes(), members},
		{"handshakes with another authority's", 16, shakes(strange(t, 0)), members},
		{"handshakes with 20,000 names", 4, shakes(strange(t, 20_000)), members},
		{"handshakes that do not end", 300, func(ctx context.Context, conn net.Conn) {
			write(conn, "\x16\x03\x01\x02\x00\x01\x00")
			drain(conn)
		}, members},
	})
}
