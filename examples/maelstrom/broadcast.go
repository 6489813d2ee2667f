package main

// rumours passes on what it hears to the nodes beside it, until they say that they have
// heard it.
type rumours struct {
	again  bool // say again what was not acknowledged
	heard  map[int]bool
	order  []int
	beside []string
	owed   map[string]map[int]bool // by node: what it has not acknowledged
}

func newRumours(again bool) *rumours {
	return &rumours{again: again, heard: map[int]bool{}, owed: map[string]map[int]bool{}}
}

func (r *rumours) handle(n *node, m message) (body, error) {
	var b struct {
		Message  int                 `json:"message"`
		Messages []int               `json:"messages"`
		Topology map[string][]string `json:"topology"`
	}
	if err := m.Body.fields(&b); err != nil {
		return nil, err
	}
	switch m.Body["type"] {
	case "topology":
		r.beside = b.Topology[n.id]
		return body{}, nil
	case "broadcast":
		r.hear(n, m.Src, b.Message)
		return body{}, nil
	case "read":
		return body{"messages": append([]int{}, r.order...)}, nil
	case "rumour":
		r.hear(n, m.Src, b.Messages...)
		n.send(m.Src, body{"type": "heard", "messages": b.Messages})
		return nil, nil
	case "heard":
		for _, v := range b.Messages {
			delete(r.owed[m.Src], v)
		}
		return nil, nil
	}
	return unsupported(m), nil
}

// hear passes on what is new, but not to whom it came from.
func (r *rumours) hear(n *node, from string, said ...int) {
	var news []int
	for _, v := range said {
		if !r.heard[v] {
			r.heard[v] = true
			news = append(news, v)
		}
	}
	r.order = append(r.order, news...)
	for _, name := range r.beside {
		if name == from || len(news) == 0 {
			continue
		}
		if r.owed[name] == nil {
			r.owed[name] = map[int]bool{}
		}
		for _, v := range news {
			r.owed[name][v] = true
		}
		n.send(name, body{"type": "rumour", "messages": news})
	}
}

func (r *rumours) tick(n *node) {
	for name, owed := range r.owed {
		if !r.again || len(owed) == 0 {
			continue
		}
		var all []int
		for v := range owed {
			all = append(all, v)
		}
		n.send(name, body{"type": "rumour", "messages": all})
	}
}
