package rest_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/rest"
)

// session returns the headers of a numbered command that is issued now.
func session(seq uint64) []string { return sessionAt(seq, time.Now()) }

func sessionAt(seq uint64, issued time.Time) []string {
	return []string{
		"Quorate-Client", "00000000000000c1", "Quorate-Seq", strconv.FormatUint(seq, 10),
		"Quorate-Issued", strconv.FormatInt(issued.UnixMilli(), 10),
	}
}

// Rule: a retried number returns the first outcome.
func TestRetriesReturnTheFirstOutcome(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake()})
	now := time.Now()
	one, two, three := sessionAt(1, now), sessionAt(2, now), sessionAt(3, now)
	tell(t, h, []step{
		{method: "PUT", target: "/kv/k", body: "one", headers: one, status: 201, etag: `"1"`},
		{method: "PUT", target: "/kv/k", body: "two", headers: two, status: 204, etag: `"2"`},
		{method: "PUT", target: "/kv/k", body: "one", headers: one, status: 201, etag: `"1"`},
		{method: "GET", target: "/kv/k", headers: one, status: 200, want: "two", etag: `"2"`},
		{method: "DELETE", target: "/kv/k", headers: append(three, "If-Match", `"1"`), status: 412, want: "condition", etag: `"2"`, version: "2"},
		{method: "PUT", target: "/kv/k", body: "three", status: 204, etag: `"3"`},
		{method: "DELETE", target: "/kv/k", headers: append(three, "If-Match", `"1"`), status: 412, want: "condition", etag: `"2"`, version: "2"},
		{method: "GET", target: "/kv/k", status: 200, want: "three", etag: `"3"`},
	})
}

func TestSessionHeaders(t *testing.T) {
	const id, seq, issued = "Quorate-Client", "Quorate-Seq", "Quorate-Issued"
	for i, headers := range [][]string{
		{id, "00000000000000c1"},
		{id, "00000000000000c1", seq, "1"},
		{seq, "1", issued, "1000"},
		{id, "c1", seq, "1", issued, "1000"},
		{id, "0000000000000000", seq, "1", issued, "1000"},
		{id, "00000000000000cg", seq, "1", issued, "1000"},
		{id, "+0000000000000c1", seq, "1", issued, "1000"},
		{id, "00000000000000c1", seq, "0", issued, "1000"},
		{id, "00000000000000c1", seq, "-1", issued, "1000"},
		{id, "00000000000000c1", seq, "18446744073709551616", issued, "1000"},
		{id, "00000000000000c1", seq, "1", issued, "-1"},
		{id, "00000000000000c1", seq, "1", issued, "9223372036855"},
		{id, "00000000000000c1", seq, "1", issued, "2026-11-28T02:00:00Z"},
		{id, "00000000000000c1", seq, "1", seq, "2"},
		{id, "00000000000000c1", id, "00000000000000c2", seq, "1"},
		{id, "00000000000000c1", seq, "1", issued, "1000", issued, "1000"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			b := newFake()
			h := newHandler(t, rest.Config{Backend: b})
			for _, method := range []string{"GET", "PUT"} {
				w := ask(h, method, "/kv/k", "", headers...)
				wantStatus(t, w, 400)
				if f := failureOf(t, w); f.Executed != "no" {
					t.Errorf("%+v", f)
				}
			}
			if len(b.ops) > 0 || len(b.kv.Keys()) > 0 {
				t.Error("something was executed")
			}
		})
	}
}

// Rule: the replica is given the command as its client named it.
func TestNumbersAreTheClients(t *testing.T) {
	b := newFake()
	var got quorate.Request
	b.submit = func(_ context.Context, r quorate.Request) (quorate.Reply, error) {
		got = r
		return quorate.Reply{Status: quorate.Done, OK: true, Version: 8}, nil
	}
	h := newHandler(t, rest.Config{Backend: b})
	w := ask(h, "PUT", "/kv/k?timeout=2s", "v", "Quorate-Client", "fedcba9876543210", "Quorate-Seq", "18446744073709551615",
		"Quorate-Issued", "1795833600123", "If-Match", `"7"`)
	wantStatus(t, w, 204)
	wantHeader(t, w, "ETag", `"8"`)
	want := quorate.Command{
		Client: 0xfedcba9876543210, Seq: 1<<64 - 1, Issued: 1795833600123 * time.Millisecond,
		Op: quorate.OpPutIf, Key: "k", Value: []byte("v"), Version: 7,
	}
	if !got.Command.Equal(&want) || got.Timeout <= time.Second || got.Timeout > 2*time.Second || got.Read != quorate.ReadLog {
		t.Errorf("the replica got %+v", got)
	}
}
