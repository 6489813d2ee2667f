// Package nemesis is the vocabulary of faults: what may happen to a cluster, in
// the words that simulations and tests of real processes share.
package nemesis
