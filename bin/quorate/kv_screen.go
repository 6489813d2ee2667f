package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// screen reads lines from a terminal, with editing and a history. The terminal
// is in raw mode only while a line is edited: so an interrupt from the keyboard
// reaches a call that is under way as a signal.
type screen struct {
	in     *os.File
	out    io.Writer
	editor *term.Terminal
}

// newScreen returns the terminal that a command reads from and writes to; false
// if there is none.
func newScreen(s *streams) (*screen, bool) {
	in, ok := s.in.(*os.File)
	if !ok || !s.tty || !term.IsTerminal(int(in.Fd())) {
		return nil, false
	}
	return &screen{in: in, out: s.out, editor: newEditor(in, s.out)}, true
}

// newEditor returns the line editor over a terminal's two directions.
func newEditor(in io.Reader, out io.Writer) *term.Terminal {
	editor := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{&keys{from: in}, out}, "quorate> ")
	editor.AutoCompleteCallback = complete
	return editor
}

// complete completes the first word of a line with the tabulator.
func complete(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	if found := completions(line[:pos]); len(found) == 1 && pos == len(line) {
		return found[0] + " ", len(found[0]) + 1, true
	}
	return line, pos, true // no tabulators in lines
}

// keys makes ^C erase the line. The editor would take it for the end.
type keys struct {
	from io.Reader
	rest []byte
}

const (
	keyInterrupt = 3
	keyEnd       = 5
	keyErase     = 21 // what is before the cursor
)

func (k *keys) Read(p []byte) (int, error) {
	var err error
	if len(k.rest) == 0 {
		buf := make([]byte, len(p))
		var n int
		n, err = k.from.Read(buf)
		for _, b := range buf[:n] {
			if b == keyInterrupt {
				k.rest = append(k.rest, keyEnd, keyErase)
			} else {
				k.rest = append(k.rest, b)
			}
		}
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, err
}

// line is what was read, or why nothing was.
type line struct {
	text string
	err  error
}

// lines returns the lines that are typed, one at a time. A signal that arrives
// while one is edited ends them.
func (s *screen) lines(signals <-chan os.Signal) func() (string, error) {
	return func() (string, error) {
		cooked, err := term.MakeRaw(int(s.in.Fd()))
		if err != nil {
			return "", err
		}
		defer term.Restore(int(s.in.Fd()), cooked)
		if width, height, err := term.GetSize(int(s.in.Fd())); err == nil && width > 0 {
			s.editor.SetSize(width, height)
		}
		read := make(chan line, 1)
		go func() { // ends with the process, if a signal comes first
			text, err := s.editor.ReadLine()
			read <- line{text, err}
		}()
		select {
		case l := <-read:
			if l.err == io.EOF {
				io.WriteString(s.out, "\r\n")
			}
			return l.text, l.err
		case <-signals:
			io.WriteString(s.out, "\r\n")
			return "", io.EOF
		}
	}
}
