package rest_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A test may rewrite the outputs in the guide; they are read before they land.
var rewrite = flag.Bool("rewrite", false, "write what the commands of docs/rest.md print into it")

const guide = "../../docs/rest.md"

// command is a line of a guide that begins with "$ ", and what it prints.
type command struct {
	line   string
	output string
}

// consoles splits a text into its console blocks and what is between them.
var consoles = regexp.MustCompile("(?s)```console\n(.*?)```\n")

// Rule: what the guide shows is what happens.
func TestGuide(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed: the guide's commands cannot be run")
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed: the guide's commands cannot be run")
	}
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	var commands []command
	for _, block := range consoles.FindAllSubmatch(text, -1) {
		commands = append(commands, split(string(block[1]))...)
	}
	if len(commands) < 10 {
		t.Fatalf("only %d commands", len(commands))
	}
	printed := run(t, shell, commands)
	if *rewrite {
		rewritten := consoles.ReplaceAllFunc(text, func(block []byte) []byte {
			var b bytes.Buffer
			b.WriteString("```console\n")
			for range split(string(consoles.FindSubmatch(block)[1])) {
				fmt.Fprintf(&b, "$ %s\n%s", commands[0].line, printed[0])
				commands, printed = commands[1:], printed[1:]
			}
			b.WriteString("```\n")
			return b.Bytes()
		})
		if err := os.WriteFile(guide, rewritten, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for i, c := range commands {
		if printed[i] != c.output {
			t.Errorf("$ %s\nprints\n%sand not, as the guide says,\n%s", c.line, printed[i], c.output)
		}
	}
}

func split(block string) []command {
	var all []command
	for line := range strings.Lines(block) {
		if c, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, command{line: strings.TrimSuffix(c, "\n")})
		} else if len(all) > 0 {
			all[len(all)-1].output += line
		}
	}
	return all
}

// run runs the commands in one shell, against a cluster of its own, and returns
// what each prints.
func run(t *testing.T, shell string, commands []command) []string {
	const mark = "=====\n"
	all := startPlaces(t, "tcp", runPaxos)
	script := "exec 2>&1\n" +
		"curl() { command curl --no-progress-meter \"$@\"; }\n" // as on a terminal
	for _, c := range commands {
		script += c.line + "\nprintf '" + strings.ReplaceAll(mark, "\n", "\\n") + "'\n"
	}
	addresses := strings.NewReplacer("127.0.0.1:8080", all[0].addr, "127.0.0.1:8081", all[1].addr, "127.0.0.1:8082", all[2].addr)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell, "-c", addresses.Replace(script))
	cmd.Env = append(os.Environ(), "no_proxy=*")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text := strings.ReplaceAll(string(out), "\r\n", "\n")
	text = regexp.MustCompile(`"leader":"1\.\d"`).ReplaceAllString(text, `"leader":"1.1"`) // it may be any
	text = regexp.MustCompile(`(?m)^Date: .*\n`).ReplaceAllString(text, "")
	printed := strings.Split(text, mark)
	if len(printed) != len(commands)+1 {
		t.Fatalf("%d commands, %d outputs: %s", len(commands), len(printed)-1, text)
	}
	for i, p := range printed {
		if p = strings.TrimSuffix(p, "\n"); p != "" {
			p += "\n"
		}
		printed[i] = p
	}
	return printed
}
