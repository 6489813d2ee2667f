package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
)

func configCommand() command {
	return command{
		name:     "config",
		synopsis: "print a cluster file",
		about: `Prints a cluster file, complete and checked: the members 1.1 to zones.nodes, where
each listens, and the protocol. 'quorate server' and 'quorate up' run it.

Members on one host listen on ports that follow each other, from the three given
ones on; a port of 0 leaves that listener out. Members on hosts of their own have
equal ports. The host is one for all, or a list with one for each member, or a
pattern in which {} is replaced by 0, 1, 2 and so on.`,
		examples: []example{
			{"quorate config -n 3 > cluster.json", "three members on this host"},
			{"quorate config -n 5x3 --quorum zones:fz=1,fn=0", "fifteen members in five zones"},
			{"quorate config -n 3 --host a.example,b.example,c.example", "a host for each"},
			{"quorate config -n 5x3 -p wpaxos --wan aws5", "the same on one machine, as far apart as five regions"},
			{"quorate config -n 3 --host quorate-{}.quorate --bind 0.0.0.0", "the names that a StatefulSet gives"},
		},
		exits: []exitMeaning{
			{exitGood, "the file was printed"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "the file cannot be written"},
		},
		setup: func(f *flags) action { return newConfigMaker(f).run },
	}
}

// configMaker is the command's flags.
type configMaker struct {
	protocol  string
	shape     shape
	quorum    string
	options   protocols.Options // but for the quorums
	transport string
	wan       string
	jitter    time.Duration
	history   int

	host, bind                    string
	basePort, httpPort, adminPort int

	next func(port int) int // the first port from one on that may be used; nil takes them as they come
}

func newConfigMaker(f *flags) *configMaker {
	m := &configMaker{protocol: "paxos", shape: shape{zones: 1, nodes: 3}, host: "127.0.0.1"}
	f.group("cluster")
	m.cluster(f)
	f.group("listeners")
	f.StringVar(&m.host, "host", m.host, "`host` of the members, or a list, or a pattern with {}")
	f.StringVar(&m.bind, "bind", m.bind, "`host` or IP address on which they listen, if another")
	m.ports(f)
	return m
}

// cluster declares what members are and do.
func (m *configMaker) cluster(f *flags) {
	f.protocol(&m.protocol)
	f.nodes(&m.shape)
	f.quorum(&m.quorum)
	f.thrifty(&m.options.Thrifty)
	f.StringVar(&m.options.Policy, "policy", "", policyUsage+" (default consecutive:3)")
	f.leases(&m.options.Lease, &m.options.ClockError)
	f.peerTransport(&m.transport)
	f.wan(&m.wan)
	f.DurationVar(&m.jitter, "jitter", 0, "`time` by which a message takes longer at most over the network of --wan (default none)")
	f.IntVar(&m.options.Lead, "leader-zone", 0, "`number` of the zone in which a protocol with a leader elects it (default any)")
	f.IntVar(&m.history, "history", m.history, "`number` of earlier versions kept of each key")
}

// ports declares where members listen.
func (m *configMaker) ports(f *flags) {
	f.IntVar(&m.basePort, "base-port", 1735, "first `port` for members and binary clients")
	f.IntVar(&m.httpPort, "http-port", 8080, "first `port` for HTTP clients")
	f.IntVar(&m.adminPort, "admin-port", 9090, "first `port` for metrics, health and faults")
}

// describesCluster reports whether a flag is one of those above.
func describesCluster(flag string) bool {
	f, m := newFlags(""), &configMaker{}
	m.cluster(f)
	m.ports(f)
	return f.Lookup(flag) != nil
}

func (m *configMaker) run(_ context.Context, s *streams, _ []string) error {
	file, err := m.file()
	if err != nil {
		return err
	}
	text, err := file.Format()
	if err != nil {
		return err
	}
	_, err = s.out.Write(text)
	return err
}

// file returns what the flags describe, or says what is wrong with them.
func (m *configMaker) file() (*quorate.Config, error) {
	cluster, err := m.shape.cluster()
	if err != nil {
		return nil, usagef("config: %w", err)
	}
	hosts, err := m.hosts(cluster.Size())
	if err != nil {
		return nil, err
	}
	file := &quorate.Config{Protocol: m.protocol, Quorums: m.quorum, History: m.history, Bind: m.bind, WAN: m.wan, Jitter: m.jitter, LeaderZone: m.options.Lead}
	if network := cmp.Or(m.transport, protocols.Network(m.protocol)); network != "tcp" { // as the addresses say
		file.Transport = network
	}
	for _, l := range []struct {
		flag, scheme string
		first        int
		into         *map[quorate.ID]string
	}{
		{"--base-port", "tcp", m.basePort, &file.Addresses},
		{"--http-port", "http", m.httpPort, &file.HTTPAddresses},
		{"--admin-port", "http", m.adminPort, &file.AdminAddresses},
	} {
		if l.first == 0 && l.flag != "--base-port" {
			continue
		}
		if l.first < 1 || l.first+cluster.Size()-1 > 65535 {
			return nil, usagef("config: %s %d: want ports from 1 to 65535 for %d members", l.flag, l.first, cluster.Size())
		}
		*l.into = m.addresses(cluster, hosts, l.scheme, l.first)
	}
	return file, m.check(file)
}

// addresses gives the members on each host ports that follow each other.
func (m *configMaker) addresses(cluster *quorate.Cluster, hosts []string, scheme string, first int) map[quorate.ID]string {
	all, next := map[quorate.ID]string{}, map[string]int{}
	for i, id := range cluster.IDs() {
		port := max(first, next[hosts[i]])
		if m.next != nil {
			port = m.next(port)
		}
		all[id] = scheme + "://" + net.JoinHostPort(hosts[i], strconv.Itoa(port))
		next[hosts[i]] = port + 1
	}
	return all
}

func (m *configMaker) check(file *quorate.Config) error {
	if err := file.Validate(); err != nil {
		return usagef("%w", err)
	}
	if _, err := protocols.FromFile("", file); err != nil { // with hints
		return usagef("config: %w", err)
	}
	o := m.options
	if file.Quorums != "" {
		cluster, err := file.Cluster()
		if err != nil {
			return err
		}
		if o.Quorums, err = quorate.ParseQuorums(cluster, file.Quorums); err != nil {
			return usagef("config: %w", err)
		}
	}
	if err := o.Into(file, m.protocol); err != nil {
		return usagef("config: %w", err)
	}
	file.Quorums = m.quorum // as it was written
	return nil
}

// hosts returns the host of each member.
func (m *configMaker) hosts(members int) ([]string, error) {
	list := strings.Split(m.host, ",")
	if len(list) != 1 && len(list) != members {
		return nil, usagef("config: --host lists %d hosts for %d members: want one for each, or one for all", len(list), members)
	}
	hosts := make([]string, members)
	for i := range hosts {
		host := list[0]
		if len(list) > 1 {
			host = list[i]
		}
		hosts[i] = strings.ReplaceAll(host, "{}", fmt.Sprint(i))
	}
	return hosts, nil
}

// maxClusterFile bounds the bytes of a cluster file that is read.
const maxClusterFile = 1 << 20

// readCluster reads the cluster file of --config.
func readCluster(path string) (*quorate.Config, error) {
	if path == "" {
		return nil, usagef("--config names no cluster file; 'quorate config -n 3' prints one")
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("read the cluster file: %w; 'quorate config -n 3 > %s' makes one", err, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the cluster file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxClusterFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the cluster file: %w", err)
	case len(text) > maxClusterFile:
		return nil, usagef("cluster file %s: more than %d bytes", path, maxClusterFile)
	}
	file, err := quorate.ParseConfig(text)
	if err != nil {
		return nil, usagef("cluster file %s: %w", path, err)
	}
	return file, nil
}
