// Package patient writes answers of HTTP to whoever takes them, and gives up on who
// takes nothing. A limit for all of an answer cannot do that: some are written for
// minutes, and some are large.
package patient

import (
	"net/http"
	"time"
)

// Writer returns a writer that fails where a piece of the answer has to wait longer
// than patience to be taken.
func Writer(w http.ResponseWriter, patience time.Duration) http.ResponseWriter {
	return &writer{w, http.NewResponseController(w), patience}
}

type writer struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// Write implements io.Writer.
func (w *writer) Write(b []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.patience)) // where there is none, there is nobody to wait for
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
