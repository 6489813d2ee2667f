package tester

import (
	"errors"
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/tester/inject"
)

// Fits says why a test makes no sense, or why the cluster that it would start cannot
// suffer what is to go wrong, without starting it. Of a cluster that runs already only
// [Run] finds out.
func (c Config) Fits() error {
	if err := c.Validate(); err != nil || c.File != nil {
		return err
	}
	c = c.WithDefaults()
	members, err := quorate.Grid(c.Zones, c.Nodes)
	if err != nil {
		return err
	}
	nemeses, err := inject.Parse(c.Nemeses)
	if err != nil {
		return err
	}
	if _, err := inject.Fit(planned{members, c.alone(members)}, nemeses); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	return nil
}

// planned is a cluster of processes that are still to be started: it tells what can be
// done to it, and nothing is.
type planned struct {
	members *quorate.Cluster
	alone   bool
}

var errPlanned = errors.New("it has not been started")

func (p planned) Alone() bool                             { return p.alone }
func (p planned) Members() *quorate.Cluster               { return p.members }
func (p planned) Admin(quorate.ID) (*admin.Client, error) { return nil, nil }
func (p planned) Local() bool                             { return true }
func (p planned) Kill(quorate.ID) error                   { return errPlanned }
func (p planned) End(quorate.ID) error                    { return errPlanned }
func (p planned) Start(quorate.ID) error                  { return errPlanned }
func (p planned) Pause(quorate.ID) error                  { return errPlanned }
func (p planned) Resume(quorate.ID) error                 { return errPlanned }
func (p planned) PID(quorate.ID) int                      { return 0 }
func (p planned) DataDir(id quorate.ID) string            { return dataDir + "/" + id.String() }

// alone reports whether some member is a quorum of phase 2 by itself.
func (c *Config) alone(members *quorate.Cluster) bool {
	phase2 := c.Options.Quorums.Phase2
	if phase2 == nil { // a majority of all, or of a zone where objects move between zones
		return members.Size() == 1 || protocols.Moves(c.Protocol) && c.Nodes == 1
	}
	for i := range members.Size() {
		if phase2(quorate.Set(0).Add(i)) {
			return true
		}
	}
	return false
}
