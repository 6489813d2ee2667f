// Package console is the command line of the examples that replicate an object:
// one member of a cluster, or a whole cluster in one process, that takes commands
// from its standard input.
package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/engine"
)

// Program is an example's command line.
type Program struct {
	Name, About string
	// Commands says what the user may write, a line each; Examples are some.
	Commands, Examples []string
	// Addresses are those of the members, in the order of their numbers.
	Addresses []string
	// App makes the object that is replicated.
	App func() engine.App
	// Run executes a command of at least one word and returns what to print; it
	// returns ErrUsage for one that it does not know.
	Run func(ctx context.Context, e *engine.Engine, words []string) (string, error)
}

// ErrUsage says that a command makes no sense.
var ErrUsage = errors.New("unknown command, or a word too many or too few: try help")

// Loopback returns addresses on this machine: the three ports from the given one on.
func Loopback(port int) []string {
	var all []string
	for i := range 3 {
		all = append(all, fmt.Sprintf("127.0.0.1:%d", port+i))
	}
	return all
}

// patience bounds a command.
const patience = 10 * time.Second

// Main runs the program until its input ends, and returns its exit code.
func (p Program) Main(args []string, in io.Reader, out io.Writer) int {
	s, err := p.open(args)
	if errors.Is(err, errHelp) {
		fmt.Fprint(out, p.help())
		return 0
	}
	if err != nil {
		fmt.Fprintf(out, "%s: %v\n", p.Name, err)
		return 1
	}
	fmt.Fprintf(out, "%s is ready; help lists the commands\n", s.what)
	s.serve(in, out)
	if err := s.close(); err != nil {
		fmt.Fprintf(out, "%s: %v\n", p.Name, err)
		return 1
	}
	return 0
}

var errHelp = errors.New("help")

// session is a running program.
type session struct {
	Program
	what   string
	local  *engine.Local // nil in a process that is one member
	engine *engine.Engine
	close  func() error
}

// open reads the arguments and opens what they ask for.
func (p Program) open(args []string) (*session, error) {
	kind := "demo"
	if len(args) > 0 {
		kind = strings.TrimLeft(args[0], "-")
	}
	switch {
	case kind == "help" || kind == "h":
		return nil, errHelp
	case kind == "demo" && len(args) <= 2:
		dir := ""
		if len(args) == 2 {
			dir = args[1]
		}
		return p.demo(dir)
	case kind == "member" && (len(args) == 3 || len(args) == 4 && args[3] == "init"):
		return p.member(args[1], args[2], len(args) == 4)
	}
	return nil, fmt.Errorf("%s: want demo [DIR] or member N DIR [init]: try help", strings.Join(args, " "))
}

func (p Program) demo(dir string) (*session, error) {
	l, err := engine.OpenLocal(engine.LocalConfig{Members: len(p.Addresses), DataDir: dir, Application: p.Name}, func(quorate.ID) engine.App { return p.App() })
	if err != nil {
		return nil, err
	}
	return &session{p, "a cluster of three members", l, l.Engine(0), l.Close}, nil
}

func (p Program) member(number, dir string, first bool) (*session, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(p.Addresses) {
		return nil, fmt.Errorf("member %q: want a number from 1 to %d", number, len(p.Addresses))
	}
	cfg := engine.Config{Members: map[quorate.ID]string{}, DataDir: filepath.Join(dir, number), Init: first, Application: p.Name}
	for i, address := range p.Addresses {
		id, err := quorate.NewID(1, i+1)
		if err != nil {
			return nil, err
		}
		cfg.Members[id] = address
		if i+1 == n {
			cfg.ID = id
		}
	}
	e, err := engine.Open(cfg, p.App())
	if err != nil {
		return nil, err
	}
	return &session{p, fmt.Sprintf("member %v", cfg.ID), nil, e, e.Close}, nil
}

// serve executes the commands of the input, a line each.
func (s *session) serve(in io.Reader, out io.Writer) {
	for lines := bufio.NewScanner(in); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if words[0] == "quit" {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		said, err := s.run(ctx, words)
		cancel()
		if err != nil {
			said = "error: " + err.Error()
		}
		fmt.Fprintln(out, strings.TrimSuffix(said, "\n"))
	}
}

// run executes a command of the console, or else one of the program.
func (s *session) run(ctx context.Context, words []string) (string, error) {
	switch {
	case words[0] == "help":
		return s.help(), nil
	case words[0] == "leader":
		return s.leader(ctx)
	case words[0] == "admit":
		return "this member votes", s.engine.Admit(ctx)
	case words[0] == "kill" || words[0] == "start":
		return s.fault(words)
	}
	return s.Run(ctx, s.engine, words)
}

// leader waits until somebody leads.
func (s *session) leader(ctx context.Context) (string, error) {
	for id := range s.engine.Leaders(ctx) {
		if id != 0 {
			return id.String(), nil
		}
	}
	return "", errors.New("nobody leads, as far as this member knows")
}

// fault kills a member of the demo, as a crash does, or starts it again.
func (s *session) fault(words []string) (string, error) {
	if s.local == nil {
		return "", errors.New("this process is one member: kill it")
	}
	if len(words) != 2 {
		return "", ErrUsage
	}
	id, err := quorate.ParseID(words[1])
	if err != nil {
		return "", err
	}
	do, done := s.local.Stop, id.String()+" is dead"
	if words[0] == "start" {
		do, done = s.local.Start, id.String()+" is back"
	}
	if err := do(id); err != nil {
		return "", err
	}
	for _, e := range s.local.Engines() { // one whose member runs
		if _, err := e.Report(context.Background()); err == nil {
			s.engine = e
			break
		}
	}
	return done, nil
}

func (p Program) help() string {
	text := fmt.Sprintf(`%[1]s

Usage:
  %[2]s
        three members in this process, in memory
  %[2]s demo DIR
        the same, with journals in DIR
  %[2]s member N DIR [init]
        member N, from 1, of a cluster of processes on this machine, with a journal
        in DIR/N; init belongs to the very first start of each

Commands, a line each, on the standard input:
`, p.About, p.Name)
	for _, line := range p.Commands {
		text += "  " + line + "\n"
	}
	text += `  leader                    who leads
  admit                     let this member vote again, which has lost its disk
  kill ID, start ID         let a member of the demo crash, and come back
  quit                      end; the end of the input does, too

Examples:
`
	for _, line := range p.Examples {
		text += "  " + line + "\n"
	}
	return text
}
