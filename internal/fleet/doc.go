// Package fleet runs a whole cluster on this machine, each member as a process
// of its own. It starts all members, watches them, ends, kills and starts single
// ones on demand, and leaves no process behind. It restarts nothing by itself.
package fleet
