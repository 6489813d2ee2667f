// Package faults holds the tests of real processes under real faults: members of
// a cluster are killed, stopped, cut off from their disks and flooded, while
// clients record what they see. What they saw must be linearizable in the end,
// and every acknowledged write must be there.
//
// There is nothing to import. docs/cluster-faults.md says what is tested and how
// to run it for longer.
package faults
