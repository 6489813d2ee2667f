package maelstrom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// maxLine bounds a message, in bytes.
const maxLine = 16 << 20

// message is a line between a node and the network.
type message struct {
	ID   *int64          `json:"id,omitempty"` // the network's own number
	Src  string          `json:"src"`
	Dest string          `json:"dest"`
	Body json.RawMessage `json:"body"`
}

// head is what all bodies have in common, and errors.
type head struct {
	Type      string `json:"type"`
	MsgID     *int64 `json:"msg_id"`
	InReplyTo *int64 `json:"in_reply_to"`
	Code      *int   `json:"code"`
	Text      string `json:"text"`
}

// parse reads a line.
func parse(line []byte) (m message, h head, err error) {
	if err := json.Unmarshal(line, &m); err != nil {
		return m, h, fmt.Errorf("no message in JSON: %w: %s (is it meant for stderr?)", err, excerpt(line))
	}
	switch {
	case m.Src == "":
		err = errors.New("src is missing")
	case m.Dest == "":
		err = errors.New("dest is missing")
	case len(m.Body) == 0 || bytes.TrimSpace(m.Body)[0] != '{':
		err = errors.New("body is missing, or no object")
	default:
		if err = json.Unmarshal(m.Body, &h); err == nil && h.Type == "" {
			err = errors.New("the body's type is missing")
		}
	}
	if err != nil {
		return m, h, fmt.Errorf("malformed message: %w: %s", err, excerpt(line))
	}
	return m, h, nil
}

// excerpt is the beginning of a line, for people.
func excerpt(line []byte) string {
	const most = 120
	if len(line) <= most {
		return fmt.Sprintf("%q", line)
	}
	return fmt.Sprintf("%q…", line[:most])
}

// The codes of errors, as Maelstrom numbers them.
const (
	codeTimeout      = 0
	codeNotSupported = 10
	codeUnavailable  = 11
	codeMalformed    = 12
	codeCrash        = 13
	codeNoKey        = 20
	codePrecondition = 22
)

// definite reports whether an error says that the operation certainly did not take place.
// All others, those of unknown codes too, leave that open.
func definite(code int) bool {
	switch code {
	case 1, codeNotSupported, codeUnavailable, codeMalformed, 14, codeNoKey, 21, codePrecondition, 30:
		return true
	}
	return false
}

// rpcError is what a node answers instead of a result.
type rpcError struct {
	code int
	text string
}

func (e *rpcError) Error() string { return fmt.Sprintf("error %d: %s", e.code, e.text) }

// errTimeout is of a call that nobody answered in time.
var errTimeout = errors.New("nobody answered in time")
