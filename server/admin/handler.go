package admin

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/internal/patient"
)

// Handler serves one node's operators.
type Handler struct {
	target    Target
	version   string
	addresses map[string]string
	wait      time.Duration
	log       *slog.Logger

	mux        *http.ServeMux
	faults     *ledger
	metrics    *metrics
	admissions *admissions
	objects    atomic.Pointer[objects] // of the node's last start; nil before the first
}

// New returns the handler for a node that need not have started. The caller
// serves it, instruments the node with [Handler.Instrument] at each of its
// starts, and calls [Handler.Close] in the end.
func New(cfg Config) (*Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	h := &Handler{
		target: cfg.Target, version: cfg.Version, addresses: cfg.Addresses, wait: cfg.Wait, log: cfg.Logger,
		mux: http.NewServeMux(), faults: newLedger(cfg.Target.ID(), cfg.Target.Cluster(), cfg.Harm), admissions: newAdmissions(cfg.Target),
	}
	if h.wait == 0 {
		h.wait = time.Second
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.metrics = newMetrics(h)
	h.route(newGuard(cfg.Token, cfg.Hosts))
	return h, nil
}

// Close ends the faults in force, and the wait for an admission.
func (h *Handler) Close() {
	h.faults.close()
	h.admissions.cancel()
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	h.mux.ServeHTTP(patient.Writer(w, patience), r)
}

// endpoint is one path and how it is served.
type endpoint struct {
	path    string
	methods []string
	open    bool // without the token
	serve   http.HandlerFunc
}

func (h *Handler) endpoints() []endpoint {
	read, change := []string{"GET", "HEAD"}, []string{"POST", "GET"} // Paxi's clients crash by GET
	return []endpoint{
		{"/livez", read, true, h.serveLive},
		{"/readyz", read, true, h.serveReady},
		{"/healthz", read, true, h.serveReady},
		{"/status", read, false, h.serveStatus},
		{"/metrics", read, false, h.metrics.serve()},
		{"/crash", change, false, h.serveCrash},
		{"/drop", change, false, h.inject(drop, []string{"id"}, readDrop)},
		{"/slow", change, false, h.inject(slow, []string{"id", "delay", "jitter"}, readSlow)},
		{"/flaky", change, false, h.inject(flaky, []string{"id", "p"}, readFlaky)},
		{"/duplicate", change, false, h.inject(duplicate, []string{"id", "p"}, readDuplicate)},
		{"/reorder", change, false, h.inject(reorder, []string{"id", "p", "delay"}, readReorder)},
		{"/partition", change, false, h.inject(partition, []string{"group"}, readPartition)},
		{"/clock", change, false, h.inject(clock, []string{"bump", "period", "rate"}, h.faults.harms.readClock)},
		{"/disk", change, false, h.inject(disk, []string{"fault", "delay", "sync"}, h.faults.harms.readDisk)},
		{"/power", change, false, h.servePower},
		{"/heal", change, false, h.serveHeal},
		{"/admit", []string{"POST"}, false, h.serveAdmit},
		{"/debug/pprof/", read, false, bounded(pprof.Index)},
		{"/debug/pprof/cmdline", read, false, pprof.Cmdline},
		{"/debug/pprof/profile", read, false, bounded(pprof.Profile)},
		{"/debug/pprof/symbol", []string{"GET", "POST"}, false, short(pprof.Symbol)},
		{"/debug/pprof/trace", read, false, bounded(pprof.Trace)},
	}
}

func (h *Handler) route(g guard) {
	var paths []string
	for _, e := range h.endpoints() {
		serve := methods(e.methods, e.serve)
		if e.open {
			serve = g.open(serve)
		} else {
			serve = g.closed(serve)
		}
		h.mux.HandleFunc(e.path, serve)
		paths = append(paths, e.path)
	}
	h.mux.HandleFunc("/", g.closed(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", &unknownPath{r.URL.Path, paths})
	}))
}

// methods refuses others than those given.
func methods(allowed []string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, m := range allowed {
			if r.Method == m {
				next(w, r)
				return
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", &wrongMethod{r.Method, allowed})
	}
}

// maxProfile bounds the seconds of a profile or a trace.
const maxProfile = 300

// bounded refuses a profile that goes on for too long.
func bounded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if text := r.URL.Query().Get("seconds"); text != "" {
			if s, err := strconv.ParseFloat(text, 64); err != nil || !(s > 0 && s <= maxProfile) {
				refuse(w, http.StatusBadRequest, "bad_request", &outOfRange{text})
				return
			}
		}
		next(w, r)
	}
}

// maxSymbols bounds the bytes of a question for symbols. What is asked for is kept with
// its answer.
const maxSymbols = 1 << 20

// short refuses to read a longer body.
func short(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxSymbols)
		next(w, r)
	}
}

// patience bounds how long an operator may take for each piece of an answer. The server
// cannot: some answers are written for minutes.
const patience = 15 * time.Second

// writeJSON answers with v. What fails here is the connection.
func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}
