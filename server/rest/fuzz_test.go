package rest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/rest"
)

// Whatever the path and the headers are, the answer is one that the guide
// names, a failure says why, and what is executed is within the limits.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][]string{
		{"GET", "/kv/k", "read=local&timeout=2s", "If-None-Match", `"1", W/"2"`},
		{"PUT", "/kv/a%2Fb%00", "", "If-Match", `"7"`},
		{"DELETE", "/kv/%ff", "", "If-None-Match", "*"},
		{"POST", "/-12", "", "Id", "1.1"},
		{"PUT", "/007", "", "Quorate-Timeout", "1h"},
		{"GET", "/history", "key=7", "Cid", "9"},
		{"HEAD", "/history/k", "", "Quorate-Client", "00000000000000c1"},
		{"OPTIONS", "/kv/k", "read=index", "Quorate-Seq", "1"},
		{"PATCH", "/", "", "Quorate-Issued", "1"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, method, path, query, name, value string) {
		path, err := url.PathUnescape(path)
		if err != nil || !strings.HasPrefix(path, "/") {
			t.Skip()
		}
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: query}, Host: "q", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{http.CanonicalHeaderKey(name): {value}}, Body: http.NoBody,
		}
		b := newFake()
		w := httptest.NewRecorder()
		newHandler(t, rest.Config{Backend: b, MaxKey: 16}).ServeHTTP(w, r)
		switch w.Code {
		case 200, 201, 204, 304:
		case 400, 403, 404, 405, 412, 413:
			failureOf(t, w)
		default:
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
		for _, op := range b.ops {
			if op.Key == "" || len(op.Key) > 16 || op.Kind != quorate.OpGet && !op.Kind.IsWrite() || !op.Read.Valid() {
				t.Errorf("executed %+v", op)
			}
			if path != "/kv/"+op.Key && strings.HasPrefix(path, "/kv/") {
				t.Errorf("%q became key %q", path, op.Key)
			}
		}
	})
}

// A condition that is taken for one on a version names that version in so many
// words.
func FuzzTags(f *testing.F) {
	for _, seed := range []string{`"7"`, `*`, `W/"7"`, `"1","2"`, `"07"`, `"0"`, `"`, `"a" "b"`, "", `"18446744073709551616"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		b := newFake()
		h := newHandler(t, rest.Config{Backend: b})
		w := ask(h, "PUT", "/kv/k", "v", "If-Match", value)
		if w.Code != 400 && w.Code != 412 {
			t.Errorf("%q on an absent key: status %d", value, w.Code)
		}
		for _, op := range b.ops {
			if op.Kind != quorate.OpPutIf || op.Version == 0 || !strings.Contains(value, quoted(op.Version)) {
				t.Errorf("%q became %+v", value, op)
			}
		}
	})
}
