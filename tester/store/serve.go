package store

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/hosts"
	"github.com/quorate/quorate/internal/patient"
)

// Browser shows a store to browsers. It only reads, and nothing outside of the store.
type Browser struct {
	store *os.Root
	host  string
}

// NewBrowser returns one of the store in a directory. Requests must name the server
// by an address, as localhost, or by the host given, if it is not empty: a page from
// elsewhere whose name leads here sees nothing.
func NewBrowser(dir, host string) (*Browser, error) {
	store, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return &Browser{store, host}, nil
}

// Close lets go of the store.
func (b *Browser) Close() error { return b.store.Close() }

// ServeHTTP implements [http.Handler].
func (b *Browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", policy)
	w = patient.Writer(w, patience)
	switch {
	case !b.named(r.Host):
		b.refuse(w, http.StatusForbidden, "this server is not called so")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		b.refuse(w, http.StatusMethodNotAllowed, "this server only shows what is there")
	default:
		b.show(w, r)
	}
}

// What pages of the server's own may do, and what files of a store may, which anybody may
// have written: their scripts see nothing of other files.
const (
	policy     = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	filePolicy = "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// named reports whether a Host header is one of the server's.
func (b *Browser) named(host string) bool {
	return host != "" && hosts.Known(host, []string{b.host})
}

// patience bounds how long a client may take for each piece of an answer.
const patience = 30 * time.Second

func (b *Browser) refuse(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = fmt.Fprintln(w, text) // who hung up needs no answer
}

// show answers a request for a path.
func (b *Browser) show(w http.ResponseWriter, r *http.Request) {
	name := strings.Trim(r.URL.Path, "/")
	switch name {
	case "":
		b.showList(w, r)
		return
	case matrixPath:
		b.showMatrix(w)
		return
	}
	parts := strings.Split(name, "/")
	if slices.ContainsFunc(parts, func(p string) bool { return !visible(p) }) {
		b.refuse(w, http.StatusNotFound, "there is no such file")
		return
	}
	if to, ok := b.linked(parts); ok {
		b.redirect(w, r, to)
		return
	}
	info, err := b.store.Stat(name)
	switch {
	case err != nil:
		b.refuse(w, http.StatusNotFound, "there is no such file")
	case info.Mode().IsRegular():
		b.file(w, r, name)
	case !info.IsDir():
		b.refuse(w, http.StatusNotFound, "there is no such file")
	case len(parts) == 1:
		http.Redirect(w, r, "/?"+url.Values{"test": {parts[0]}}.Encode(), http.StatusSeeOther)
	case len(parts) == 2 && !strings.HasSuffix(r.URL.Path, "/"):
		b.redirect(w, r, parts)
	case len(parts) == 2:
		b.showRun(w, r, found{parts[0], parts[1]})
	default:
		b.redirect(w, r, parts[:2])
	}
}

// linked follows a link of a store to a run, at the beginning of a path.
func (b *Browser) linked(parts []string) (to []string, ok bool) {
	for n := 1; n <= min(2, len(parts)); n++ {
		at := path.Join(parts[:n]...)
		target, err := b.store.Readlink(at)
		if err != nil {
			continue
		}
		target = path.Join(path.Dir(at), target)
		to = strings.Split(target, "/")
		if path.IsAbs(target) || len(to) != 2 || !visible(to[0]) || !visible(to[1]) {
			return nil, false
		}
		return append(to, parts[n:]...), true
	}
	return nil, false
}

// redirect sends the client to a run, or a file in one.
func (b *Browser) redirect(w http.ResponseWriter, r *http.Request, parts []string) {
	to := ""
	for _, p := range parts {
		to += "/" + url.PathEscape(p)
	}
	if len(parts) == 2 {
		to += "/"
	}
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.Query().Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// types are those of the files of a store that browsers show; others they save.
func types() map[string]string {
	const text = "text/plain; charset=utf-8"
	return map[string]string{
		".html": "text/html; charset=utf-8", ".json": "application/json", ".png": "image/png", ".svg": "image/svg+xml",
		".txt": text, ".log": text, ".edn": text, ".jsonl": text, ".csv": text, "": text,
	}
}

// file answers with one.
func (b *Browser) file(w http.ResponseWriter, r *http.Request, name string) {
	f, err := openFile(b.store, name)
	if err != nil {
		b.refuse(w, http.StatusNotFound, "the file cannot be read")
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.refuse(w, http.StatusInternalServerError, "the file cannot be read")
		return
	}
	kind, known := types()[path.Ext(name)]
	if !known {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", filePolicy)
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// showList answers with the runs.
func (b *Browser) showList(w http.ResponseWriter, r *http.Request) {
	l, err := listOf(b.store, r.URL.Query())
	if err != nil {
		b.refuse(w, http.StatusInternalServerError, "the store cannot be read")
		return
	}
	_, err = b.store.Stat(MatrixFile)
	l.Matrix = err == nil
	b.page(w, &page{Title: "Runs", List: l})
}

func (b *Browser) page(w http.ResponseWriter, p *page) {
	var text bytes.Buffer
	if err := p.write(&text); err != nil {
		b.refuse(w, http.StatusInternalServerError, "the page cannot be made")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes()) // who hung up needs no answer
}

// showRun answers with the page of a run: its own once it has finished.
func (b *Browser) showRun(w http.ResponseWriter, r *http.Request, f found) {
	query := r.URL.Query()
	if query.Has("zip") {
		b.zip(w, r, f)
		return
	}
	s := look(b.store, f)
	own := path.Join(f.dir(), resultsPage)
	if info, err := b.store.Stat(own); err == nil && info.Mode().IsRegular() && s.known && !query.Has("files") {
		b.file(w, r, own)
		return
	}
	p := &page{Title: s.Test, Home: "/", Verdict: s.verdict, Config: pretty(s.Config)}
	if s.verdict.Class == "running" {
		p.Refresh, p.Log = 3, b.tail(path.Join(f.dir(), "tester.log"))
	}
	if !s.Started.IsZero() {
		p.Facts = [][2]string{{"began", s.Started.UTC().Format("2006-01-02 15:04:05 UTC")}}
	}
	files, err := b.tree(f)
	if err != nil {
		p.Facts = append(p.Facts, [2]string{"files", "not all can be listed"})
	}
	p.Files = links(files)
	b.page(w, p)
}

// maxFiles bounds those of a run that are listed, and in an archive.
const maxFiles = 10_000

// errTooMany ends a walk.
var errTooMany = errors.New("too many files")

// tree lists the plain files of a run.
func (b *Browser) tree(f found) ([]string, error) {
	sub, err := b.store.OpenRoot(f.dir())
	if err != nil {
		return nil, err
	}
	defer sub.Close()
	var files []string
	err = fs.WalkDir(sub.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && e.Name()[0] == '.' && e.IsDir():
			return fs.SkipDir
		case len(files) == maxFiles:
			return errTooMany
		case e.Type().IsRegular() && visible(e.Name()):
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// tail is the end of a log.
func (b *Browser) tail(name string) string {
	f, err := openFile(b.store, name)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 4 << 10
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd) // else it is the beginning
	}
	text, _ := io.ReadAll(io.LimitReader(f, most)) // what there is
	return strings.ToValidUTF8(string(text), "\ufffd")
}

// zip answers with an archive of a run.
func (b *Browser) zip(w http.ResponseWriter, r *http.Request, f found) {
	files, err := b.tree(f)
	if err != nil {
		b.refuse(w, http.StatusInternalServerError, "the run cannot be read")
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", "attachment; filename=\""+archiveName(f)+"\"")
	if r.Method == http.MethodHead {
		return
	}
	z := zip.NewWriter(w)
	for _, name := range files {
		if err := b.pack(z, f, name); err != nil {
			panic(http.ErrAbortHandler) // so that nobody takes the part for the whole
		}
	}
	if z.Close() != nil {
		panic(http.ErrAbortHandler)
	}
}

// archiveName is one without what a header could not hold.
func archiveName(f found) string {
	return strings.Map(func(c rune) rune {
		if c > ' ' && c < 0x7f && c != '"' && c != '%' {
			return c
		}
		return '_'
	}, f.test+"-"+f.at+".zip")
}

func (b *Browser) pack(z *zip.Writer, f found, name string) error {
	file, err := openFile(b.store, path.Join(f.dir(), name))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	to, err := z.CreateHeader(&zip.FileHeader{Name: path.Join(f.test+"-"+f.at, name), Method: zip.Deflate, Modified: info.ModTime()})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, file)
	return err
}
