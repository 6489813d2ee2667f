package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/quorate/quorate"
)

// Scheme is that of the URIs by which certificates name their holders.
const Scheme = "quorate"

// NodeURI returns the URI in the certificate of a member.
func NodeURI(id quorate.ID) *url.URL { return &url.URL{Scheme: Scheme, Host: id.String()} }

// ClientURI returns the URI in the certificate of a client.
func ClientURI() *url.URL { return &url.URL{Scheme: Scheme, Host: "client"} }

// Pair is a certificate and its private key, both in PEM.
type Pair struct{ Certificate, Key []byte }

// Authority signs certificates.
type Authority struct {
	Pair  Pair // of the authority itself
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	until time.Time
}

// skew is how far the clocks of those who look at a new certificate may be
// behind the clock of the one who made it.
const skew = time.Hour

// NewAuthority returns a new authority. It and all that it signs are valid for
// the given time from now.
func NewAuthority(valid time.Duration) (*Authority, error) {
	if valid <= 0 {
		return nil, fmt.Errorf("make an authority: valid for %v: want more than 0", valid)
	}
	a := &Authority{until: time.Now().Add(valid)}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Quorate authority of " + time.Now().UTC().Format(time.RFC3339)},
		IsCA:    true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	a.Pair, a.cert, a.key, err = a.sign(template)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	return a, nil
}

// Node signs a certificate of a member, with which it may listen and dial.
// Hosts are the names and IP addresses where it can be reached.
func (a *Authority) Node(id quorate.ID, hosts ...string) (Pair, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "Quorate node " + id.String()},
		URIs:        []*url.URL{NodeURI(id)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	pair, _, _, err := a.sign(template)
	if err != nil {
		return Pair{}, fmt.Errorf("sign the certificate of node %v: %w", id, err)
	}
	return pair, nil
}

// Client signs a certificate for clients.
func (a *Authority) Client() (Pair, error) {
	pair, _, _, err := a.sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "Quorate client"},
		URIs:        []*url.URL{ClientURI()},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return Pair{}, fmt.Errorf("sign the certificate of clients: %w", err)
	}
	return pair, nil
}

// sign makes a key and a certificate for it; the authority's own if it has none.
func (a *Authority) sign(template *x509.Certificate) (Pair, *x509.Certificate, *ecdsa.PrivateKey, error) {
	fail := func(err error) (Pair, *x509.Certificate, *ecdsa.PrivateKey, error) { return Pair{}, nil, nil, err }
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-skew), a.until
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return fail(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fail(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fail(err)
	}
	return Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}, cert, key, nil
}
