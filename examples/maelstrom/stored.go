package main

// stored keeps the sum in the service lin-kv, which Maelstrom offers to nodes: a store
// that is linearizable, and that no partition cuts off.
type stored struct {
	still
	compare bool // write only what nobody else has changed
	last    int
	waiting map[int]func(n *node, reply body) // by msg_id
}

func newStored(compare bool) *stored {
	return &stored{compare: compare, waiting: map[int]func(*node, body){}}
}

// service is the store's name, and place is where the sum is.
const service, place = "lin-kv", "sum"

// ask asks the service, and goes on when it answers.
func (s *stored) ask(n *node, b body, then func(n *node, reply body)) {
	s.last++
	b["msg_id"], b["key"] = s.last, place
	s.waiting[s.last] = then
	n.send(service, b)
}

func (s *stored) handle(n *node, m message) (body, error) {
	var b struct {
		Delta     int `json:"delta"`
		InReplyTo int `json:"in_reply_to"`
	}
	if err := m.Body.fields(&b); err != nil {
		return nil, err
	}
	if then := s.waiting[b.InReplyTo]; then != nil {
		delete(s.waiting, b.InReplyTo)
		then(n, m.Body)
		return nil, nil
	}
	switch m.Body["type"] {
	case "add":
		s.add(n, m, b.Delta)
		return nil, nil
	case "read":
		s.read(n, func(n *node, sum float64) {
			n.send(m.Src, body{"type": "read_ok", "value": int(sum), "in_reply_to": m.Body["msg_id"]})
		})
		return nil, nil
	}
	return unsupported(m), nil
}

// read reads the sum, which is 0 until somebody writes.
func (s *stored) read(n *node, then func(n *node, sum float64)) {
	s.ask(n, body{"type": "read"}, func(n *node, reply body) {
		sum, _ := reply["value"].(float64)
		then(n, sum)
	})
}

// add adds to the sum, and begins again if somebody else has meanwhile.
func (s *stored) add(n *node, m message, delta int) {
	s.read(n, func(n *node, sum float64) {
		change := body{"type": "cas", "from": sum, "to": sum + float64(delta), "create_if_not_exists": true}
		if !s.compare {
			change = body{"type": "write", "value": sum + float64(delta)}
		}
		s.ask(n, change, func(n *node, reply body) {
			if reply["type"] == "error" {
				s.add(n, m, delta)
				return
			}
			n.send(m.Src, body{"type": "add_ok", "in_reply_to": m.Body["msg_id"]})
		})
	})
}
