package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/checker/history"
)

// Histories as the tests of others write them have a verdict, or an error that names the
// line.
func TestHistoriesOfJepsen(t *testing.T) {
	for name, want := range map[string]string{
		"list-append":  "violation append: key 9, 8: process 0 txn [[:r 9 nil]] -> [[:r 9 nil]], which no order",
		"cas-register": "violation cas-register: 1 of 2 keys are not linearizable; key :x: process 0 read -> 4, which no order",
		"independent":  "ok cas-register",
		"set":          "ok set",
		"knossos":      "ok cas-register",
		"bank":         "line 1: process 0 invokes :transfer, which no model knows; there are register, cas-register, kv,",
		"queue":        "line 5: process 1 invokes :drain, which a queue does not know",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".edn"))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		r, err := Check(context.Background(), reading(t, string(text)), Config{Workers: 1})
		switch {
		case err != nil && !errors.Is(err, history.ErrMalformed):
			t.Errorf("%s: %v is not that it is malformed", name, err)
		case err != nil:
			got = err.Error()
		default:
			got = r.Verdict.String() + " " + r.Model + ": " + r.Reason
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}
