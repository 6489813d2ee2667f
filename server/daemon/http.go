package daemon

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/hosts"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/rest"
)

// httpDoor is a listener with its HTTP server.
type httpDoor struct {
	ln     net.Listener
	server *rest.Server
}

// openDoors opens the listeners for HTTP. They serve later.
func (d *Daemon) openDoors() error {
	err := errors.Join(d.openClients(), d.openAdmin())
	if err != nil {
		d.shutDoors()
	}
	return err
}

func (d *Daemon) openClients() error {
	file := d.cfg.File
	at, ok := doorOf(file, "http_address", file.HTTPAddresses, d.cfg.ID)
	if !ok {
		return nil
	}
	limits := file.Requests()
	var err error
	rc := rest.Config{Backend: backend{d.seat, d}, Addresses: bases(file), MaxKey: limits.MaxKey, MaxValue: limits.MaxValue, Logger: d.log}
	local := hosts.Loopback(hostOf(at.bind))
	if local { // what asks for another host was led here by its name
		rc.Hosts = []string{hostOf(at.endpoint)}
	}
	d.rest, err = rest.New(rc)
	if err != nil {
		return err
	}
	cfg := rest.ServerConfig{Logger: d.log, MaxConns: d.room.clients, MaxHeader: max(16<<10, 3*limits.MaxKey+8<<10)} // a key may be escaped
	if at.scheme == "https" {
		cfg.TLS = &tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{d.cfg.TLS.Certificate},
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: d.cfg.TLS.Authorities, NextProtos: []string{"http/1.1"},
		}
	} else if d.cfg.TLS != nil && !local {
		d.log.Warn("HTTP clients are served in plain text: http_address is not https", "node", d.cfg.ID, "address", at.address)
	}
	d.clients, err = d.openDoor(at, d.rest, cfg)
	return err
}

// bases returns where HTTP clients reach the members, with schemes. Where members
// listen instead, their bind, is no business of clients.
func bases(file *quorate.Config) map[quorate.ID]string {
	all := map[quorate.ID]string{}
	for id := range file.HTTPAddresses { // unordered: a map is built
		if at, ok := doorOf(file, "http_address", file.HTTPAddresses, id); ok {
			all[id] = cmp.Or(at.scheme, "http") + "://" + at.endpoint
		}
	}
	return all
}

// hostOf returns the host of an endpoint, host:port.
func hostOf(endpoint string) string {
	host, _, _ := net.SplitHostPort(endpoint) // refused when the file was validated
	return host
}

func (d *Daemon) openAdmin() error {
	file := d.cfg.File
	at, ok := doorOf(file, "admin_address", file.AdminAddresses, d.cfg.ID)
	if !ok {
		return nil
	}
	if err := admin.CheckListen(at.bind, d.cfg.Token); err != nil {
		return err
	}
	addresses := map[string]string{"address": file.Addresses[d.cfg.ID], "admin_address": at.address}
	if http, ok := file.HTTPAddresses[d.cfg.ID]; ok {
		addresses["http_address"] = http
	}
	var err error
	if d.operators, err = admin.New(admin.Config{
		Target: d, Token: d.cfg.Token, Hosts: []string{hostOf(at.endpoint)}, Version: d.cfg.Version, Addresses: addresses, Harm: d.harm, Logger: d.log,
	}); err != nil {
		return err
	}
	d.admin, err = d.openDoor(at, d.operators, rest.ServerConfig{Logger: d.log, MaxConns: d.room.operators, WriteTimeout: admin.MaxTime})
	return err
}

func (d *Daemon) openDoor(at door, h http.Handler, cfg rest.ServerConfig) (*httpDoor, error) {
	s, err := rest.NewServer(h, cfg)
	if err != nil {
		return nil, err
	}
	ln, err := at.listen()
	if err != nil {
		return nil, fmt.Errorf("node %v: %w", d.cfg.ID, err)
	}
	return &httpDoor{ln, s}, nil
}

func (h *httpDoor) serve() {
	if h != nil {
		go h.server.Serve(h.ln)
	}
}

// drain waits for the requests under way, and closes the door.
func (h *httpDoor) drain(ctx context.Context) {
	if h != nil {
		_ = h.server.Shutdown(ctx) // who is still there then is cut off
	}
}

func (h *httpDoor) shut() {
	if h != nil {
		h.server.Close()
		h.ln.Close() // it may never have served
	}
}

// shutDoors closes all that is open.
func (d *Daemon) shutDoors() {
	d.clients.shut()
	if d.operators != nil {
		d.operators.Close()
	}
	d.admin.shut()
}

// backend is what HTTP clients reach: the node, or why there is none.
type backend struct {
	*server.Seat
	d *Daemon
}

// why adds to the error of a node that does not run why that is so.
func (b backend) why(err error) error {
	if errors.Is(err, server.ErrStopped) {
		if failure := b.d.Failure(); failure != nil {
			return fmt.Errorf("%w: it failed: %w", err, failure)
		}
	}
	return err
}

// Do implements [rest.Backend].
func (b backend) Do(ctx context.Context, op client.Op) (client.Result, error) {
	res, err := b.Seat.Do(ctx, op)
	return res, b.why(err)
}

// Submit implements [rest.Backend].
func (b backend) Submit(ctx context.Context, r quorate.Request) (quorate.Reply, error) {
	reply, err := b.Seat.Submit(ctx, r)
	return reply, b.why(err)
}

// History implements [rest.Backend].
func (b backend) History(ctx context.Context, key string) ([]quorate.Versioned, error) {
	all, err := b.Seat.History(ctx, key)
	return all, b.why(err)
}
