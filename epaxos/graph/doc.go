// Package graph finds the order in which committed commands execute that depend
// on each other.
//
//	committed        a <---- b <---- c        e --> f      (c depends on b)
//	                 |       ^                |
//	                 +--> d -+                +--> g       g is not committed
//
//	executed         {a b d}  {c}                          e waits for g, f goes
//
// A command executes after all that it depends on, directly or through others.
// Commands that depend on each other in a circle, a strongly connected component,
// execute together, in the order of their names. So the order is the same on all
// replicas, in whatever order they learn what is committed, as far as commands
// depend on each other (Moraru, Andersen, Kaminsky, "There Is More Consensus in
// Egalitarian Parliaments", SOSP 2013, §4.3.2).
//
// The components are Tarjan's (1972), found without recursion: chains grow long.
// The search never passes a command that is not committed. It gives up there, and
// all that it found to depend on that command is kept in one set with it; a later
// search that comes to any of them stops at once. When the command is committed
// only it is looked at; if it waits for another in turn, its set joins that one's,
// and so a chain that becomes committed from the wrong end costs no more than one
// from the right end.
package graph
