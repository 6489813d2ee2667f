package transport

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport/certs"
)

// keyring has the certificates of a test.
type keyring struct {
	t     *testing.T
	a     *certs.Authority
	trust *x509.CertPool // this authority, and those that test adds
}

func newKeyring(t *testing.T, valid time.Duration) *keyring {
	t.Helper()
	a, err := certs.NewAuthority(valid)
	if err != nil {
		t.Fatal(err)
	}
	k := &keyring{t, a, x509.NewCertPool()}
	k.trust.AppendCertsFromPEM(a.Pair.Certificate)
	return k
}

func (k *keyring) config(pair certs.Pair, err error) *TLSConfig {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
	cert, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		k.t.Fatal(err)
	}
	return &TLSConfig{Certificate: cert, Authorities: k.trust}
}

func (k *keyring) node(node int) *TLSConfig { return k.config(k.a.Node(member(node))) }
func (k *keyring) client() *TLSConfig       { return k.config(k.a.Client()) }

// greetAs dials the victim as somebody, and returns what comes of it.
func (v *victim) greetAs(secure *TLSConfig, h hello) (net.Conn, error) {
	v.t.Helper()
	conn, _, _, err := dial(v.t.Context(), net.Dialer{}, v.link.Addr().String(), TCPTiming{}.withDefaults(), secure, h)
	if err == nil {
		v.t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

func (q *quiet) forget() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.said = nil
}

// Whoever is not who it claims is refused, and both ends say why.
func TestTLSRefusals(t *testing.T) {
	ours, theirs, old := newKeyring(t, time.Hour), newKeyring(t, time.Hour), newKeyring(t, time.Nanosecond)
	ours.trust.AppendCertsFromPEM(old.a.Pair.Certificate)
	ourCA, theirCA := ours.node(1).signer(), theirs.node(1).signer()
	v := newVictim(t, func(c *TCPConfig) { c.TLS = ours.node(1) })
	foreign, expired := theirs.node(2), old.node(2)
	foreign.Authorities, expired.Authorities = ours.trust, ours.trust
	foreignClient := theirs.client()
	foreignClient.Authorities = ours.trust
	anonymous := ours.node(2)
	anonymous.Certificate = tls.Certificate{}
	distrusting := ours.node(2)
	distrusting.Authorities = theirs.trust
	spy, elsewhere := v.peerHello(), v.peerHello()
	spy.From = member(1)
	elsewhere.To = member(2)
	for _, test := range []struct {
		name   string
		secure *TLSConfig
		as     hello
		want   []string // of both ends
	}{
		{"another authority", foreign, v.peerHello(), []string{"quorate://1.2", ourCA, theirCA, "unknown authority", "node 1.1", "node 1.2"}},
		{"a client of another authority", foreignClient, v.clientHello(), []string{"quorate://client", theirCA, "unknown authority", "node 1.1"}},
		{"another id", ours.node(1), v.peerHello(), []string{"names \"quorate://1.1\"", "want one that names quorate://1.2", "this is node 1.2"}},
		{"a client as a peer", ours.client(), v.peerHello(), []string{"names \"quorate://client\"", "want one that names quorate://1.2"}},
		{"a node not of the cluster, as another", ours.node(9), spy, []string{"names \"quorate://1.9\"", "want one that names quorate://1.1"}},
		{"expired", expired, v.peerHello(), []string{"expired", "quorate://1.2"}},
		{"no certificate", anonymous, v.peerHello(), []string{"no certificate was shown", "quorate://1.2"}},
		{"no certificate, a client", anonymous, v.clientHello(), []string{"no certificate was shown", "quorate://client"}},
		{"plain text", nil, v.peerHello(), []string{"plain text", "TLS"}},
		{"plain text of a client", nil, v.clientHello(), []string{"plain text", "TLS"}},
		{"another node was expected", ours.node(2), elsewhere, []string{"node 1.2", "expects node 1.2", "names \"quorate://1.1\""}},
		{"whoever dials distrusts us", distrusting, v.peerHello(), []string{ourCA, "unknown authority", "node 1.2, whose authority is", "quorate://1.1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v.link.lines.forget() // two cases have one line
			before, mark := v.link.Stats(), len(v.log.String())
			_, err := v.greetAs(test.secure, test.as)
			if err == nil {
				t.Fatal("let in")
			}
			v.eventually("it is counted", func(s Stats) bool { return s.Refused == before.Refused+1 })
			log := strings.ReplaceAll(v.log.String()[mark:], `\`, "") // quoted once or twice
			told := strings.ReplaceAll(err.Error(), `\`, "")
			for _, part := range test.want {
				if !strings.Contains(log, part) {
					t.Errorf("the log says %q, not %q", log, part)
				}
				if !strings.Contains(told, part) {
					t.Errorf("the other end is told %q, not %q", told, part)
				}
			}
		})
	}
	if _, err := v.greetAs(ours.client(), v.clientHello()); err != nil {
		t.Errorf("a client: %v", err)
	}
	if _, err := v.greetAs(ours.node(2), v.clientHello()); err != nil {
		t.Errorf("a node as a client: %v", err)
	}
	conn, err := v.greetAs(ours.node(2), v.peerHello())
	if err != nil {
		t.Fatalf("a peer: %v", err)
	}
	if _, err := conn.Write(v.frameOf(note{Number: 1})); err != nil {
		t.Fatal(err)
	}
	v.eventually("what a peer sends arrives", func(s Stats) bool { return s.Received == 1 })
}

// Strangers learn nothing of the cluster.
func TestTLSKeepsTheClusterToItself(t *testing.T) {
	ours, theirs := newKeyring(t, time.Hour), newKeyring(t, time.Hour)
	v := newVictim(t, func(c *TCPConfig) { c.TLS = ours.node(1) })
	secure := theirs.node(2)
	conn, err := tls.Dial("tcp", v.link.Addr().String(), &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{secure.Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := writeHello(conn, v.peerHello()); err != nil {
		t.Fatal(err)
	}
	h, _, err := readHello(conn)
	if err != nil {
		t.Fatal(err)
	}
	if h.Refusal == "" || h.Members != "" || h.Settings != "" || h.Messages != "" || h.Process != 0 {
		t.Errorf("a stranger is told %+v", h)
	}
}

func TestTLSToAPlainPort(t *testing.T) {
	ours := newKeyring(t, time.Hour)
	v := newVictim(t, nil)
	for _, h := range []hello{v.peerHello(), v.clientHello()} {
		before := v.link.Stats().Refused
		_, err := v.greetAs(ours.node(2), h)
		if err == nil || !strings.Contains(err.Error(), "this end talks TLS, node 1.1 plain text") {
			t.Errorf("whoever dials is told %v", err)
		}
		v.eventually("it is counted", func(s Stats) bool { return s.Refused == before+1 })
	}
	if log := v.log.String(); strings.Count(log, "TLS came to a port that talks plain text") != 1 {
		t.Errorf("the log says %q", log)
	}
	v.works()
}

// A certificate for other uses is none for this one.
func TestTLSUsage(t *testing.T) {
	ours := newKeyring(t, time.Hour)
	c, chain := ours.client(), []*x509.Certificate{nil}
	var err error
	if chain[0], err = x509.ParseCertificate(c.Certificate.Certificate[0]); err != nil {
		t.Fatal(err)
	}
	if err := c.verify(chain, x509.ExtKeyUsageClientAuth, "quorate://client"); err != nil {
		t.Error(err)
	}
	if err := c.verify(chain, x509.ExtKeyUsageServerAuth, "quorate://client"); err == nil || !strings.Contains(err.Error(), "usage") {
		t.Errorf("a client's certificate in a server's place: %v", err)
	}
}

// What makes no sense, or does not come, ends in time on a secure port, too.
func TestTLSHostile(t *testing.T) {
	ours := newKeyring(t, time.Hour)
	v := newVictim(t, func(c *TCPConfig) { c.TLS, c.HelloTimeout = ours.node(1), 100*time.Millisecond })
	v.closed(v.dial()) // silent
	half := v.dial()
	if _, err := half.Write([]byte{22, 3, 1, 0, 100, 1}); err != nil {
		t.Fatal(err)
	}
	v.closed(half)
	http := v.dial()
	if _, err := http.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	v.closed(http)
	v.eventually("it is counted", func(s Stats) bool { return s.Malformed == 1 })
	mute, err := tls.Dial("tcp", v.link.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	v.closed(mute) // it never says hello
}

// A node does not start with a certificate that its peers would refuse.
func TestTLSOfANode(t *testing.T) {
	ours, theirs, old := newKeyring(t, time.Hour), newKeyring(t, time.Hour), newKeyring(t, time.Nanosecond)
	c, err := quorate.Grid(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	foreign := theirs.node(1)
	foreign.Authorities = ours.trust
	for want, secure := range map[string]*TLSConfig{
		"want one that names quorate://1.1": ours.node(2), "quorate://client": ours.client(), "unknown authority": foreign,
		"expired": old.node(1), "no certificate": {Authorities: ours.trust}, "no authorities": {Certificate: ours.node(1).Certificate},
	} {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: member(1), Cluster: c})
		if err != nil {
			t.Fatal(err)
		}
		l, err := ListenTCP(TCPConfig{Addresses: map[quorate.ID]string{member(1): "127.0.0.1:0"}, TLS: secure}, n)
		if err == nil {
			l.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
