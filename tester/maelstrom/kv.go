package maelstrom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
)

// request is the body of what clients ask for.
type request struct {
	Key    json.RawMessage `json:"key"`
	Value  json.RawMessage `json:"value"`
	From   json.RawMessage `json:"from"`
	To     json.RawMessage `json:"to"`
	Create bool            `json:"create_if_not_exists"`
}

// refusal is the body of an error.
func refusal(code int, text string) map[string]any {
	return map[string]any{"type": "error", "code": code, "text": text}
}

// serve executes a request of a client, and returns the body of the answer.
func (s *serving) serve(ctx context.Context, m message, h head) map[string]any {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	var r request
	if err := json.Unmarshal(m.Body, &r); err != nil {
		return refusal(codeMalformed, err.Error())
	}
	key, err := canonical(r.Key)
	if err != nil {
		return refusal(codeMalformed, fmt.Sprintf("key: %v", err))
	}
	switch h.Type {
	case "read":
		return s.read(ctx, key)
	case "write":
		return s.write(ctx, key, &r)
	}
	return s.cas(ctx, key, &r)
}

func (s *serving) read(ctx context.Context, key string) map[string]any {
	res, err := s.do(ctx, client.Op{Kind: quorate.OpGet, Key: key, Read: s.cfg.Read})
	switch {
	case err != nil:
		return refusal(codeOf(err), err.Error())
	case !res.OK:
		return refusal(codeNoKey, "there is no such key")
	}
	return map[string]any{"type": "read_ok", "value": json.RawMessage(res.Value)}
}

func (s *serving) write(ctx context.Context, key string, r *request) map[string]any {
	value, err := compact(r.Value)
	if err != nil {
		return refusal(codeMalformed, fmt.Sprintf("value: %v", err))
	}
	if _, err := s.do(ctx, client.Op{Kind: quorate.OpPut, Key: key, Value: value}); err != nil {
		return refusal(codeOf(err), err.Error())
	}
	return map[string]any{"type": "write_ok"}
}

// cas reads, and writes if nobody else has written since: versions tell. If somebody has,
// it begins again, because the value may be the same.
func (s *serving) cas(ctx context.Context, key string, r *request) map[string]any {
	from, err := canonical(r.From)
	if err != nil {
		return refusal(codeMalformed, fmt.Sprintf("from: %v", err))
	}
	to, err := compact(r.To)
	if err != nil {
		return refusal(codeMalformed, fmt.Sprintf("to: %v", err))
	}
	for {
		old, err := s.do(ctx, client.Op{Kind: quorate.OpGet, Key: key, Read: s.cfg.Read})
		if err != nil { // whatever became of the read, nothing has been written
			return refusal(definitely(codeOf(err)), err.Error())
		}
		version := old.Version
		if !old.OK {
			if !r.Create {
				return refusal(codeNoKey, "there is no such key")
			}
			version = 0
		} else if is, err := canonical(old.Value); err != nil || is != from {
			return refusal(codePrecondition, fmt.Sprintf("the value is %s", old.Value))
		}
		res, err := s.do(ctx, client.Op{Kind: quorate.OpPutIf, Key: key, Value: to, Version: version})
		switch {
		case err != nil:
			return refusal(codeOf(err), err.Error())
		case res.OK:
			return map[string]any{"type": "cas_ok"}
		}
	}
}

// definitely is the code of a failure that certainly changed nothing.
func definitely(code int) int {
	if definite(code) {
		return code
	}
	return codeUnavailable
}

// codeOf is the code of an error of a command: a definite one only if it was certainly not
// executed, and never will be.
func codeOf(err error) int {
	e, ok := errors.AsType[*client.Error](err)
	if errors.Is(err, client.ErrNotExecuted) || errors.Is(err, server.ErrStopped) && !errors.Is(err, client.ErrUnknown) {
		if ok {
			switch e.Outcome.Reason {
			case quorate.ReasonInvalid, quorate.ReasonTooLarge:
				return codeMalformed
			case quorate.ReasonUnsupported:
				return codeNotSupported
			}
		}
		return codeUnavailable
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, client.ErrTimeout) {
		return codeTimeout
	}
	return codeCrash
}

// compact is a JSON value without blanks, otherwise as it is written.
func compact(text json.RawMessage) ([]byte, error) {
	if len(text) == 0 {
		return nil, errors.New("it is missing")
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
