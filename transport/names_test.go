package transport

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/url"
	"runtime"
	"testing"
	"time"
)

// Rule: a stranger's certificate costs about what it is long, whatever it says: it may
// have a hundred KiB of names, and is looked at before anybody is known.
func TestCertificateOfManyNames(t *testing.T) {
	ours := newKeyring(t, time.Hour)
	const uris = 20_000
	stranger := ours.client()
	key := stranger.Certificate.PrivateKey.(crypto.Signer)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	for range uris {
		of.URIs = append(of.URIs, &url.URL{Scheme: "a", Opaque: "b"})
	}
	der, err := x509.CreateCertificate(nil, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	stranger.Certificate = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	v := newVictim(t, func(c *TCPConfig) { c.TLS = ours.node(1) })
	if _, err := v.greetAs(stranger, v.clientHello()); err == nil { // whatever is built at first use
		t.Error("let in")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := v.greetAs(stranger, v.clientHello()); err == nil {
		t.Error("let in")
	}
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d KiB for a certificate of %d", allocated>>10, len(der)>>10)
	if allocated > 100*uint64(len(der)) {
		t.Errorf("%d MiB were allocated for a certificate of %d KiB", allocated>>20, len(der)>>10)
	}
}
