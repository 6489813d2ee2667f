package bench

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// A report is read as it was written, one of the first version too.
func TestReadReport(t *testing.T) {
	share := 0.5
	r := NewReport()
	r.Runs = append(r.Runs, Result{
		Place: Place{Cell: "paxos", Points: []Point{{Name: "conflicts", Value: "0.5", Number: &share}}, Round: 2}, Protocol: "paxos", Operations: 7,
		CPU: &CPU{Microseconds: 1.5}, Series: []Sample{{Seconds: 1, Throughput: 7}}, Check: &Check{Done: 7},
	})
	var out bytes.Buffer
	if err := WriteJSON(&out, r); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&out)
	if err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("error %v, got %+v, want %+v", err, got, r)
	}
	f, err := os.Open("testdata/schema-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	old, err := Read(f)
	if err != nil || len(old.Runs) != 1 || old.Runs[0].Protocol != "paxos" || old.Runs[0].Clients != 64 || old.Runs[0].Operations == 0 || old.Runs[0].Latency.P99 == 0 {
		t.Errorf("a report of the first version: %+v, error %v", old, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "unexpected end",
		"[]":                                 "cannot unmarshal",
		"{}":                                 "has no schema",
		`{"schema":2,"runs":[]}`:             "its schema is 2, this program knows 1",
		`{"schema":1,"runs":[{"ops":-1}]}`:   "cannot unmarshal",
		`{"schema":1,"runs":[{"round":-1}]}`: "round -1",
		`{"schema":1,"runs":[{"throughput":1e999}]}`:                           "cannot unmarshal",
		`{"schema":1,"runs":[]} more`:                                          "invalid character",
		`{"schema":1,"runs":[` + strings.Repeat("{},", maxReportRuns) + `{}]}`: "10001 runs",
	} {
		_, err := Read(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
		if newer := strings.Contains(text, `"schema":2`); newer != errors.Is(err, ErrNewer) {
			t.Errorf("%.60s: whether it is newer: %v", text, err)
		}
	}
}
