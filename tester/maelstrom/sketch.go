package maelstrom

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"
)

// drawn bounds how many messages are drawn: the first ones.
const drawn = 1000

// sketch keeps the first messages of a test, for a picture.
type sketch struct {
	messages []carried
	byID     map[int64]int
	steps    int // sendings and arrivals until now
}

// carried is a message, with the steps at which it was sent and arrived, as often as it did.
type carried struct {
	src, dest, kind string
	sent            int
	arrived         []int
}

func (k *sketch) sent(m *message) {
	if len(k.messages) >= drawn {
		return
	}
	var h head
	_ = json.Unmarshal(m.Body, &h) // it has been read before, or was written here
	if k.byID == nil {
		k.byID = map[int64]int{}
	}
	k.byID[*m.ID] = len(k.messages)
	k.messages = append(k.messages, carried{src: m.Src, dest: m.Dest, kind: h.Type, sent: k.step()})
}

func (k *sketch) received(m *message) {
	if i, ok := k.byID[*m.ID]; ok {
		k.messages[i].arrived = append(k.messages[i].arrived, k.step())
	}
}

func (k *sketch) step() int {
	k.steps++
	return k.steps
}

// Measures of the picture, in pixels.
const (
	rowHeight   = 14
	columnWidth = 180
	margin      = 40
)

// draw writes the picture after Lamport: a column for each node, and one for all
// clients; time goes down, by a row for each sending and arrival.
func (k *sketch) draw(w io.Writer, nodes []string) error {
	at := map[string]int{}
	for i, name := range nodes {
		at[name] = i + 1
	}
	x := func(who string) int { return margin + columnWidth/2 + columnWidth*at[who] } // of clients 0
	y := func(step int) int { return 2*margin + rowHeight*step }
	width, height := 2*margin+columnWidth*(len(nodes)+1), y(k.steps+2)
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="10">`+"\n", width, height)
	b.WriteString("<title>Messages in the order in which they were sent and arrived</title>\n")
	fmt.Fprintf(b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" fill="#444"/></marker></defs>` + "\n")
	for i, name := range append([]string{"clients"}, nodes...) {
		cx := margin + columnWidth/2 + columnWidth*i
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-size="14">%s</text><line x1="%[1]d" y1="%[4]d" x2="%[1]d" y2="%[5]d" stroke="#bbb"/>`+"\n", cx, margin, html.EscapeString(name), y(0), height-margin)
	}
	for _, m := range k.messages {
		name := html.EscapeString(strings.ToValidUTF8(m.kind[:min(len(m.kind), 40)], "?"))
		who := html.EscapeString(fmt.Sprintf("%s to %s: %s", m.src, m.dest, m.kind))
		if len(m.arrived) == 0 { // lost, dropped or still on its way
			fmt.Fprintf(b, `<g><title>%s, which did not arrive</title><circle cx="%d" cy="%d" r="3" fill="#c33"/><text x="%d" y="%d" fill="#c33">%s</text></g>`+"\n",
				who, x(m.src), y(m.sent), x(m.src)+6, y(m.sent)+3, name)
		}
		for _, end := range m.arrived {
			fmt.Fprintf(b, `<g><title>%s</title><line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#444" marker-end="url(#tip)"/><text x="%d" y="%d" text-anchor="middle">%s</text></g>`+"\n",
				who, x(m.src), y(m.sent), x(m.dest), y(end), (x(m.src)+x(m.dest))/2, (y(m.sent)+y(end))/2-2, name)
		}
	}
	b.WriteString("</svg>\n")
	return b.Flush()
}
