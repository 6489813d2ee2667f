package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// kvResult is the JSON of a call. A value that is no UTF-8 text stands in base64.
type kvResult struct {
	Key     string  `json:"key"`
	OK      bool    `json:"ok"` // the key is present; the write was done
	Version uint64  `json:"version"`
	Value   *string `json:"value,omitempty"`
	Base64  []byte  `json:"value_base64,omitempty"`
	Stale   bool    `json:"stale,omitempty"` // it may be old
	Node    string  `json:"node"`            // who answered
	Millis  float64 `json:"ms"`
}

func written(key string, res client.Result, took time.Duration) kvResult {
	return kvResult{Key: key, OK: res.OK, Version: res.Version, Stale: res.Stale, Node: res.Node.String(), Millis: millis(took)}
}

func read(key string, res client.Result, took time.Duration) kvResult {
	r := written(key, res, took)
	if res.OK {
		r.Value, r.Base64 = textOrBytes(res.Value)
	}
	return r
}

// kvVersion is the JSON of a version of a key.
type kvVersion struct {
	Version uint64  `json:"version"`
	Deleted bool    `json:"deleted,omitempty"`
	Value   *string `json:"value,omitempty"`
	Base64  []byte  `json:"value_base64,omitempty"`
}

func versions(list []quorate.Versioned) []kvVersion {
	out := []kvVersion{}
	for _, v := range list {
		one := kvVersion{Version: v.Version, Deleted: v.Deleted}
		if !v.Deleted {
			one.Value, one.Base64 = textOrBytes(v.Value)
		}
		out = append(out, one)
	}
	return out
}

func textOrBytes(value []byte) (*string, []byte) {
	if !utf8.Valid(value) {
		return nil, value
	}
	text := string(value)
	return &text, nil
}

func millis(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

// printJSON prints one object a line.
func (k *kv) printJSON(x any) error {
	e := json.NewEncoder(k.out)
	e.SetEscapeHTML(false)
	return e.Encode(x)
}

// say prints a line.
func (k *kv) say(format string, args ...any) error {
	_, err := fmt.Fprintf(k.out, format+"\n", args...)
	return err
}

// remark is what there is to know about an answer, in brackets.
func (k *kv) remark(res client.Result, took time.Duration) string {
	var words []string
	if res.Version > 0 {
		words = append(words, fmt.Sprintf("version %d", res.Version))
	}
	if res.Stale {
		words = append(words, fmt.Sprintf("as %v has it", res.Node))
	}
	if k.timed {
		words = append(words, tookText(took))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// time says how long a call took, where that is wanted.
func (k *kv) time(took time.Duration) string {
	if !k.timed {
		return ""
	}
	return " (" + tookText(took) + ")"
}

func tookText(d time.Duration) string {
	if ms := millis(d); ms < 10 {
		return fmt.Sprintf("%.2g ms", ms)
	}
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

// maxQuoted is how much of a value is shown in words, in bytes.
const maxQuoted = 1000

// quoted is a value in words.
func quoted(value []byte) string {
	if len(value) > maxQuoted {
		return fmt.Sprintf("%q… (%d bytes)", value[:maxQuoted], len(value))
	}
	return fmt.Sprintf("%q", value)
}
