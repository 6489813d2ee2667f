package store

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The pages are readable on a phone, in a real browser: none scrolls sideways, but for
// boxes that do, and none asks for what its policy forbids.
func TestOnAPhone(t *testing.T) {
	t.Parallel()
	browser := ""
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && browser == "" {
			browser = path
		}
	}
	switch {
	case testing.Short():
		t.Skip("a browser takes its time")
	case browser == "":
		t.Skip("no Chromium is installed: nothing looked at the pages as people do")
	}
	r := created(t, t.TempDir(), "x")
	ledger, found := stale(t, "a")
	res := outcome()
	res.Checks[0].Reason = strings.Repeat("long", 100)
	finish(t, r, res, events(), Extra{Ledger: ledger, Counterexamples: found})
	for _, page := range []string{"results.html", "timeline.html"} {
		text := read(t, r, page)
		probe := `<script>addEventListener("load", () => {
			for (const d of document.querySelectorAll("details")) d.open = true;
			const root = document.documentElement;
			root.dataset.probe = JSON.stringify({Scroll: root.scrollWidth, Boxes: document.querySelectorAll(".scroll").length, Drawn: document.querySelectorAll("figure svg, figure img, .o").length});
		})</script></body>`
		text = regexp.MustCompile(`<meta http-equiv="Content.*>`).ReplaceAllString(strings.Replace(text, "</body>", probe, 1), "") // it forbids the probe
		probed := filepath.Join(t.TempDir(), "probed.html")
		if err := os.WriteFile(probed, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		dom := browse(t, browser, probed)
		match := regexp.MustCompile(`data-probe="([^"]*)"`).FindStringSubmatch(dom)
		if match == nil {
			t.Fatalf("no probe in %.500s", dom)
		}
		var at struct{ Scroll, Boxes, Drawn int }
		if err := json.Unmarshal([]byte(html.UnescapeString(match[1])), &at); err != nil {
			t.Fatal(err)
		}
		if at.Scroll > 360 || at.Boxes == 0 || at.Drawn < 3 {
			t.Errorf("%s at 360 pixels: %+v", page, at)
		}
	}
	browse(t, browser, r.Path("results.html")) // as it is, with its policy
}

// browse returns what a browser made of a page of 360 pixels.
func browse(t *testing.T, browser, page string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
		"--user-data-dir="+t.TempDir(), "--window-size=360,800", "--dump-dom", "file://"+page)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, log.String())
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("the browser complains of %s: %s", filepath.Base(page), line)
		}
	}
	return out.String()
}
