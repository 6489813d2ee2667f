package patient_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/internal/patient"
)

// connection takes down until when it is to write.
type connection struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (c *connection) SetWriteDeadline(t time.Time) error {
	c.deadline = t
	return nil
}

// Rule: each piece of an answer has its own time to be taken.
func TestWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &connection{ResponseRecorder: httptest.NewRecorder()}
		w := patient.Writer(c, time.Minute)
		for _, piece := range []string{"one", "two"} {
			if _, err := w.Write([]byte(piece)); err != nil {
				t.Fatal(err)
			}
			if left := time.Until(c.deadline); left != time.Minute {
				t.Errorf("%q has %v", piece, left)
			}
			time.Sleep(time.Hour)
		}
		if err := http.NewResponseController(w).Flush(); err != nil || !c.Flushed {
			t.Errorf("what is below cannot be reached: %v", err)
		}
		if got := c.Body.String(); got != "onetwo" {
			t.Errorf("it wrote %q", got)
		}
	})
}

// Rule: where nothing has a deadline, nothing fails for want of one.
func TestWriterWithoutDeadlines(t *testing.T) {
	if _, err := patient.Writer(httptest.NewRecorder(), time.Minute).Write([]byte("x")); err != nil {
		t.Error(err)
	}
}
