package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"

	"github.com/quorate/quorate/tester/store"
)

func serveCommand() command {
	return command{
		name:     "serve",
		synopsis: "show what tests found in a browser",
		operands: "[store]",
		about: `Shows the runs in a store, which is a directory that 'quorate test --store' filled
(default store): the newest first, by test and verdict, each with its page, its pictures
and its files, or all of it as a zip archive. Runs that go on are shown, too. It reads
the store and changes nothing.

It listens on the loopback interface, for anybody on this machine. Who listens elsewhere
shows the store to everybody who gets there.`,
		examples: []example{
			{"quorate serve", "the runs in the directory store, on http://127.0.0.1:8181/"},
			{"quorate serve --listen 127.0.0.1:0 soak", "on a port that is free, which it prints"},
		},
		exits: []exitMeaning{
			{exitGood, "it was ended by SIGTERM"},
			{exitInterrupted, "it was interrupted, and ended as well"},
			{exitUsage, "a flag makes no sense, or the store is no directory"},
			{exitTool, "the address is in use"},
		},
		setup: func(f *flags) action {
			b := &browse{listen: "127.0.0.1:8181"}
			f.group("operation")
			f.StringVar(&b.listen, "listen", b.listen, "`host:port` to listen on; port 0 is one that is free")
			f.json(&b.json)
			return b.run
		},
	}
}

// browse is the command's flags.
type browse struct {
	listen string
	json   bool
}

// servedLine is what --json prints when the store is served.
type servedLine struct {
	Store string `json:"store"`
	URL   string `json:"url"`
	PID   int    `json:"pid"`
}

func (b *browse) run(ctx context.Context, s *streams, args []string) error {
	dir := "store"
	switch len(args) {
	case 0:
	case 1:
		dir = args[0]
	default:
		return usagef("serve: want one store, got %d", len(args))
	}
	host, _, err := net.SplitHostPort(b.listen)
	if err != nil {
		return usagef("serve: --listen %q: want host:port, such as 127.0.0.1:8181", b.listen)
	}
	shown, err := store.NewBrowser(dir, host)
	if err != nil {
		return usagef("serve: %w; 'quorate test --store' makes one", err)
	}
	defer shown.Close()
	ln, err := net.Listen("tcp", b.listen)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	if at, err := netip.ParseAddrPort(ln.Addr().String()); err != nil || !at.Addr().IsLoopback() {
		fmt.Fprintf(s.err, "quorate: everybody who reaches %v sees the store\n", ln.Addr())
	}
	url := fmt.Sprintf("http://%v/", ln.Addr())
	if b.json {
		err = json.NewEncoder(s.out).Encode(servedLine{dir, url, os.Getpid()})
	} else {
		_, err = fmt.Fprintf(s.out, "%s is on %s\n", dir, url)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("serve: say where: %w", err), ln.Close())
	}
	server := shown.Server()
	server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo) // what clients do wrong is their business
	if err := store.Serve(ctx, server, ln); err != nil {
		return err
	}
	return stopped(ctx)
}
