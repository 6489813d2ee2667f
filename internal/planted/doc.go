// Package planted is the catalogue of bugs that are planted in protocols, to
// prove that simulations find them.
//
// The protocols themselves have no switches. Each one in the catalogue has a
// copy below this directory, made by the generator from its source and a list
// of [Patch]es. The copy takes the name of a bug at run time, so that worlds
// with different bugs run side by side; without a name it does exactly what the
// protocol does.
//
//	paxos/accept.go ----+
//	                    |-- go generate --> internal/planted/paxos/accept.go
//	the patches --------+
//
// A patch that no longer fits the protocol makes the generator fail, and a test
// fails when a copy lags behind. Mistakes that take more than a few lines stand
// beside the copy, in a file that is not generated, and patches call them.
package planted

import "strings"

//go:generate go run ./generate

// Protocol is the plan of one protocol's copy.
type Protocol struct {
	Name string
	// Packages are the directories to copy. They import each other's copies.
	Packages []string
	// Plumbing hands the name of the bug to where it is looked at.
	Plumbing []Patch
	Bugs     []Bug
}

// Copy returns where the copy of a package or file is. What belongs to another
// protocol is copied below this one's: it gets this one's bugs.
func (p Protocol) Copy(path string) string {
	if path != p.Name && !strings.HasPrefix(path, p.Name+"/") {
		path = p.Name + "/" + path
	}
	return "internal/planted/" + path
}

// Bug is one mistake.
type Bug struct {
	Row  string // in the table of planted bugs: a number, or a letter and a number
	Name string
	Doc  string // the exact change, in a sentence
	// Patches are the change, where the bug's name is given. Bugs below the
	// protocol have none.
	Patches []Patch
	// Majorities says that the bug is one of quorums: whatever system is asked
	// for, it is planted in majorities and to be judged by those.
	Majorities bool
	// Fooled says that the bug is the journal's: it takes torn batches for whole.
	Fooled bool
	// Rare says that random worlds show it so seldom that only figures do.
	Rare bool
	// Amnesia says that the bug is the operator's: a member that lost its disk is
	// started as if it were new.
	Amnesia bool
	// Hasty says that the bug is the operator's: the clocks are worse than those
	// that leases allow for.
	Hasty bool
}

// Patch replaces the text Old, which occurs once in File, by New.
type Patch struct {
	File     string // from the root of the module
	Old, New string
}

// Protocols returns the whole catalogue.
func Protocols() []Protocol { return []Protocol{EPaxos(), Paxos(), Trex(), WPaxos()} }

// before inserts text in front of an anchor.
func before(file, anchor, text string) Patch { return Patch{file, anchor, text + anchor} }

// after inserts text behind an anchor.
func after(file, anchor, text string) Patch { return Patch{file, anchor, anchor + text} }
