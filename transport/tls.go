package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport/certs"
)

// TLSConfig has every connection of a node or a client use TLS 1.3, with a
// certificate at both ends. A node is who its certificate says, see package
// certs: a peer may claim no other id, and who has a client's certificate is no
// peer. All members and clients of a cluster use TLS, or none does.
type TLSConfig struct {
	// Certificate is this end's own, with its key.
	Certificate tls.Certificate
	// Authorities sign the certificates of the other ends.
	Authorities *x509.CertPool
}

// LoadTLS reads a configuration from files in PEM, see [certs.Load].
func LoadTLS(authorities, cert, key string) (*TLSConfig, error) {
	own, pool, err := certs.Load(authorities, cert, key)
	if err != nil {
		return nil, err
	}
	return &TLSConfig{Certificate: own, Authorities: pool}, nil
}

// Validate reports what is missing. A nil TLSConfig is valid: plain text.
func (c *TLSConfig) Validate() error {
	switch {
	case c == nil:
		return nil
	case len(c.Certificate.Certificate) == 0 || c.Certificate.PrivateKey == nil:
		return errors.New("tls: no certificate, or none with a key; give both")
	case c.Authorities == nil:
		return errors.New("tls: no authorities; give the certificates of those who sign for the others")
	}
	return nil
}

// forNode checks that others will accept this node's own certificate.
func (c *TLSConfig) forNode(id quorate.ID) error {
	if c == nil {
		return nil
	}
	chain, err := c.chain()
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		if err == nil {
			err = c.verify(chain, usage, certs.NodeURI(id).String())
		}
	}
	if err != nil {
		return fmt.Errorf("tls: node %v cannot use its certificate: %w", id, err)
	}
	return nil
}

func (c *TLSConfig) chain() ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for _, der := range c.Certificate.Certificate {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		chain = append(chain, cert)
	}
	return chain, nil
}

// verify checks that a chain leads to an authority, is good for the usage, and
// names one of the given holders.
func (c *TLSConfig) verify(chain []*x509.Certificate, usage x509.ExtKeyUsage, holders ...string) error {
	if len(chain) == 0 {
		return fmt.Errorf("no certificate was shown; want one that names %s", strings.Join(holders, " or "))
	}
	leaf, intermediates := chain[0], x509.NewCertPool()
	for _, cert := range chain[1:] {
		intermediates.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: c.Authorities, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{usage}})
	if err != nil {
		return fmt.Errorf("%s: %w", about(leaf), err)
	}
	for _, uri := range leaf.URIs {
		for _, holder := range holders {
			if uri.String() == holder {
				return nil
			}
		}
	}
	return fmt.Errorf("%s: want one that names %s", about(leaf), strings.Join(holders, " or "))
}

// maxNamed bounds how many holders of a certificate are named. A stranger's has room
// for tens of thousands.
const maxNamed = 8

// about tells whose a certificate says it is, and who signed it.
func about(cert *x509.Certificate) string {
	names := []string{"nobody"}
	if len(cert.URIs) > 0 {
		names = nil
	}
	for i, uri := range cert.URIs {
		if i == maxNamed {
			names = append(names, "…")
			break
		}
		names = append(names, uri.String())
	}
	return fmt.Sprintf("the certificate names %s, signed by %s", clip(strings.Join(names, ", ")), clip(cert.Issuer.CommonName))
}

// signer tells what certificates an end takes, by the one it has itself.
func (c *TLSConfig) signer() string {
	chain, err := c.chain()
	if err != nil || len(chain) == 0 {
		return clip("")
	}
	return clip(chain[0].Issuer.CommonName)
}

// securedConn is a TLS connection that closes as a plain one does: at once, and
// without a farewell. What is sent is in frames, so no cut goes unnoticed.
type securedConn struct {
	*tls.Conn
	raw net.Conn
}

func (c securedConn) Close() error { return c.raw.Close() }

// rawOf returns the connection below, if conn is a secure one.
func rawOf(conn net.Conn) net.Conn {
	if c, ok := conn.(securedConn); ok {
		return c.raw
	}
	return conn
}

func (c *TLSConfig) common() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{c.Certificate},
		SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
	}
}

// client makes a dialled connection secure and checks who is at the other end.
// What is wrong is told there, too.
func (c *TLSConfig) client(ctx context.Context, raw net.Conn, me hello) (net.Conn, error) {
	cfg := c.common()
	cfg.InsecureSkipVerify = true // verified below: by identity, not by host name
	conn := securedConn{tls.Client(raw, cfg), raw}
	if err := conn.HandshakeContext(ctx); err != nil {
		if plain, ok := errors.AsType[tls.RecordHeaderError](err); ok && strings.HasPrefix(magic, string(plain.RecordHeader[:])) {
			err = fmt.Errorf("%w: this end talks TLS, node %v plain text: configure both ends alike", errRefused, me.To)
		}
		return nil, fmt.Errorf("tls: %w", err)
	}
	err := c.verify(conn.ConnectionState().PeerCertificates, x509.ExtKeyUsageServerAuth, certs.NodeURI(me.To).String())
	if err == nil {
		return conn, nil
	}
	err = fmt.Errorf("%w: %s, whose authority is %s, expects node %v, but %w", errRefused, me.who(), c.signer(), me.To, err)
	// Only a courtesy: what cannot be written changes nothing.
	_ = writeHello(conn, hello{Version: version, Kind: me.Kind, From: me.From, To: me.To, Refusal: err.Error()})
	return nil, err
}

// errPlain says that the other end wants no TLS.
var errPlain = fmt.Errorf("%w: plain text came to a port that talks TLS: configure both ends alike", errRefused)

// server makes an accepted connection secure. Who is at the other end is to be
// checked with judge once its hello is there, so that a refusal can say why.
func (c *TLSConfig) server(ctx context.Context, raw net.Conn) (net.Conn, error) {
	cfg := c.common()
	cfg.ClientAuth = tls.RequestClientCert
	conn := securedConn{tls.Server(raw, cfg), raw}
	err := conn.HandshakeContext(ctx)
	if plain, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		if strings.HasPrefix(magic, string(plain.RecordHeader[:])) {
			return nil, errPlain
		}
		return nil, fmt.Errorf("%w: begins with %q, which is no greeting of ours", errMalformed, plain.RecordHeader[:])
	}
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return conn, nil
}

// judge decides whether an end's certificate allows what its hello claims.
func (c *TLSConfig) judge(conn net.Conn, me quorate.ID, theirs hello) error {
	var chain []*x509.Certificate
	if secured, ok := conn.(securedConn); ok {
		chain = secured.ConnectionState().PeerCertificates
	}
	holders := []string{certs.NodeURI(theirs.From).String()}
	if theirs.Kind == kindClient {
		holders = []string{certs.ClientURI().String()}
		if len(chain) > 0 && names(chain[0]) != "" { // a node may do what a client may
			holders = append(holders, names(chain[0]))
		}
	}
	if err := c.verify(chain, x509.ExtKeyUsageClientAuth, holders...); err != nil {
		return fmt.Errorf("%w: node %v, whose authority is %s, does not believe that this is %s: %w", errRefused, me, c.signer(), theirs.who(), err)
	}
	return nil
}

// names returns the URI of the node that a certificate names; empty if none.
func names(cert *x509.Certificate) string {
	for _, uri := range cert.URIs {
		if _, err := quorate.ParseID(uri.Host); err == nil && uri.Scheme == certs.Scheme {
			return uri.String()
		}
	}
	return ""
}

// turnAway answers somebody who talks otherwise than this port does, in plain
// text, and lets the answer arrive: closing before all is read would destroy it.
func turnAway(raw net.Conn, me hello, why error) {
	if err := writeHello(raw, hello{Version: version, Kind: me.Kind, From: me.From, Refusal: why.Error()}); err != nil {
		return
	}
	if half, ok := raw.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = raw.SetReadDeadline(time.Now().Add(turnAwayTime))
	var scrap [1 << 10]byte
	for range helloLimit / len(scrap) {
		if _, err := raw.Read(scrap[:]); err != nil {
			return
		}
	}
}

const turnAwayTime = 200 * time.Millisecond
