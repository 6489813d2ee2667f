// Package core is the algorithm of TRex, without disk, clock, chance or network:
// a State takes an Event and gives the next State and the Effects to carry out.
package core
