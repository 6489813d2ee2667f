package main

import (
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/transport"
)

// tlsFiles are the flags of whoever talks TLS, member or client.
type tlsFiles struct {
	flags                  *flags
	authorities, cert, key string
}

// tls declares the flags. All three are given, or none.
func (f *flags) tls() *tlsFiles {
	t := &tlsFiles{flags: f}
	f.StringVar(&t.authorities, "tls-ca", "", "trust who has a certificate of an authority in this `file`; with the next two, talk TLS")
	f.StringVar(&t.cert, "tls-cert", "", "a `file` with the own certificate, such as 'quorate certs' makes")
	f.StringVar(&t.key, "tls-key", "", "a `file` with its key")
	return t
}

// load returns what the files say, nil for plain text.
func (t *tlsFiles) load() (*transport.TLSConfig, error) {
	given := 0
	for _, file := range []string{t.authorities, t.cert, t.key} {
		if file != "" {
			given++
		}
	}
	switch given {
	case 0:
		return nil, nil
	case 3:
		cfg, err := transport.LoadTLS(t.authorities, t.cert, t.key)
		if err != nil {
			return nil, t.flags.usagef("%w", err)
		}
		return cfg, nil
	}
	return nil, t.flags.usagef("--tls-ca, --tls-cert, --tls-key: want all of them, or none")
}

// runningCluster returns how to reach a running cluster: by its file, with what its
// members want to see of a client.
func runningCluster(config string, tls *tlsFiles, tokenFile string) (remote.Config, error) {
	file, err := readCluster(config)
	if err != nil {
		return remote.Config{}, err
	}
	secured, err := tls.load()
	if err != nil {
		return remote.Config{}, err
	}
	token, err := readToken("--token-file", tokenFile)
	if err != nil {
		return remote.Config{}, err
	}
	return remote.Config{File: file, TLS: secured, Token: token}, nil
}
