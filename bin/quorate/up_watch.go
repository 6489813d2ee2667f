package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
)

// news gathers what members say until somebody shows it.
type news struct {
	mu    sync.Mutex
	lines []string
	lost  int // lines that nobody showed in time
	more  chan struct{}
}

// maxNews bounds the lines that wait.
const maxNews = 100

func newNews() *news { return &news{more: make(chan struct{}, 1)} }

// say takes a line of a member.
func (n *news) say(id quorate.ID, line string) {
	n.mu.Lock()
	if len(n.lines) == maxNews {
		n.lines, n.lost = n.lines[1:], n.lost+1
	}
	n.lines = append(n.lines, fmt.Sprintf("%v: %s", id, line))
	n.mu.Unlock()
	select {
	case n.more <- struct{}{}:
	default:
	}
}

// take returns what waits.
func (n *news) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	lines := n.lines
	if n.lost > 0 {
		lines = append([]string{fmt.Sprintf("(%d lines left out)", n.lost)}, lines...)
	}
	n.lines, n.lost = nil, 0
	return lines
}

// watcher tells what becomes of a cluster.
type watcher struct {
	fleet *fleet.Fleet
	news  *news
	out   io.Writer
	last  map[quorate.ID]string // what was told of each member
}

// tell prints a line for each change until ctx ends.
func (w *watcher) tell(ctx context.Context) error {
	w.last = map[quorate.ID]string{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for _, line := range w.changes(w.fleet.Look(ctx)) {
			fmt.Fprintln(w.out, line)
		}
		select {
		case <-ctx.Done():
			return stopped(ctx)
		case <-tick.C:
		case <-w.news.more:
		}
	}
}

// changes returns a line for each member that is not as it was, and what
// members said.
func (w *watcher) changes(views []fleet.View) []string {
	lines := w.news.take()
	for _, v := range views {
		now := howItIs(v)
		if now == w.last[v.ID] {
			continue
		}
		w.last[v.ID] = now
		line := fmt.Sprintf("%v: %s", v.ID, now)
		if v.State == fleet.Ended {
			line += "; start it again with: " + w.fleet.Command(v.ID)
		}
		lines = append(lines, line)
	}
	return lines
}

// howItIs describes a member by what does not change all the time.
func howItIs(v fleet.View) string {
	switch {
	case v.State == fleet.Ended:
		return "does not run: " + v.Exit
	case v.Status == nil && v.State == fleet.Running:
		return "does not answer"
	case v.Status == nil:
		return v.State
	}
	parts := []string{v.Status.State}
	if v.State == fleet.Other {
		parts = append(parts, "by somebody else")
	}
	if v.Status.Role != "" {
		parts = append(parts, v.Status.Role)
	}
	if v.Status.Ballot != "" {
		parts = append(parts, "ballot "+v.Status.Ballot)
	}
	if v.Status.Why != "" {
		parts = append(parts, v.Status.Why)
	}
	return strings.Join(parts, ", ")
}
