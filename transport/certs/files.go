package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/quorate/quorate"
)

// Config says what [Make] makes. Dir and Cluster are required.
type Config struct {
	// Dir is the directory of the files. It is created if it is missing.
	Dir string
	// Cluster is the membership.
	Cluster *quorate.Cluster
	// Hosts are the names and IP addresses of each member.
	Hosts map[quorate.ID][]string
	// Valid is how long the certificates are good. Zero is a year.
	Valid time.Duration
	// Overwrite replaces files that exist. All certificates are new then, those
	// of an earlier authority are worth nothing beside them.
	Overwrite bool
}

// Validate reports what makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Cluster == nil:
		return errors.New("make certificates: no cluster was given")
	case c.Dir == "":
		return errors.New("make certificates: no directory was given")
	case c.Valid < 0:
		return fmt.Errorf("make certificates: valid for %v: want more than 0", c.Valid)
	}
	return nil
}

// ErrExists is wrapped by what [Make] returns if it would have to overwrite.
var ErrExists = errors.New("file exists already")

// The names of the files that [Make] writes, besides those of [NodeFiles].
const (
	AuthorityFile    = "ca.pem"
	AuthorityKeyFile = "ca-key.pem"
	ClientFile       = "client.pem"
	ClientKeyFile    = "client-key.pem"
)

// NodeFiles returns the names of a member's files.
func NodeFiles(id quorate.ID) (cert, key string) {
	return fmt.Sprintf("node-%v.pem", id), fmt.Sprintf("node-%v-key.pem", id)
}

// file is one that Make writes.
type file struct {
	name   string
	data   []byte
	secret bool
}

// Make makes an authority, a certificate for every member and one for clients.
// It writes them to files, keys such that nobody else can read them, and returns
// the paths. If one of the files exists it writes none, see [ErrExists].
func Make(cfg Config) ([]string, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Valid == 0 {
		cfg.Valid = 365 * 24 * time.Hour
	}
	files, err := sign(cfg)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o777); err != nil {
		return nil, fmt.Errorf("make certificates: %w", err)
	}
	var paths []string
	for _, f := range files {
		path := filepath.Join(cfg.Dir, f.name)
		paths = append(paths, path)
		if _, err := os.Lstat(path); err == nil && !cfg.Overwrite {
			return nil, fmt.Errorf("make certificates: %s: %w", path, ErrExists)
		}
	}
	for i, f := range files {
		if err := f.write(paths[i], cfg.Overwrite); err != nil {
			return paths[:i], fmt.Errorf("make certificates: %w", err)
		}
	}
	return paths, nil
}

// sign makes the contents of all files.
func sign(cfg Config) ([]file, error) {
	a, err := NewAuthority(cfg.Valid)
	if err != nil {
		return nil, err
	}
	client, err := a.Client()
	if err != nil {
		return nil, err
	}
	files := []file{
		{AuthorityFile, a.Pair.Certificate, false}, {AuthorityKeyFile, a.Pair.Key, true},
		{ClientFile, client.Certificate, false}, {ClientKeyFile, client.Key, true},
	}
	for _, id := range cfg.Cluster.IDs() {
		pair, err := a.Node(id, cfg.Hosts[id]...)
		if err != nil {
			return nil, err
		}
		cert, key := NodeFiles(id)
		files = append(files, file{cert, pair.Certificate, false}, file{key, pair.Key, true})
	}
	return files, nil
}

// write never writes into a file that is there: whoever may read an old file,
// or follows a link, must not get at a new key.
func (f file) write(path string, overwrite bool) error {
	mode := fs.FileMode(0o644)
	if f.secret {
		mode = 0o600
	}
	if overwrite {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", path, ErrExists)
	}
	if err != nil {
		return err
	}
	_, err = out.Write(f.data)
	return errors.Join(err, out.Close())
}

// maxFile bounds what Load reads of one file.
const maxFile = 1 << 20

// Load reads a certificate with its key, and the authorities that others'
// certificates must come from.
func Load(authorities, cert, key string) (tls.Certificate, *x509.CertPool, error) {
	fail := func(err error) (tls.Certificate, *x509.CertPool, error) { return tls.Certificate{}, nil, err }
	var text [3][]byte
	for i, path := range []string{authorities, cert, key} {
		var err error
		if text[i], err = read(path); err != nil {
			return fail(fmt.Errorf("read certificates: %w", err))
		}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text[0]) {
		return fail(fmt.Errorf("read certificates: %s holds no certificate in PEM", authorities))
	}
	pair, err := tls.X509KeyPair(text[1], text[2])
	if err != nil {
		return fail(fmt.Errorf("read certificates: %s with %s: %w", cert, key, err))
	}
	return pair, pool, nil
}

func read(path string) ([]byte, error) {
	if path == "" {
		return nil, errors.New("the authority's certificate, one's own and its key are needed; a name is missing")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	return os.ReadFile(path)
}
