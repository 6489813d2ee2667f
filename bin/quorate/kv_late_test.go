package main

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/remote"
)

// gates stand before members. They take connections as the kernel does for a
// process that is stopped, and pass nothing on until they are opened.
func gates(t *testing.T, addresses map[quorate.ID]string) (before map[quorate.ID]string, open func()) {
	t.Helper()
	before, opened := map[quorate.ID]string{}, make(chan struct{})
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)                  // after the others
	for id, member := range addresses { // unordered: each by itself
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		before[id] = ln.Addr().String()
		wg.Go(func() {
			for {
				outside, err := ln.Accept()
				if err != nil {
					return
				}
				wg.Go(func() {
					defer outside.Close()
					<-opened
					inside, err := net.Dial("tcp", member)
					if err != nil {
						return
					}
					wg.Go(func() {
						io.Copy(outside, inside)
						outside.Close()
					})
					io.Copy(inside, outside)
					inside.Close()
				})
			}
		})
		t.Cleanup(func() { ln.Close() })
	}
	return before, sync.OnceFunc(func() { close(opened) })
}

// What is said not to have been executed is not executed later, when members
// that took a connection and were silent begin to speak.
func TestKVAndLateMembers(t *testing.T) {
	l, _ := running(t)
	addresses, open := gates(t, l.Addresses())
	k := &kv{reach: remote.Config{File: &quorate.Config{Protocol: "primary", Addresses: addresses}}, timeout: 100 * time.Millisecond}
	if err := k.connect(); err != nil {
		t.Fatal(err)
	}
	defer func() { k.close() }()
	defer open()
	_, _, err := k.do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k", Value: []byte("v")})
	if err == nil || exitCode(err) != exitTool || !strings.Contains(err.Error(), "nothing was executed") {
		t.Fatalf("code %d, %v", exitCode(err), err)
	}
	open()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	res, _, err := k.do(ctx, client.Op{Kind: quorate.OpGet, Key: "k"})
	if err != nil || res.OK || res.Version != 0 {
		t.Errorf("%+v, %v", res, err)
	}
}
