package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport/certs"
)

func certsCommand() command {
	return command{
		name:     "certs",
		synopsis: "make certificates for a cluster and its clients",
		about: `Makes a test authority, a certificate for every member of a cluster file, and one
that all clients share, for mutual TLS:

  ca.pem client.pem node-1.1.pem ...               what everybody may see
  ca-key.pem client-key.pem node-1.1-key.pem ...   keys, for their owners' eyes only

A member gets ca.pem and its own two files, a client ca.pem and its two. Who has
ca-key.pem can make more of them; nobody needs it to run the cluster. Members are
known by the URI in their certificate, such as quorate://1.2, not by host names.

Files that exist stay as they are, all of them, unless --overwrite is given.`,
		examples: []example{
			{"quorate certs --config cluster.json --out certs", "for the members of a cluster file"},
			{"quorate certs --config cluster.json --out certs --valid 24h --overwrite", "again, good for a day"},
		},
		exits: []exitMeaning{
			{exitGood, "the files were written"},
			{exitUsage, "a flag or the cluster file makes no sense, or a file exists already"},
			{exitTool, "a file cannot be read or written"},
		},
		setup: func(f *flags) action { return newCertMaker(f).run },
	}
}

// certMaker is the command's flags.
type certMaker struct {
	config, dir string
	valid       time.Duration
	overwrite   bool
}

func newCertMaker(f *flags) *certMaker {
	m := &certMaker{dir: "certs", valid: 365 * 24 * time.Hour}
	f.group("certificates")
	f.config(&m.config)
	f.StringVar(&m.dir, "out", m.dir, "`directory` of the files")
	f.DurationVar(&m.valid, "valid", m.valid, "`time` for which they are good")
	f.BoolVar(&m.overwrite, "overwrite", false, "replace files that exist")
	return m
}

func (m *certMaker) run(_ context.Context, s *streams, _ []string) error {
	if m.valid <= 0 || m.dir == "" {
		return usagef("certs: --valid %v, --out %q: want more than 0, and a directory", m.valid, m.dir)
	}
	file, err := readCluster(m.config)
	if err != nil {
		return err
	}
	cluster, err := file.Cluster()
	if err != nil {
		return usagef("certs: %w", err)
	}
	paths, err := certs.Make(certs.Config{Dir: m.dir, Cluster: cluster, Hosts: hostsOf(file), Valid: m.valid, Overwrite: m.overwrite})
	if errors.Is(err, certs.ErrExists) {
		return usagef("certs: %w; --overwrite makes all of them anew", err)
	}
	if err != nil {
		return fmt.Errorf("certs: %w", err)
	}
	for _, path := range paths {
		fmt.Fprintln(s.out, path)
	}
	return nil
}

// hostsOf returns the hosts at which each member of a checked file can be reached.
func hostsOf(file *quorate.Config) map[quorate.ID][]string {
	hosts := map[quorate.ID][]string{}
	for id := range file.Addresses { // unordered: each on its own
		for _, addresses := range []map[quorate.ID]string{file.Addresses, file.HTTPAddresses, file.AdminAddresses} {
			_, endpoint, err := quorate.SplitAddress(addresses[id])
			if err != nil {
				continue // not listed
			}
			host, _, err := net.SplitHostPort(endpoint)
			if host = strings.TrimSuffix(host, "."); err == nil && host != "" && !slices.Contains(hosts[id], host) {
				hosts[id] = append(hosts[id], host)
			}
		}
	}
	return hosts
}
