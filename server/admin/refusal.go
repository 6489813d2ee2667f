package admin

import (
	"fmt"
	"net/http"
	"strings"
)

// Refusal is the answer to a request that was not granted.
type Refusal struct {
	Error  string `json:"error"`  // for people
	Reason string `json:"reason"` // a word for programs
}

func refuse(w http.ResponseWriter, code int, reason string, err error) {
	writeJSON(w, code, Refusal{strings.ReplaceAll(err.Error(), "\n", "; "), reason})
}

type unknownPath struct {
	path  string
	known []string
}

func (e *unknownPath) Error() string {
	return fmt.Sprintf("there is no %.80q here; there are %s", e.path, strings.Join(e.known, ", "))
}

type wrongMethod struct {
	method  string
	allowed []string
}

func (e *wrongMethod) Error() string {
	return fmt.Sprintf("method %.20q: want %s", e.method, strings.Join(e.allowed, " or "))
}

type outOfRange struct{ seconds string }

func (e *outOfRange) Error() string {
	return fmt.Sprintf("seconds=%.40s: want a number above 0 and up to %d", e.seconds, maxProfile)
}
