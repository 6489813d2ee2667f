package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/bench"
)

// browse opens a page in a real browser without a window, and returns what it
// prints.
func browse(t *testing.T, page string, args ...string) string {
	t.Helper()
	browser := ""
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && browser == "" {
			browser = path
		}
	}
	if browser == "" {
		t.Skip("no Chromium is installed: nothing looked at the page as people do")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", "--user-data-dir=" + t.TempDir()}, args...)
	cmd := exec.CommandContext(ctx, browser, append(args, "file://"+page)...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, log.String())
	}
	for _, line := range strings.Split(log.String(), "\n") {
		if strings.Contains(line, "CONSOLE") { // of scripts, and of what the page's policy refused
			t.Errorf("the browser complains: %s", line)
		}
	}
	return out.String()
}

func saved(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// long is a report that has the longest of all: names, numbers, tables.
func long() *bench.Report {
	r := report()
	for i := range r.Runs {
		run := &r.Runs[i]
		run.Cell = strings.Repeat(run.Cell, 8)
		run.Quorums = strings.Repeat("zones:fz=1,fn=1", 10)
		run.Regions = []bench.Region{{Name: "Virginia", Operations: 1, Latency: bench.Latency{Mean: 123456, P99: 654321}}}
	}
	r.Runs[0].Linearizable, r.Runs[0].Why, r.Runs[0].Check.Failures = "violation", strings.Repeat("long", 100), []string{strings.Repeat("process 3 put k=v ", 20)}
	return r
}

// The page itself never scrolls sideways, not on a phone either: what is too wide
// does so in a box of its own.
func TestPageFits(t *testing.T) {
	t.Parallel()
	page := written(t, long(), Options{Command: strings.Repeat("quorate bench --very-long ", 20)})
	probe := `<script>addEventListener("load", () => {
		for (const d of document.querySelectorAll("details")) d.open = true;
		const boxes = [...document.querySelectorAll(".scroll")], root = document.documentElement;
		const texts = [...document.querySelectorAll("figure svg text")].map(t => t.getBoundingClientRect().height);
		root.dataset.probe = JSON.stringify({
			Width: innerWidth, Scroll: root.scrollWidth, Client: root.clientWidth, Boxes: boxes.filter(b => b.scrollWidth > b.clientWidth).length,
			Figures: document.querySelectorAll("figure > svg").length, Least: Math.min(...texts), Headings: document.querySelectorAll("h2").length,
		});
	})</script></body>`
	page = strings.Replace(page, "</body>", probe, 1)
	page = regexp.MustCompile(`<meta http-equiv.*>`).ReplaceAllString(page, "") // it forbids the probe
	for _, width := range []int{360, 1280} {
		if width > 1000 && testing.Short() {
			continue
		}
		dom := browse(t, saved(t, page), fmt.Sprintf("--window-size=%d,800", width), "--dump-dom")
		found := regexp.MustCompile(`data-probe="([^"]*)"`).FindStringSubmatch(dom)
		if found == nil {
			t.Fatalf("no probe in %.500s", dom)
		}
		var at struct {
			Width, Scroll, Client, Boxes, Figures, Headings int
			Least                                           float64
		}
		if err := json.Unmarshal([]byte(html.UnescapeString(found[1])), &at); err != nil {
			t.Fatal(err)
		}
		if at.Width != width || at.Scroll > at.Client || at.Boxes == 0 || at.Figures != 4 || at.Headings != 6 {
			t.Errorf("at %d pixels: %+v", width, at)
		}
		if at.Least < 8 {
			t.Errorf("at %d pixels: letters in figures are %.1f pixels high", width, at.Least)
		}
	}
}

// The page is dark where people want that, and its figures with it.
func TestPageIsDarkInTheDark(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("one look at the page is enough in a hurry")
	}
	page := saved(t, written(t, report(), Options{}))
	for scheme, dark := range map[int]bool{0: true, 1: false} {
		shot := filepath.Join(t.TempDir(), "shot.png")
		browse(t, page, fmt.Sprintf("--blink-settings=preferredColorScheme=%d", scheme), "--window-size=1280,1600", "--screenshot="+shot)
		f, err := os.Open(shot)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		img, err := png.Decode(f)
		if err != nil || img.Bounds().Dx() != 1280 {
			t.Fatalf("screenshot: %v", err)
		}
		if bright := brightness(img); (bright < 0.25) != dark || (bright > 0.75) == dark {
			t.Errorf("colour scheme %d: brightness %.2f", scheme, bright)
		}
	}
}

// brightness is the mean of all pixels, 0 to 1.
func brightness(img image.Image) float64 {
	sum, n := 0.0, 0.0
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		for x := b.Min.X; x < b.Max.X; x += 3 {
			r, g, b, _ := img.At(x, y).RGBA()
			sum, n = sum+float64(r+g+b)/3/0xffff, n+1
		}
	}
	return sum / n
}
