package store

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/tester/results"
)

// secret is what nobody may see.
const secret = "the secret"

// served is a store with a finished run, one that goes on and one that was killed, beside a secret,
// and its server.
func served(t *testing.T) (root string, done, on *Run, server *httptest.Server) {
	t.Helper()
	top := t.TempDir()
	if err := os.WriteFile(filepath.Join(top, "secret.txt"), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	root = filepath.Join(top, "store")
	done, on = created(t, root, evil), created(t, root, "goes on")
	finish(t, done, &results.Results{Test: evil, Started: at(), Valid: results.True, Stats: []results.Stat{{F: "read", OK: 12}}}, events(), Extra{})
	log, err := on.Log("tester")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(log, strings.Repeat("x", 5000)+"<the end>")
	log.Close()
	killed, err := Create(root, "killed", at().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	killed.running.Close()
	b, err := NewBrowser(root, "store.example")
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewServer(b)
	t.Cleanup(func() { server.Close(); b.Close() })
	return root, done, on, server
}

// got is an answer.
type got struct {
	*http.Response
	body string
}

func get(t *testing.T, server *httptest.Server, path string) got {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got{r, string(b)}
}

// runURL is the address of a run.
func runURL(r *Run) string {
	return "/" + url.PathEscape(filepath.Base(filepath.Dir(r.Dir()))) + "/" + filepath.Base(r.Dir()) + "/"
}

func TestList(t *testing.T) {
	t.Parallel()
	_, done, on, server := served(t)
	all := get(t, server, "/").body
	for _, word := range []string{"did not finish", "… running", "✓ valid", ">12<", runURL(on), "2026-11-28 18:05:03", "&lt;script&gt;", "3 of 3 runs"} {
		if !strings.Contains(all, word) {
			t.Errorf("the list does not have %q", word)
		}
	}
	if strings.Contains(all, "<script") || strings.Index(all, "killed") > strings.Index(all, "goes on") {
		t.Error("the list has somebody's script in it, or is not in the order of time")
	}
	for query, want := range map[string]int{
		"?valid=good": 1, "?valid=open": 1, "?valid=running": 1, "?valid=bad": 0, "?test=goes+on": 1, "?test=killed&valid=good": 0, "?test=" + url.QueryEscape(evil): 1,
		"?from=1": 2, "?from=7": 0, "?from=-1": 3, "?from=x": 3, "?from=99999999999999999999": 3, "?%zz": 3,
	} {
		if n := strings.Count(get(t, server, "/"+query).body, ">zip<"); n != want {
			t.Errorf("%s lists %d runs, want %d", query, n, want)
		}
	}
	page := get(t, server, runURL(done))
	if page.StatusCode != 200 || !strings.Contains(page.body, "timeline.html") || !strings.HasPrefix(page.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the page of a run: %s, %v", page.Status, page.Header)
	}
	if page := get(t, server, runURL(on)); !strings.Contains(page.body, `http-equiv="refresh"`) || !strings.Contains(page.body, "&lt;the end&gt;") || strings.Contains(page.body, strings.Repeat("x", 4097)) {
		t.Errorf("the page of a run that goes on: %s", page.Status)
	}
	if page := get(t, server, runURL(done)+"?files"); !strings.Contains(page.body, `href="./history.edn"`) {
		t.Error("the files of a run are not listed")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for range onPage + 5 {
		r := created(t, root, "x")
		defer r.running.Close()
	}
	b, err := NewBrowser(root, "")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	l, err := listOf(b.store, url.Values{"valid": {"running"}})
	if err != nil || len(l.Runs) != onPage || l.Older == "" || l.Newer != "" {
		t.Fatalf("%d runs, older %q, newer %q, %v", len(l.Runs), l.Older, l.Newer, err)
	}
	older, err := url.Parse(l.Older)
	if err != nil {
		t.Fatal(err)
	}
	l, err = listOf(b.store, older.Query())
	if err != nil || len(l.Runs) != 5 || l.Older != "" || l.Newer == "" || !strings.Contains(l.Told, "101 to 105 of 105") {
		t.Errorf("%d older runs, older %q, newer %q, %q, %v", len(l.Runs), l.Older, l.Newer, l.Told, err)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	root, done, _, server := served(t)
	for name, kind := range map[string]string{
		"history.edn": "text/plain; charset=utf-8", "history.jsonl": "text/plain; charset=utf-8", "results.json": "application/json", "rate.png": "image/png",
		"timeline.html": "text/html; charset=utf-8",
	} {
		r := get(t, server, runURL(done)+name)
		h := r.Header
		if r.StatusCode != 200 || h.Get("Content-Type") != kind || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %s, %v", name, r.Status, h)
		}
		if want, err := os.ReadFile(done.Path(name)); err != nil || string(want) != r.body {
			t.Errorf("%s: %d bytes of %d, %v", name, len(r.body), len(want), err)
		}
	}
	if err := os.WriteFile(done.Path("odd.exe"), []byte("<script>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if kind := get(t, server, runURL(done)+"odd.exe").Header.Get("Content-Type"); kind != "application/octet-stream" {
		t.Errorf("what nobody knows is %s", kind)
	}
	for from, to := range map[string]string{
		"/latest/": runURL(done), "/latest/rate.png": runURL(done) + "rate.png", "/latest?files": runURL(done) + "?files=",
		strings.TrimSuffix(runURL(done), "/"): runURL(done), "/goes%2520on/": "/?test=goes%2520on", runURL(done) + "none/..": "",
	} {
		r := get(t, server, from)
		at, _ := url.PathUnescape(r.Header.Get("Location"))
		if want, _ := url.PathUnescape(to); at != want {
			t.Errorf("%s leads to %q, want %q", from, at, want)
		}
	}
	r := get(t, server, runURL(done)+"?zip")
	z, err := zip.NewReader(strings.NewReader(r.body), int64(len(r.body)))
	if err != nil || r.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("%s, %v, %v", r.Status, r.Header, err)
	}
	names := []string{}
	for _, f := range z.File {
		names = append(names, filepath.Base(f.Name))
		if !filepath.IsLocal(f.Name) {
			t.Errorf("the archive has %q", f.Name)
		}
	}
	if !slices.Contains(names, "results.json") || !slices.Contains(names, "timeline.html") {
		t.Errorf("the archive has %q", names)
	}
	_ = root
}

// Nothing outside the store is shown, whatever is asked for and whatever lies in it.
func TestAttacks(t *testing.T) {
	t.Parallel()
	root, done, _, server := served(t)
	links := map[string]string{"out": "../../../secret.txt", "abs": filepath.Join(filepath.Dir(root), "secret.txt"), "loop": "loop", "up": "../../.."}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(done.Dir(), name)); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	for name, to := range map[string]string{"latest2": "..", "latest3": "../secret.txt", "latest4": "/", "latest5": "a/../../x"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(done.Dir(), ".hidden"), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(done.Dir(), "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := runURL(done)
	for _, target := range []string{
		"/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt", run + "../../../secret.txt", run + "..%5c..%5csecret.txt", run + "%2e%2e/%2e%2e/%2e%2e/secret.txt",
		"//etc/passwd", "/etc/passwd", "/%00", run + "a%00b", run + ".hidden", run + "out", run + "abs", run + "loop", run + "up/secret.txt", run + "up/", run + "pipe",
		"/latest2/secret.txt", "/latest3", "/latest4/etc/passwd", "/latest5/", "/" + strings.Repeat("a", 3000), "/" + strings.Repeat("a/", 1000), "/%ff%fe", "/.", "/./", "/~", "*",
	} {
		raw := ask(t, server, "GET "+target+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		status := strings.SplitN(raw, "\r\n", 2)[0]
		if strings.Contains(raw, secret) || strings.Contains(raw, "root:") || strings.Contains(raw, "Location: /..") || strings.Contains(raw, "Location: //") || !strings.Contains(status, " 4") && !strings.Contains(status, " 303 ") && target != "/." && target != "/./" {
			t.Errorf("GET %.60s: %s", target, status)
		}
	}
	for request, want := range map[string]string{
		"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n":                     "405",
		"DELETE " + run + " HTTP/1.1\r\nHost: localhost\r\n":                              "405",
		"GET / HTTP/1.1\r\nHost: evil.example\r\n":                                        "403",
		"GET / HTTP/1.1\r\nHost: evil.example:80\r\n":                                     "403",
		"GET / HTTP/1.1\r\nHost: 0.0.0.0:80\r\n":                                          "403",
		"GET / HTTP/1.1\r\nHost: store.example:80\r\n":                                    "200",
		"GET / HTTP/1.1\r\nHost: [::1]:80\r\n":                                            "200",
		"GET / HTTP/1.0\r\n":                                                              "403",
		"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n":  "431",
		"GET /?" + strings.Repeat("x", 1000) + " HTTP/1.1\r\nHost: localhost\r\n":         "200",
		"HEAD " + run + "?zip HTTP/1.1\r\nHost: localhost\r\n":                            "200",
		"GET " + run + "rate.png HTTP/1.1\r\nHost: localhost\r\nRange: bytes=1-2,9-1\r\n": "416",
		"nonsense\r\n": "400",
	} {
		raw := ask(t, server, request+"Connection: close\r\n\r\n")
		if status := strings.SplitN(raw, "\r\n", 2)[0]; !strings.Contains(status, " "+want+" ") {
			t.Errorf("%.60q: %q, want %s", request, status, want)
		}
	}
	list := get(t, server, run+"?files").body
	archive := get(t, server, run+"?zip").body
	for _, name := range []string{".hidden", "out", "abs", "up", "pipe"} {
		if strings.Contains(list, ">"+name+"<") || strings.Contains(archive, "/"+name) {
			t.Errorf("%s is shown", name)
		}
	}
}

// ask sends raw bytes and returns the answer.
func ask(t *testing.T, server *httptest.Server, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(c, request) }() // the server may answer before it has read all of it
	var b bytes.Buffer
	_, _ = b.ReadFrom(bufio.NewReader(c)) // until it hangs up, in order or not
	return b.String()
}

// A store of strangers' files: none makes the list fail.
func TestStrangeStore(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/1/results.json": "{", "a/2/results.json": "[]", "a/3/results.json": `{"valid?":"maybe"}`, "a/4/test.json": `{"started":"never"}`, "a/5/results.json/x": "",
		"file": "", "b/file": "", ".git/x/results.json": "{}",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := NewBrowser(root, "")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(b)
	defer func() { server.Close(); b.Close() }()
	list := get(t, server, "/").body
	if n := strings.Count(list, "its results cannot be read"); n != 4 || !strings.Contains(list, "5 of 5 runs") {
		t.Errorf("%d runs have results that cannot be read: %s", n, list)
	}
	if _, err := NewBrowser(filepath.Join(root, "file"), ""); err == nil {
		t.Error("a file passes for a store")
	}
}

// The server ends when it is told to, whatever clients hold on to.
func TestServe(t *testing.T) {
	t.Parallel()
	b, err := NewBrowser(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, b.Server(), ln) }()
	r, err := http.Get("http://" + ln.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil || !strings.Contains(string(text), "No run is here yet") {
		t.Errorf("%s, %v", text, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// One connection too many waits until another one ends, or the server does.
func TestLimited(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &limited{Listener: ln, free: make(chan struct{}, 1), closed: make(chan struct{})}
	for range 3 {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if len(l.free) != 1 {
		t.Error("the connection takes no room")
	}
	second := make(chan error)
	go func() {
		c, err := l.Accept()
		if err == nil {
			defer c.Close()
		}
		second <- err
		_, err = l.Accept() // while the other one is open
		second <- err
	}()
	first.Close()
	first.Close() // twice makes room once
	if err := <-second; err != nil {
		t.Error(err)
	}
	l.Close()
	if err := <-second; err == nil {
		t.Error("a connection too many is accepted")
	}
}
