// Package tidy checks what the Go tools do not: the floor plan, purity of
// protocols, sizes, documentation. Each rule is a function from a [Tree] to
// findings; what is particular to this project (floors, limits, exceptions)
// stands in tidy_test.go at the root, and each rule is itself tested on a bad
// sample.
package tidy
