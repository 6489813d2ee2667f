package diagram_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/sim/diagram"
)

// browser drives a headless Chromium through its debugging pipe (the Chrome
// DevTools Protocol, messages that end with a zero byte).
type browser struct {
	t       *testing.T
	out     io.Writer
	in      *bufio.Reader
	session string
	number  int
	trouble []string // exceptions, console messages, violations of the page's policy
}

type message struct {
	ID        int             `json:"id,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     json.RawMessage `json:"error,omitempty"`
}

// params are those of a command.
type params map[string]any

// openBrowser starts Chromium, or skips the test where there is none.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // if it hangs
	cmd := exec.CommandContext(ctx, path, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
		"--remote-debugging-pipe", "--user-data-dir="+t.TempDir())
	cmd.WaitDelay = 5 * time.Second
	b := &browser{t: t}
	theirIn, ourOut := pipe(t)
	ourIn, theirOut := pipe(t)
	b.out, b.in = ourOut, bufio.NewReader(ourIn)
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	t.Cleanup(func() {
		b.session = ""
		b.call("Browser.close", params{})
		io.Copy(io.Discard, b.in)
		cmd.Wait()
		cancel()
	})
	var target struct{ TargetID, SessionID string }
	b.ask(&target, "Target.createTarget", params{"url": "about:blank"})
	b.ask(&target, "Target.attachToTarget", params{"targetId": target.TargetID, "flatten": true})
	b.session = target.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", params{})
	}
	b.resize(1440, 900, 1)
	return b
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// call sends a command and waits for its result.
func (b *browser) call(method string, args params) json.RawMessage {
	b.t.Helper()
	b.number++
	raw, err := json.Marshal(args)
	if err != nil {
		b.t.Fatal(err)
	}
	m, err := json.Marshal(message{ID: b.number, Method: method, Params: raw, SessionID: b.session})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.out.Write(append(m, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	for number := b.number; ; {
		if m := b.read(); m.ID == number {
			if m.Error != nil {
				b.t.Errorf("%s: %s", method, m.Error)
			}
			return m.Result
		}
	}
}

// read returns the browser's next message, and notes those that tell of trouble.
func (b *browser) read() message {
	b.t.Helper()
	line, err := b.in.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("the browser is gone: %v", err)
	}
	var m message
	if err := json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), &m); err != nil {
		b.t.Fatal(err)
	}
	switch m.Method {
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded":
		b.trouble = append(b.trouble, string(m.Params))
	}
	return m
}

func (b *browser) ask(into any, method string, args params) {
	b.t.Helper()
	if err := json.Unmarshal(b.call(method, args), into); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
}

func (b *browser) resize(width, height, ratio int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", params{"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": false})
}

// open shows a trace and waits until it is drawn.
func (b *browser) open(meta sim.TraceMeta, events []sim.TraceEvent) {
	b.t.Helper()
	var page bytes.Buffer
	if err := diagram.Write(&page, meta, events); err != nil {
		b.t.Fatal(err)
	}
	file := filepath.Join(b.t.TempDir(), "trace.html")
	if err := os.WriteFile(file, page.Bytes(), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.call("Page.navigate", params{"url": (&url.URL{Scheme: "file", Path: file}).String()})
	for b.read().Method != "Page.loadEventFired" {
	}
	b.drawn()
}

// drawn waits until what is due is drawn.
func (b *browser) drawn() {
	b.t.Helper()
	b.eval(`new Promise(done => requestAnimationFrame(() => done("")))`)
}

// eval returns what an expression is in the page, as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var answer struct {
		Result struct{ Value any }
		Error  json.RawMessage `json:"exceptionDetails"`
	}
	b.ask(&answer, "Runtime.evaluate", params{"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true})
	if answer.Error != nil {
		b.t.Errorf("%s: %s", expression, answer.Error)
	}
	return fmt.Sprint(answer.Result.Value)
}

// expect fails the test unless an expression is true in the page.
func (b *browser) expect(expression string) {
	b.t.Helper()
	if got := b.eval(expression); got != "true" {
		b.t.Errorf("%s is %s", expression, got)
	}
}

// do evaluates and waits until what came of it is drawn.
func (b *browser) do(expression string) {
	b.t.Helper()
	b.eval(expression + "; 0")
	b.drawn()
}

// point evaluates to a point in the page: an array of x and y.
func (b *browser) point(expression string) (x, y float64) {
	b.t.Helper()
	var p [2]float64
	if err := json.Unmarshal([]byte(b.eval("JSON.stringify("+expression+")")), &p); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return p[0], p[1]
}

func (b *browser) key(key string) {
	b.t.Helper()
	b.call("Input.dispatchKeyEvent", params{"type": "keyDown", "key": key})
	b.call("Input.dispatchKeyEvent", params{"type": "keyUp", "key": key})
	b.drawn()
}

// mouse moves, presses or releases the left button, or turns the wheel.
func (b *browser) mouse(kind string, x, y, wheel float64) {
	b.t.Helper()
	args := params{"type": kind, "x": x, "y": y}
	switch kind {
	case "mousePressed", "mouseReleased":
		args["button"], args["clickCount"] = "left", 1
	case "mouseDragged":
		args["type"], args["button"], args["buttons"] = "mouseMoved", "left", 1
	case "mouseWheel":
		args["deltaX"], args["deltaY"] = 0, wheel
	}
	b.call("Input.dispatchMouseEvent", args)
	b.drawn()
}

func (b *browser) click(x, y float64) {
	b.t.Helper()
	b.mouse("mousePressed", x, y, 0)
	b.mouse("mouseReleased", x, y, 0)
}

// shot writes a picture of the page to the folder that DIAGRAM_SHOTS names.
func (b *browser) shot(name string) {
	b.t.Helper()
	folder := os.Getenv("DIAGRAM_SHOTS")
	if folder == "" {
		return
	}
	var picture struct{ Data string }
	b.ask(&picture, "Page.captureScreenshot", params{"format": "png"})
	data, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// calm fails the test if the page threw, logged, or broke its own policy.
func (b *browser) calm() {
	b.t.Helper()
	if len(b.trouble) > 0 {
		b.t.Errorf("the page complains:\n%s", strings.Join(b.trouble, "\n"))
		b.trouble = nil
	}
}
