package planted

const (
	epaxosIndex = "epaxos/core/index.go"
	epaxosTable = "epaxos/core/table.go"
)

// epaxosInterference are mistakes in what depends on what.
func epaxosInterference() []Bug {
	return []Bug{
		{Row: "E41", Name: "zero-instance",
			Doc: "the first instance of a row is nobody's dependency: its number is zero, and that counts as none",
			Patches: []Patch{before(epaxosTable, "	if d.Equal(t.deps) {\n", `	if t.Bug == "zero-instance" {
		t.dropFirst()
	}
`)}},
		{Row: "E42", Name: "accept-unindexed",
			Doc: "commands that are first heard of in an Accept are not entered in the interference index until they are committed",
			Patches: []Patch{
				after(epaxosAcceptor, "b, i.ID, i.Value(), v))\n		}\n		return Known\n	}\n", `	if t.Bug == "accept-unindexed" && len(i.Commands) == 0 {
		t.learnOnly(i, v.Commands)
	}
`),
				before(epaxosAcceptor, "	known := i.Known()\n	t.take(i, v)\n	i.Phase = Committed\n", `	if t.Bug == "accept-unindexed" {
		t.enter(i)
	}
`),
			}},
		{Row: "E43", Name: "reads-do-not-interfere",
			Doc: "reads interfere with nothing",
			Patches: []Patch{
				after(epaxosIndex, "func (x *index) add(i *Instance) {\n	for _, a := range i.touches {\n", `		if x.bug == "reads-do-not-interfere" && !a.write {
			continue
		}
`),
				after(epaxosAcceptor, "// before the index has the instance itself\n", `		if t.Bug == "reads-do-not-interfere" && !a.write {
			continue
		}
`),
				before(epaxosTable, "		if k := t.index.keys[c.Key]; k != nil &&", `		if t.Bug == "reads-do-not-interfere" && c.Op == quorate.OpGet {
			continue
		}
`),
			}},
		{Row: "E44", Name: "first-command-only",
			Doc: "the dependencies of an instance are those of the first of its commands",
			Patches: []Patch{
				after(epaxosAcceptor, "		a.key.addTo(t.deps, a.write)\n", `		if t.Bug == "first-command-only" {
			break
		}
`),
				before(epaxosTable, "	for i := range commands {\n		c := &commands[i]\n", `	if t.Bug == "first-command-only" {
		commands = commands[:1]
	}
`),
			}},
	}
}

// epaxosExecution are mistakes in the order of execution.
func epaxosExecution() []Bug {
	return []Bug{
		{Row: "12", Name: "execute-gaps",
			Doc: "execution passes a dependency that is not committed",
			Patches: []Patch{before("epaxos/graph/graph.go", "	case to.phase == open:\n", `	case g.Bug == "execute-gaps" && to.phase == open:
`)}},
		{Row: "E51", Name: "ignore-deps",
			Doc: "a command is executed when it is committed, whatever it depends on",
			Patches: []Patch{before(epaxosTable, "	if i.Nop {\n		return dst, nil\n", `	if t.Bug == "ignore-deps" {
		return dst, nil
	}
`)}},
		{Row: "E52", Name: "unknown-gaps",
			Doc:     "execution passes instances among the dependencies of which nothing was heard yet",
			Patches: []Patch{{epaxosTable, "i.Deps.At(r) > known {\n", "i.Deps.At(r) > known && t.Bug != \"unknown-gaps\" {\n"}}},
		{Row: "E53", Name: "arrival-order",
			Doc:     "a component is executed in the order in which the search came upon its instances",
			Patches: []Patch{{"epaxos/graph/graph.go", "	slices.SortFunc(g.batch, g.compare)\n", "	if g.Bug != \"arrival-order\" {\n		slices.SortFunc(g.batch, g.compare)\n	}\n"}}},
	}
}
