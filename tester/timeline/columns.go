package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/checker/history"
)

// columns gives each process a column: that of one that crashed before, if there is one,
// as the client of a crashed process goes on under another number.
type columns struct {
	of        map[int]int // by process
	processes [][]int     // of each column
	gone      []departure // in the order of time
}

// departure is a process that crashed.
type departure struct {
	at     time.Duration
	column int
}

func columnsOf(spans []Span) *columns {
	c := &columns{of: map[int]int{}}
	last := map[int]*Span{}
	for i := range spans {
		last[spans[i].Begin.Process] = &spans[i]
	}
	for i := range spans {
		p := spans[i].Begin.Process
		if _, known := c.of[p]; known {
			continue
		}
		c.place(p, spans[i].Begin.Time)
		if end := last[p]; end.End != nil && end.End.Type == history.Info {
			at, _ := slices.BinarySearchFunc(c.gone, end.Until, func(d departure, t time.Duration) int { return cmp.Compare(d.at, t) })
			c.gone = slices.Insert(c.gone, at, departure{end.Until, c.of[p]})
		}
	}
	c.order()
	return c
}

// order puts the columns in the order of their first processes.
func (c *columns) order() {
	slices.SortFunc(c.processes, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	for i, list := range c.processes {
		for _, p := range list {
			c.of[p] = i
		}
	}
}

// place puts a process that begins at an instant into a column.
func (c *columns) place(p int, at time.Duration) {
	column := len(c.processes)
	if len(c.gone) > 0 && c.gone[0].at <= at {
		column = c.gone[0].column
		c.gone = c.gone[1:]
	} else {
		c.processes = append(c.processes, nil)
	}
	c.of[p] = column
	c.processes[column] = append(c.processes[column], p)
}

// names lists the processes of each column, the first of them.
func (c *columns) names() []string {
	const most = 3
	var names []string
	for _, list := range c.processes {
		var words []string
		for _, p := range list[:min(len(list), most)] {
			words = append(words, fmt.Sprint(p))
		}
		if len(list) > most {
			words = append(words, "…")
		}
		names = append(names, strings.Join(words, ", "))
	}
	return names
}
