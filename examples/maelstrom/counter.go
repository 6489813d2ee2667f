package main

// sum is what was added at one node, and what was taken away. Neither ever shrinks.
type sum struct {
	Up   int `json:"up"`
	Down int `json:"down"`
}

// counter keeps a sum for each node. Of what it hears of a node the greater is the newer,
// so it does no harm to hear it late, twice, or not at all.
type counter struct {
	sums map[string]sum
}

func newCounter() *counter { return &counter{map[string]sum{}} }

func (c *counter) handle(n *node, m message) (body, error) {
	var b struct {
		Delta int            `json:"delta"`
		Sums  map[string]sum `json:"sums"`
	}
	if err := m.Body.fields(&b); err != nil {
		return nil, err
	}
	switch m.Body["type"] {
	case "add":
		s := c.sums[n.id]
		c.sums[n.id] = sum{s.Up + max(b.Delta, 0), s.Down + max(-b.Delta, 0)}
		return body{}, nil
	case "read":
		total := 0
		for _, s := range c.sums {
			total += s.Up - s.Down
		}
		return body{"value": total}, nil
	case "sums":
		for name, other := range b.Sums {
			s := c.sums[name]
			c.sums[name] = sum{max(s.Up, other.Up), max(s.Down, other.Down)}
		}
		return nil, nil
	}
	return unsupported(m), nil
}

func (c *counter) tick(n *node) { n.others(body{"type": "sums", "sums": c.sums}) }

// tally tells the others at once what was added here: who does not hear it never will.
type tally struct {
	still
	value int
}

func (t *tally) handle(n *node, m message) (body, error) {
	var b struct {
		Delta int `json:"delta"`
	}
	if err := m.Body.fields(&b); err != nil {
		return nil, err
	}
	switch m.Body["type"] {
	case "add":
		n.others(body{"type": "added", "delta": b.Delta})
		t.value += b.Delta
		return body{}, nil
	case "added":
		t.value += b.Delta
		return nil, nil
	case "read":
		return body{"value": t.value}, nil
	}
	return unsupported(m), nil
}

// greedy keeps one number for each node, and takes the greater one for the newer one: so
// nobody else hears of what is taken away.
type greedy struct {
	values map[string]int
}

func newGreedy() *greedy { return &greedy{map[string]int{}} }

func (g *greedy) handle(n *node, m message) (body, error) {
	var b struct {
		Delta  int            `json:"delta"`
		Values map[string]int `json:"values"`
	}
	if err := m.Body.fields(&b); err != nil {
		return nil, err
	}
	switch m.Body["type"] {
	case "add":
		g.values[n.id] += b.Delta
		return body{}, nil
	case "read":
		total := 0
		for _, v := range g.values {
			total += v
		}
		return body{"value": total}, nil
	case "values":
		for name, v := range b.Values {
			g.values[name] = max(g.values[name], v)
		}
		return nil, nil
	}
	return unsupported(m), nil
}

func (g *greedy) tick(n *node) { n.others(body{"type": "values", "values": g.values}) }
