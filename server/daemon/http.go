package daemon

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"
)

// httpDoor is a listener with its HTTP server.
type httpDoor struct {
	door
	ln     net.Listener
	server *http.Server
	last   bool // it stays open until the node has ended
}

// openDoors opens the listeners for HTTP. They serve later.
func (d *Daemon) openDoors() error {
	file, id := d.cfg.File, d.cfg.ID
	if at, ok := doorOf(file, "http_address", file.HTTPAddresses, id); ok {
		if err := d.openDoor(at, http.HandlerFunc(d.serveClient), false); err != nil {
			return err
		}
	}
	return nil
}

func (d *Daemon) openDoor(at door, h http.Handler, last bool) error {
	ln, err := at.listen()
	if err != nil {
		d.shutDoors()
		return err
	}
	open := &httpDoor{door: at, ln: ln, last: last, server: newHTTPServer(h)}
	d.doors = append(d.doors, open)
	return nil
}

// newHTTPServer returns a server that no slow or silent client can hold up.
func newHTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}

func (h *httpDoor) serve() { go h.server.Serve(h.ln) }

// drain waits for the requests under way, and closes the door.
func (h *httpDoor) drain(ctx context.Context) {
	if !h.last && h.server.Shutdown(ctx) != nil {
		h.server.Close()
	}
}

// shutDoors closes all that is open.
func (d *Daemon) shutDoors() {
	for _, door := range d.doors {
		door.server.Close()
		door.ln.Close() // it may never have served
	}
}

// refusal is what a client hears while the member does not serve.
type refusal struct {
	Error  string `json:"error"`
	Reason string `json:"reason"`
}

func (d *Daemon) serveClient(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	away, failure := d.away, d.failure
	d.mu.Unlock()
	no := refusal{}
	switch away {
	case crashed:
		no = refusal{"the node is crashed on purpose and will be back", "crashed"}
	case failed:
		no = refusal{failure.Error(), "failed"}
	case stopping:
		no = refusal{"the member is stopping", "stopping"}
	default:
		no = refusal{"this build serves no clients by HTTP", "unsupported"}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_ = json.NewEncoder(w).Encode(no) // the client has gone, then
}
