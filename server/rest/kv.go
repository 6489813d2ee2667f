package rest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// kv serves one key.
func (h *Handler) kv(x *exchange, key string) *failure {
	op, f := operation(x)
	if f != nil || x.answered {
		return f
	}
	if f := h.checkKey(key); f != nil {
		return f
	}
	x.op = client.Op{Kind: op, Key: key}
	if f := h.options(x); f != nil {
		return f
	}
	name, named, f := x.session()
	if f != nil {
		return f
	}
	cond, f := x.conditions()
	if f != nil {
		return f
	}
	if op == quorate.OpGet {
		return h.get(x, &cond)
	}
	if f := h.sameOrigin(x.r); f != nil {
		return f
	}
	if x.op.Kind, x.op.Version, f = cond.write(op); f != nil {
		return f
	}
	if op == quorate.OpPut {
		if len(x.r.Header["Content-Range"]) > 0 {
			return bad("Content-Range: a write replaces the whole value")
		}
		value, held, f := h.value(x)
		defer h.give(held)
		if f != nil {
			return f
		}
		x.op.Value = value
	}
	return h.write(x, name, named)
}

func (h *Handler) checkKey(key string) *failure {
	switch {
	case key == "":
		return bad("the key is empty")
	case len(key) > h.cfg.MaxKey:
		return refuse(http.StatusRequestEntityTooLarge, "too-large", "the key has %d bytes: at most %d are taken", len(key), h.cfg.MaxKey)
	}
	return nil
}

// sameOrigin refuses writes that a browser makes for a page of somebody else.
func (h *Handler) sameOrigin(r *http.Request) *failure {
	if err := h.origins.Check(r); err != nil {
		return refuse(http.StatusForbidden, "origin", "%v", err)
	}
	return nil
}

// get reads a key.
func (h *Handler) get(x *exchange, cond *conditions) *failure {
	res, f := h.do(x)
	if f != nil {
		return f
	}
	x.includes(&res)
	if res.Stale {
		x.w.Header()["Quorate-Stale"] = h.text
	}
	switch cond.read(res.OK, res.Version) {
	case http.StatusPreconditionFailed:
		return untrue(x.op.Key, res.OK, res.Version)
	case http.StatusNotModified:
		x.setTag(res.Version)
		x.echo()
		x.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if !res.OK {
		return x.absent(res.Version)
	}
	x.setTag(res.Version)
	return h.answer(x, res.Value)
}

// absent answers that a key has no value: to Paxi's clients, for which all but
// 200 is an error, as Paxi does.
func (x *exchange) absent(version uint64) *failure {
	if x.paxi {
		x.echo()
		x.w.Header().Set("Nv", "true")
		x.w.WriteHeader(http.StatusOK)
		return nil
	}
	f := refuse(http.StatusNotFound, "absent", "key %q has no value", x.op.Key)
	f.Executed, f.Version = executedYes, version
	return f
}

// untrue is the failure of a condition that was judged in its turn.
func untrue(key string, present bool, version uint64) *failure {
	f := refuse(http.StatusPreconditionFailed, "condition", "key %q is at version %d", key, version)
	if !present {
		f.Error = "key " + strconv.Quote(key) + " has no value"
	}
	f.Executed, f.Version, f.present = executedYes, version, present
	return f
}

func (x *exchange) setTag(version uint64) {
	x.etag[0] = tag(version)
	x.w.Header()["Etag"] = x.etag[:]
}

// answer sends a value.
func (h *Handler) answer(x *exchange, value []byte) *failure {
	x.echo()
	header := x.w.Header()
	header["Content-Type"] = h.octets
	if len(value) > 2<<10 || x.r.Method == http.MethodHead { // net/http counts what is shorter
		x.length[0] = strconv.Itoa(len(value))
		header["Content-Length"] = x.length[:]
	}
	if len(value) > large && x.r.Method != http.MethodHead {
		if !h.hold(len(value)) {
			clear(header)
			return h.busy("%d bytes of values are on their way", h.cfg.MaxBytes)
		}
		defer h.give(len(value))
		// A reader that is slow on purpose must not hold the memory for long.
		_ = http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(sendTime))
	}
	_, _ = x.w.Write(value) // who hung up needs no answer
	return nil
}

// sendTime is how long a client may take to receive a large value.
const sendTime = 15 * time.Second

// write executes a write.
func (h *Handler) write(x *exchange, name quorate.Command, named bool) *failure {
	execute := h.do
	if named {
		execute = func(x *exchange) (client.Result, *failure) { return h.submit(x, name) }
	}
	res, f := execute(x)
	if f != nil {
		return f
	}
	x.includes(&res)
	if !res.OK {
		return untrue(x.op.Key, res.Version != 0, res.Version)
	}
	x.written(res.Version)
	return nil
}

// do executes a command of the backend's own session.
func (h *Handler) do(x *exchange) (client.Result, *failure) {
	if f := h.enter(); f != nil {
		return client.Result{}, f
	}
	defer h.leave(x.r)
	res, err := h.cfg.Backend.Do(&x.until, x.op)
	if err != nil {
		return res, failed(err)
	}
	return res, nil
}

// submit makes one attempt at a command that its client has named.
func (h *Handler) submit(x *exchange, c quorate.Command) (client.Result, *failure) {
	if f := h.enter(); f != nil {
		return client.Result{}, f
	}
	defer h.leave(x.r)
	c.Op, c.Key, c.Value, c.Version = x.op.Kind, x.op.Key, x.op.Value, x.op.Version
	req := quorate.Request{Command: c, Timeout: time.Until(x.until.at)}
	reply, err := h.cfg.Backend.Submit(&x.until, req)
	if err != nil {
		return client.Result{}, failed(err)
	}
	if reply.Status != quorate.Done {
		return client.Result{}, refused(&req, &reply)
	}
	return client.Result{OK: reply.OK, Version: reply.Version, Index: reply.Index}, nil
}

// written answers a write with the version that it made.
func (x *exchange) written(version uint64) {
	header := x.w.Header()
	if x.op.Kind == quorate.OpDelete || x.op.Kind == quorate.OpDeleteIf {
		header.Set("Quorate-Version", strconv.FormatUint(version, 10))
	} else {
		x.setTag(version)
	}
	x.echo()
	switch {
	case x.paxi:
		x.w.WriteHeader(http.StatusOK)
	case x.created(version):
		x.w.WriteHeader(http.StatusCreated)
	default:
		x.w.WriteHeader(http.StatusNoContent)
	}
}

// created reports whether a write is known to have made its key.
func (x *exchange) created(version uint64) bool {
	return x.op.Kind == quorate.OpPut && version == 1 || x.op.Kind == quorate.OpPutIf && x.op.Version == 0
}

// echo returns the headers by which Paxi's clients know their answers. They
// mean nothing here: those clients share numbers and use them again.
func (x *exchange) echo() {
	if !x.paxi {
		return
	}
	header := x.w.Header()
	for _, name := range [...]string{"Id", "Cid", "Timestamp"} {
		if v := x.r.Header[name]; len(v) > 0 {
			header[name] = v[:1]
		}
	}
}
