package transport

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/quorate/quorate"
)

// The greeting: whoever dials sends the magic and a hello, whoever listens
// answers alike, with a refusal if it will not go on. Both sides so see both
// sides' values.

const (
	magic        = "quorate\n"
	version      = 1
	helloLimit   = 64 << 10
	kindPeer     = "peer"
	kindClient   = "client"
	clippedValue = 512 // bytes of a value quoted in a refusal
)

// hello says who one end of a connection is, and whom it expects at the other.
type hello struct {
	Version     int        `json:"version"`
	Kind        string     `json:"kind"`
	From        quorate.ID `json:"from,omitzero"` // a client has none
	To          quorate.ID `json:"to,omitzero"`
	Members     string     `json:"members,omitempty"`
	Settings    string     `json:"settings,omitempty"`           // see quorate.Node.Agree
	Messages    string     `json:"messages"`                     // see describe
	Frame       int        `json:"frame,omitempty"`              // a message between members has so many bytes at most,
	Request     int        `json:"request,omitempty"`            // and a request to a node as many as it answers here
	Process     uint64     `json:"process,string,omitempty"`     // drawn for each link
	Incarnation uint64     `json:"incarnation,string,omitempty"` // see quorate.Hello, as Learner
	Learner     bool       `json:"learner,omitempty"`
	Refusal     string     `json:"refusal,omitempty"` // in an answer: why the connection ends here
}

// as returns h with what a node says of itself.
func (h hello) as(is quorate.Hello) hello {
	h.Incarnation, h.Learner = is.Incarnation, is.Learner
	return h
}

// is returns what a node said of itself.
func (h hello) is() quorate.Hello {
	return quorate.Hello{Incarnation: h.Incarnation, Learner: h.Learner}
}

func (h hello) who() string {
	if h.Kind == kindClient {
		return "client"
	}
	if h.From == 0 {
		return "nothing yet"
	}
	return fmt.Sprintf("node %v", h.From)
}

// differences compares what must be equal at both ends; nil if it is.
func (h hello) differences(other hello) error {
	var diffs []string
	differ := func(what, mine, theirs string) {
		if mine != theirs {
			diffs = append(diffs, fmt.Sprintf("%s: %s has %s, %s has %s", what, h.who(), clip(mine), other.who(), clip(theirs)))
		}
	}
	differ("version", fmt.Sprint(h.Version), fmt.Sprint(other.Version))
	differ("members", h.Members, other.Members)
	mine, theirs := firstDifference(h.Settings, other.Settings)
	differ("settings", mine, theirs)
	mine, theirs = firstDifference(h.Messages, other.Messages)
	differ("messages", mine, theirs)
	differ("bytes of a message", fmt.Sprint(h.Frame), fmt.Sprint(other.Frame))
	if diffs == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrDisagree, strings.Join(diffs, "; "))
}

// clip quotes a value of the other side, which may be anything.
func clip(s string) string {
	if len(s) > clippedValue {
		s = s[:clippedValue] + "…"
	}
	return fmt.Sprintf("%q", s)
}

func writeHello(w io.Writer, h hello) error {
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if len(body) > helloLimit {
		return fmt.Errorf("hello of %d bytes: at most %d are allowed; shorten the settings that members must agree on", len(body), helloLimit)
	}
	out := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(body)))
	_, err = w.Write(append(out, body...))
	return err
}

// readHello reads the other side's greeting and returns a reader of the frames
// that follow.
func readHello(r io.Reader) (hello, *frameReader, error) {
	var start [len(magic)]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return hello{}, nil, fmt.Errorf("read hello: %w", err)
	}
	if start[0] == tlsHandshake && start[1] == tlsMajor {
		return hello{}, nil, errTLS
	}
	if string(start[:]) != magic {
		return hello{}, nil, fmt.Errorf("%w: begins with %q, which is no greeting of ours", errMalformed, start[:])
	}
	frames := newFrameReader(r, helloLimit)
	body, err := frames.next()
	if err != nil {
		return hello{}, nil, fmt.Errorf("read hello: %w", err)
	}
	var h hello
	if err := json.Unmarshal(body, &h); err != nil {
		return hello{}, nil, fmt.Errorf("%w: hello: %w", errMalformed, err)
	}
	return h, frames, nil
}

// greet is the dialler's part: it introduces mine and checks the answer.
func greet(conn net.Conn, mine hello) (hello, *frameReader, error) {
	if err := writeHello(conn, mine); err != nil {
		return hello{}, nil, err
	}
	theirs, frames, err := readHello(conn)
	if err != nil {
		return theirs, nil, err
	}
	if theirs.Refusal != "" {
		return theirs, nil, fmt.Errorf("%w: %s", errRefused, strings.TrimPrefix(theirs.Refusal, errRefused.Error()+": "))
	}
	if mine.To != theirs.From {
		return theirs, nil, fmt.Errorf("%w: expected node %v, %v answers", errRefused, mine.To, theirs.From)
	}
	if mine.Kind == kindPeer {
		err = mine.differences(theirs)
	}
	return theirs, frames, err
}

// TLS begins with these bytes.
const (
	tlsHandshake = 22
	tlsMajor     = 3
)

// errTLS says that the other end wants TLS.
var errTLS = fmt.Errorf("%w: TLS came to a port that talks plain text: configure both ends alike", errRefused)

// errRefused is wrapped by the reasons for which a connection is not wanted.
var errRefused = errors.New("connection refused")
