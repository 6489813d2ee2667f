package main

// set only grows. Its nodes tell each other all they have, again and again.
type set struct {
	merge    func(mine, other []int) []int
	elements []int
}

func (s *set) handle(_ *node, m message) (body, error) {
	var b struct {
		Element  int   `json:"element"`
		Elements []int `json:"elements"`
	}
	if err := m.Body.fields(&b); err != nil {
		return nil, err
	}
	switch m.Body["type"] {
	case "add":
		s.elements = union(s.elements, []int{b.Element})
		return body{}, nil
	case "read":
		return body{"value": append([]int{}, s.elements...)}, nil
	case "elements":
		s.elements = s.merge(s.elements, b.Elements)
		return nil, nil
	}
	return unsupported(m), nil
}

func (s *set) tick(n *node) { n.others(body{"type": "elements", "elements": s.elements}) }

// union has what either has.
func union(mine, other []int) []int {
	has := map[int]bool{}
	for _, v := range mine {
		has[v] = true
	}
	for _, v := range other {
		if !has[v] {
			has[v] = true
			mine = append(mine, v)
		}
	}
	return mine
}

// replace is the mistake: the other set may lack what this one has.
func replace(_, other []int) []int { return other }
