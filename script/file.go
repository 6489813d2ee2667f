package script

import "strings"

// A script file is a sequence of blocks. A block is comments and blank lines,
// then command lines, then a line "----", then the output up to a blank line.
type block struct {
	lead     []string // comments and blank lines before the commands
	commands []line
	output   string // as in the file; lines end in a newline
	line     int    // of the first output line
}

type line struct {
	text   string
	number int
}

const separator = "----"

// parseFile splits the text of a script. Everything is kept: rendering the
// blocks with their own outputs gives the text back, except for spaces at the
// ends of lines and missing separators.
func parseFile(text string) []block {
	var blocks []block
	var b block
	inOutput := false
	flush := func() {
		if len(b.lead)+len(b.commands) > 0 {
			blocks = append(blocks, b)
		}
		b, inOutput = block{}, false
	}
	for i, s := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		s = strings.TrimRight(s, " \t\r")
		switch {
		case inOutput && s == "":
			flush()
			b.lead = append(b.lead, s)
		case inOutput:
			b.output += s + "\n"
		case s == separator:
			inOutput, b.line = true, i+2
		case s == "" && len(b.commands) > 0: // a separator is missing
			b.line = i + 1
			flush()
			b.lead = append(b.lead, s)
		case s == "" || strings.HasPrefix(s, "#"):
			if len(b.commands) > 0 {
				b.commands = append(b.commands, line{s, i + 1})
			} else {
				b.lead = append(b.lead, s)
			}
		default:
			b.commands = append(b.commands, line{s, i + 1})
		}
	}
	flush()
	return blocks
}

// render writes a block as it stands in a file.
func (b block) render(out *strings.Builder, output string) {
	for _, s := range b.lead {
		out.WriteString(s + "\n")
	}
	for _, c := range b.commands {
		out.WriteString(c.text + "\n")
	}
	if len(b.commands) > 0 {
		out.WriteString(separator + "\n" + output)
	}
}
