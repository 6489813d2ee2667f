package store

import (
	"fmt"
	"io"
	"strconv"

	"github.com/quorate/quorate/checker/history"
)

// writeText writes a history in columns: index, seconds, process, type, function,
// value and error.
func writeText(w io.Writer, ops []history.Op) error {
	var line []byte
	for i := range ops {
		op := &ops[i]
		line = fmt.Appendf(line[:0], "%7d %12.6f  %-8s :%-6v  :%-14s  ", op.Index, op.Time.Seconds(), process(op), op.Type, oneLine(op.F))
		line = history.AppendEDN(line, op.Value)
		if op.Error != nil {
			line = history.AppendEDN(append(line, "  "...), op.Error)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// process is how a history calls a process.
func process(op *history.Op) string {
	if op.Process == history.Nemesis {
		return ":nemesis"
	}
	return strconv.Itoa(op.Process)
}

// oneLine is a name without what would end its line.
func oneLine(name string) string {
	q := strconv.Quote(name)
	return q[1 : len(q)-1]
}
