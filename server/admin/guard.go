package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/quorate/quorate/internal/hosts"
)

// guard decides who may ask.
type guard struct {
	token  [sha256.Size]byte // hash of the token
	locked bool              // there is a token
	hosts  []string
}

func newGuard(token string, names []string) guard {
	return guard{locked: token != "", token: sha256.Sum256([]byte(token)), hosts: names}
}

var (
	errToken   = errors.New("this listener wants a token: Authorization: Bearer …")
	errBadAuth = errors.New("the token is not the one of this listener")
)

// authorize checks the token. It compares hashes, in constant time: how long it
// takes says nothing about the token, nor about its length.
func (g guard) authorize(r *http.Request) error {
	if !g.locked {
		return nil
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return errToken
	}
	hash := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(hash[:], g.token[:]) != 1 {
		return errBadAuth
	}
	return nil
}

var (
	errCrossSite = errors.New("the request comes from a page of another site")
	errHost      = errors.New("the request is for a host that this listener does not know")
)

// sameSite refuses what a web page made a browser send. A page cannot bring the
// token, but without one it could crash a node: it only has to name the loopback
// interface. Browsers say where a request comes from: by Sec-Fetch-Site towards
// this machine, by Origin with a POST, by Referer otherwise. Programs say nothing.
// A page whose own name leads here would count as the same site, so without a
// token the host must be known, too.
func (g guard) sameSite(r *http.Request) error {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		return errCrossSite
	}
	for _, name := range []string{"Origin", "Referer"} {
		if from := r.Header.Get(name); from != "" {
			u, err := url.Parse(from)
			if err != nil || !strings.EqualFold(u.Host, r.Host) {
				return errCrossSite
			}
		}
	}
	if !g.locked && !hosts.Known(r.Host, g.hosts) {
		return errHost
	}
	return nil
}

// open lets through what is allowed to anybody who does not come by a web page.
func (g guard) open(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := g.sameSite(r); err != nil {
			refuse(w, http.StatusForbidden, "forbidden", err)
			return
		}
		next(w, r)
	}
}

// closed lets through what also brings the token.
func (g guard) closed(next http.HandlerFunc) http.HandlerFunc {
	return g.open(func(w http.ResponseWriter, r *http.Request) {
		if err := g.authorize(r); err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer realm="quorate admin"`)
			refuse(w, http.StatusUnauthorized, "unauthorized", err)
			return
		}
		next(w, r)
	})
}
