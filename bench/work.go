package bench

import (
	"errors"
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/workload"
)

// fields are what a Config says of the workload beside its Spec.
type fields struct {
	keys, valueSize, hotKeys int
	writeRatio, conflicts    float64
	locality, moving, hot    float64
	read                     quorate.ReadMode
}

func (c *Config) fields() fields {
	return fields{
		keys: c.Keys, valueSize: c.ValueSize, hotKeys: c.HotKeys, writeRatio: c.WriteRatio, conflicts: c.Conflicts,
		locality: c.Locality, moving: c.Moving, hot: c.Hot, read: c.Read,
	}
}

// since returns what was set since the fields were g; the rest is zero.
func (f fields) since(g fields) fields {
	return fields{
		keys: changed(f.keys, g.keys), valueSize: changed(f.valueSize, g.valueSize), hotKeys: changed(f.hotKeys, g.hotKeys),
		writeRatio: changed(f.writeRatio, g.writeRatio), conflicts: changed(f.conflicts, g.conflicts),
		locality: changed(f.locality, g.locality), moving: changed(f.moving, g.moving), hot: changed(f.hot, g.hot), read: changed(f.read, g.read),
	}
}

func changed[T comparable](now, before T) T {
	var none T
	if now == before {
		return none
	}
	return now
}

// override returns a Spec in which each field that was set takes the place of what the
// Spec says of it.
func (f fields) override(s workload.Spec) workload.Spec {
	d := &s.Distribution
	switch {
	case f.conflicts != 0:
		s.Distribution = workload.Distribution{Kind: workload.Conflict, Conflicts: max(0, f.conflicts)}
		s.Keys, f.keys = 0, 0 // one of all and one of each
	case f.locality != 0:
		s.Distribution = workload.Distribution{Kind: workload.Zones, Locality: f.locality, Speed: d.Speed, Hot: d.Hot, HotKeys: d.HotKeys}
	}
	if f.conflicts != 0 && s.Load == workload.LoadHome {
		s.Load = ""
	}
	if f.keys != 0 {
		s.Keys = f.keys
	}
	if f.moving != 0 {
		d.Speed = f.moving
	}
	if f.hot != 0 {
		d.Hot = f.hot
	}
	if f.hotKeys != 0 {
		d.HotKeys = f.hotKeys
	}
	switch {
	case f.writeRatio < 0:
		s.Operations = workload.Operations{Get: 1}
	case f.writeRatio != 0:
		s.Operations = workload.Operations{Put: f.writeRatio, Get: 1 - f.writeRatio}
	}
	switch {
	case f.valueSize < 0:
		s.Values = workload.Values{Empty: true}
	case f.valueSize > 0:
		s.Values = workload.Values{Size: f.valueSize}
	}
	if f.read != quorate.ReadLog {
		s.Reads = workload.Only(f.read)
	}
	return s
}

// withWorkload settles what the clients ask for: the Spec gets what the fields beside
// it say, and they get what it says.
func (c Config) withWorkload() Config {
	given := c.fields()
	if c.settled != nil {
		given = given.since(*c.settled)
	} else {
		c.asked = c.Workload != nil
	}
	var s workload.Spec
	if c.Workload != nil {
		s = *c.Workload
	}
	s = given.override(s).WithDefaults(c.Clients)
	c.Workload = &s
	d := &s.Distribution
	c.Keys, c.Conflicts, c.Locality, c.Moving, c.Hot, c.HotKeys = s.Keys, d.Conflicts, d.Locality, d.Speed, d.Hot, d.HotKeys
	c.WriteRatio, c.Read = s.Operations.Writes(), s.Reads.Modes()[0]
	if s.Validate() == nil {
		c.ValueSize = s.Values.MeanSize()
	}
	now := c.fields()
	c.settled = &now
	return c
}

// players are the run of a workload's plan.
func (c *Config) players() workload.Run {
	return workload.Run{Clients: c.Clients, Zones: c.Zones, Seed: c.Seed, Prefix: c.Prefix}
}

// plan returns what all clients ask for, of a Config with its defaults.
func (c *Config) plan() (*workload.Plan, error) {
	p, err := c.Workload.Plan(c.players())
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return p, nil
}

// loads returns how many calls a client makes at most before the warm-up.
func (c *Config) loads() int { return c.Workload.Loads(c.players()) }

// zonal reports whether clients of different zones use different keys.
func (c *Config) zonal() bool {
	return c.Locality > 0 || c.Workload != nil && c.Workload.Distribution.Means != nil
}

// shared reports whether all clients use one key, and each one keys of its own.
func (c *Config) shared() bool { return c.Workload.Distribution.Kind == workload.Conflict }

// validateWorkload reports what makes no sense in the fields given, and in c, which has
// its defaults.
func (c Config) validateWorkload(given fields) error {
	if c.settled == nil {
		return errors.New("bench: a workload that is not settled")
	}
	takesSpeed := c.Locality != 0 || c.Workload.Distribution.Kind == workload.Normal
	switch f := given; {
	case f.keys < 0 || f.keys > MaxKeys:
		return fmt.Errorf("bench: %d keys: want 1 to %d", f.keys, MaxKeys)
	case !(f.writeRatio >= 0 && f.writeRatio <= 1) && f.writeRatio != ReadOnly:
		return fmt.Errorf("bench: write ratio %v: want 0 to 1", f.writeRatio)
	case !(f.conflicts >= 0 && f.conflicts <= 1) && f.conflicts != NoConflicts:
		return fmt.Errorf("bench: a share of conflicts of %v: want 0 to 1", f.conflicts)
	case f.valueSize > MaxValueSize || f.valueSize < EmptyValues:
		return fmt.Errorf("bench: values of %d bytes: want at most %d", f.valueSize, MaxValueSize)
	case !f.read.Valid():
		return fmt.Errorf("bench: %v: want one of %v", f.read, quorate.ReadModes())
	case f.conflicts != 0 && (f.locality != 0 || f.hot != 0 || f.moving != 0 || f.hotKeys != 0):
		return errors.New("bench: conflicts with a locality or hot keys: either says which keys the clients use")
	case f.moving != 0 && !takesSpeed:
		return fmt.Errorf("bench: keys that move by %v a second without a locality: no zone has any of its own", f.moving)
	case c.zonal() && c.uneven:
		return errors.New("bench: keys of each zone in a cluster whose zones differ in size: want as many members in each")
	}
	if err := c.Workload.Check(c.players()); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}

// work is the workload for a report, nil if the fields beside it tell all.
func (c *Config) work() *workload.Spec {
	if !c.asked {
		return nil
	}
	return c.Workload
}
